"""What configs may ask for in `${...}`: resolvers of OmegaConf."""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from fer_xai.config.networks import PAPER_NETWORKS


def timm_says(backbone: str | None, key: str) -> Any:
    """`${timm:BACKBONE,KEY}`: what timm says of a backbone, see `fer_xai.config.timm_facts.describe`."""
    from fer_xai.config.timm_facts import describe  # timm takes seconds to import

    return describe(backbone)[key]


def paper_networks() -> str:
    """`${paper_networks:}`: the networks of the published study as the values of a sweep."""
    return ",".join(PAPER_NETWORKS)


def identity_weights(study_dir: str) -> str:
    """`${identity_weights:DIR}`: as a value of a sweep, the weights that a study of task=identity made for each run.

    Its interpolations are each run's own: Hydra resolves a sweeper's parameters three times before it parses them.
    """
    path = f"{study_dir}/weights/${{model.name}}/fold${{fold}}-seed${{seed}}/identity.safetensors"
    return "'" + path.replace("$", r"\\\$") + "'"


def names_of(nodes: DictConfig) -> str:
    """`${names_of:${NODE}}`: the names of the nodes that something is built of, joined by `+`."""
    return "+".join(sorted(str(name) for name, node in nodes.items() if "_target_" in (node or ())))


def register_resolvers() -> None:
    """Make them known; safe to call more than once."""
    OmegaConf.register_new_resolver("timm", timm_says, replace=True)
    OmegaConf.register_new_resolver("paper_networks", paper_networks, replace=True)
    OmegaConf.register_new_resolver("identity_weights", identity_weights, replace=True)
    OmegaConf.register_new_resolver("names_of", names_of, replace=True)
