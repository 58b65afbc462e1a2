"""Tries an explainer before any training, and holds what it gives against what is needed."""

from typing import Any

import torch
from torch import Tensor, nn

from fer_xai.config.own import kind_of
from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.steps import SCALES


def check_explainer(explainer: Any) -> None:
    """Refuse what lacks an attribute that explainers have.

    Raises:
        UserError: naming the attribute and what it may be.
    """
    needed: dict[str, tuple[str, Any]] = {
        "explain": ("a method explain(network, layer, question)", callable),
        "local_scale": (f"one of {', '.join(SCALES)}", lambda value: value in SCALES),
        "positive": ("True or False", lambda value: isinstance(value, bool)),
    }
    if hasattr(explainer, "region_values"):
        needed |= {
            "region_names": ("the names of its regions", lambda value: bool(value)),
            "paint": ("a method paint(values, question)", callable),
        }
    for name, (words, right) in needed.items():
        if not hasattr(explainer, name):
            raise UserError(f"it has no attribute `{name}`: {words}")
        if not right(getattr(explainer, name)):
            raise UserError(f"its attribute `{name}` is {getattr(explainer, name)!r}: it has to be {words}")


def try_explainer(explainer: Any, network: nn.Module, layer: str, question: Question) -> None:
    """Explain random images as a run would, so that mistakes show before the training.

    Args:
        explainer: of the user.
        network: untrained; left as it was found.
        layer: dotted name of the explained layer.
        question: about the images.

    Raises:
        UserError: what it gives cannot be averaged.
        Exception: its own.
    """
    check_explainer(explainer)
    modes = {module: module.training for module in network.modules()}
    try:
        with torch.random.fork_rng(), torch.no_grad():
            maps = raw_maps(explainer, network, layer, question)
    except NotApplicableError:
        return  # it is left out when its turn comes
    finally:
        for module, mode in modes.items():
            module.training = mode
        network.zero_grad(set_to_none=True)
    if not bool(maps.isfinite().any()):
        raise UserError("its maps of random images are NaN or infinite everywhere")


def raw_maps(explainer: Any, network: nn.Module, layer: str, question: Question) -> Tensor:
    """The maps of an explainer, also of one that gives values to regions.

    Raises:
        UserError: it gives something else.
    """
    if hasattr(explainer, "region_values"):
        return as_maps(explainer.paint(explainer.region_values(network, layer, question), question), question)
    return as_maps(explainer.explain(network, layer, question), question)


def as_maps(given: Any, question: Question) -> Tensor:
    """What an explainer gave, as float32 without a graph.

    Raises:
        UserError: it is no tensor of floats (b, y, x) on the device of the images.
    """
    wanted = f"a float tensor (b, y, x), here ({len(question)}, y, x), on the device of the images"
    if not isinstance(given, Tensor):
        raise UserError(f"it gives {kind_of(given)} and not {wanted}")
    if given.ndim != 3 or len(given) != len(question) or 0 in given.shape:
        raise UserError(f"it gives maps of shape {tuple(given.shape)} and not {wanted}")
    if not given.is_floating_point():
        raise UserError(f"it gives maps of {given.dtype} and not {wanted}")
    if given.device != question.images.device:
        raise UserError(f"it gives maps on {given.device} and not {wanted}, {question.images.device}")
    return given.detach().float()
