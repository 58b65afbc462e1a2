"""What configs may ask for in `${...}`: resolvers of OmegaConf."""

from pathlib import PurePath
from typing import Any

from omegaconf import DictConfig, OmegaConf

from fer_xai.config.published_networks import PAPER_NETWORKS
from fer_xai.errors import UserError

#: What a network that was trained elsewhere has to be told with, where timm does not know it.
_TOLD = {
    "input_size": "model.input_size must be set to the side of the network's input in pixels, e.g. 224",
    "mean": "model.weights.mean must be set to what was subtracted from pictures in [0, 1] when the network was "
    "trained, e.g. 'model.weights.mean=[0.485,0.456,0.406]' ([0,0,0] for nothing)",
    "std": "model.weights.std must be set to what pictures in [0, 1] were divided by when the network was trained, "
    "e.g. 'model.weights.std=[0.229,0.224,0.225]' ([1,1,1] for nothing)",
}


def timm_says(backbone: str | None, key: str) -> Any:
    """`${timm:BACKBONE,KEY}`: what timm says of a backbone, see `fer_xai.config.timm_facts.describe`."""
    from fer_xai.config.timm_facts import describe  # timm takes seconds to import

    return describe(backbone)[key]


def external_says(backbone: str | None, key: str) -> Any:
    """`${external:BACKBONE,KEY}`: what timm says of a backbone; without one it has to be told.

    Raises:
        UserError: no backbone is named: it says what to set.
    """
    if backbone is None:
        raise UserError(_TOLD[key])
    return timm_says(backbone, key)


def checkpoint_name(path: str | None) -> str:
    """`${checkpoint_name:PATH}`: what a network is called by its file: the file's name without folders and ending.

    Raises:
        UserError: no file is named.
    """
    if path is None:
        raise UserError("model.checkpoint must be set to the file of a network that was trained elsewhere")
    return PurePath(path).stem


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
    OmegaConf.register_new_resolver("external", external_says, replace=True)
    OmegaConf.register_new_resolver("checkpoint_name", checkpoint_name, replace=True)
    OmegaConf.register_new_resolver("paper_networks", paper_networks, replace=True)
    OmegaConf.register_new_resolver("identity_weights", identity_weights, replace=True)
    OmegaConf.register_new_resolver("names_of", names_of, replace=True)
