"""Networks that were trained elsewhere (`model.checkpoint`): what they are told with, and how they are built."""

import hashlib
from pathlib import Path
from typing import Any

from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf
from torch import nn

from fer_xai.config.own import built
from fer_xai.config.words import further_words
from fer_xai.errors import UserError
from fer_xai.expressions import expression_name
from fer_xai.models.check_network import check_outputs
from fer_xai.models.checkpoint import check_file, load_into, stored_network
from fer_xai.models.class_order import in_class_order
from fer_xai.models.forward_only import ForwardOnly
from fer_xai.models.pretrained_weights import ELSEWHERE, Provenance
from fer_xai.models.weight_files import read_tensors


def is_elsewhere(cfg: DictConfig) -> bool:
    """Whether the run's network was trained elsewhere, and is not trained here."""
    return bool(cfg.model.get("checkpoint"))


def check_elsewhere(cfg: DictConfig) -> None:
    """Refuse settings that do not go with a network that was trained elsewhere, or with one that is trained here.

    Args:
        cfg: composed `train` config whose words are settled.

    Raises:
        UserError: naming the key, and what would be right there.
    """
    if not is_elsewhere(cfg):
        for key in ("classes", "trained_on"):
            if cfg.model.get(key) is not None:
                raise UserError(f"model.{key}: it is for a network that was trained elsewhere (model.checkpoint=FILE)")
        return
    check_file(Path(cfg.model.checkpoint))
    if cfg.pretrained is not False:
        raise UserError("pretrained: the weights of this network are those of model.checkpoint: set pretrained=false")
    if cfg.task._target_.endswith("train_identity"):
        raise UserError(
            "task=identity trains a network, and that of model.checkpoint is not trained: set task=expression"
        )
    listed = cfg.model.trained_on
    if listed is not None and not Path(listed).is_file():
        raise UserError(f"model.trained_on={listed}: no such file")
    class_places(cfg)


def output_names(cfg: DictConfig) -> list[str]:
    """What each output of the network is called, as the study calls its classes where it has them.

    Raises:
        UserError: `model.classes` is no list, or two of its words mean the same.
    """
    said: Any = cfg.model.classes
    if said is None:
        return list(cfg.classes)
    if not OmegaConf.is_list(said):
        raise UserError(f"model.classes={said}: it is a list of words, one for each output: [neutral,happy,sad]")
    known = {word: name for word, name in further_words(cfg).items() if name is not None}
    names: list[str] = []
    for word in said:
        name = expression_name(word, known, [*cfg.classes, str(word)])
        if name in names:
            raise UserError(f"model.classes: '{said[names.index(name)]}' and '{word}' are both {name}")
        names.append(name)
    return names


def class_places(cfg: DictConfig) -> list[int]:
    """For each class of the study, which output of the network it is.

    Raises:
        UserError: the network has no such class.
    """
    names = output_names(cfg)
    missing = [name for name in cfg.classes if name not in names]
    if missing:
        rest = ",".join(name for name in cfg.classes if name in names)
        raise UserError(
            f"model.classes=[{','.join(names)}] has no {', '.join(missing)}: name all outputs of the network in their "
            f"order, or leave out what it does not know, classes=[{rest}]"
        )
    return [names.index(name) for name in cfg.classes]


def network_elsewhere(cfg: DictConfig) -> nn.Module:
    """The network as it was trained, with the logits of the study's classes in their order.

    Args:
        cfg: composed `train` config that `check_elsewhere` has seen.

    Raises:
        UserError: the file cannot be read, or is of another network.
    """
    node, path, outputs = cfg.model.network, Path(cfg.model.checkpoint), len(output_names(cfg))
    is_stored = get_object(node._target_) is stored_network
    told = {"checkpoint": str(path), "backbone": cfg.model.backbone, "input_size": cfg.model.input_size}
    network = built(
        "model.network", node, nn.Module, "a torch.nn.Module", classes=outputs, **(told if is_stored else {})
    )
    if not is_stored:
        load_into(network, read_tensors(path, "model.checkpoint"), path)
    network.eval()
    check_outputs(network, f"model.checkpoint={path}", outputs, cfg.model.input_size)
    return in_class_order(network, class_places(cfg))


def provenance_elsewhere(cfg: DictConfig) -> Provenance:
    """What the network's weights are, by the content of their file."""
    path = Path(cfg.model.checkpoint)
    with path.open("rb") as file:
        return Provenance(ELSEWHERE, path.name, hashlib.file_digest(file, "sha256").hexdigest())


def is_forward_only(network: nn.Module) -> bool:
    """Whether a network can only be run: it gives neither layers nor gradients."""
    return any(isinstance(module, ForwardOnly) for module in network.modules())
