"""What configs may ask for in `${...}`: resolvers of OmegaConf."""

from typing import Any

from omegaconf import OmegaConf

from fer_xai.config.networks import PAPER_NETWORKS


def timm_says(backbone: str | None, key: str) -> Any:
    """`${timm:BACKBONE,KEY}`: what timm says of a backbone, see `fer_xai.config.timm_facts.describe`."""
    from fer_xai.config.timm_facts import describe  # timm takes seconds to import

    return describe(backbone)[key]


def paper_networks() -> str:
    """`${paper_networks:}`: the networks of the published study as the values of a sweep."""
    return ",".join(PAPER_NETWORKS)


def register_resolvers() -> None:
    """Make them known; safe to call more than once."""
    OmegaConf.register_new_resolver("timm", timm_says, replace=True)
    OmegaConf.register_new_resolver("paper_networks", paper_networks, replace=True)
