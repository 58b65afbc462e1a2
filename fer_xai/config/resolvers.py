"""What configs may ask for in `${...}`: resolvers of OmegaConf."""

from typing import Any

from omegaconf import OmegaConf


def timm_says(backbone: str | None, key: str) -> Any:
    """`${timm:BACKBONE,KEY}`: what timm says of a backbone, see `fer_xai.config.timm_facts.describe`."""
    from fer_xai.config.timm_facts import describe  # timm takes seconds to import

    return describe(backbone)[key]


def register_resolvers() -> None:
    """Make them known; safe to call more than once."""
    OmegaConf.register_new_resolver("timm", timm_says, replace=True)
