"""What timm says of its backbones, and how one is built for an input of a given size."""

from typing import Any

import timm
from timm.models import PretrainedCfg, get_deprecated_models
from torch import nn

from fer_xai.errors import UserError
from fer_xai.near import nearest, plain


def describe(backbone: str | None) -> dict[str, Any]:
    """What belongs to a backbone and its weights, from timm's own description.

    Args:
        backbone: timm's name, with or without the tag of its weights.

    Returns:
        `name` as given, `input_size` in pixels, `mean` and `std` per channel in [0, 1], and `tag`: the name with the
        tag of its published weights, None where there are none.

    Raises:
        UserError: none is named, or timm has no such backbone.
    """
    if backbone is None:
        raise UserError("model.backbone must be set to timm's name of a network, e.g. model.backbone=convnext_atto")
    config = _description(backbone)
    name = backbone.split(".")[0]
    return {
        "name": backbone,
        "input_size": config.input_size[-1],
        "mean": [float(value) for value in config.mean],
        "std": [float(value) for value in config.std],
        "tag": (f"{name}.{config.tag}" if config.tag else name) if config.has_weights else None,
    }


def _description(backbone: str) -> PretrainedCfg:
    try:
        config = timm.get_pretrained_cfg(backbone) if timm.is_model(backbone) else None
    except RuntimeError:  # no such tag of its weights
        config = None
    if config is None:
        near = [f"model.backbone={name}" for name in near_backbones(backbone)]
        raise UserError(
            f"model.backbone: timm has no backbone '{backbone}'"
            + (f"; did you mean {' or '.join(near)}?" if near else "")
        )
    return config


def near_backbones(word: str) -> list[str]:
    """The names that timm may have for what somebody calls a backbone, best first; its own earlier names count."""
    renamed = get_deprecated_models()
    name, _, tag = word.partition(".")
    for old, new in renamed.items():
        if new and plain(old) == plain(word):
            return [new]
    near = nearest(name, [known for known in timm.list_models() if known not in renamed])
    if tag and near and plain(near[0]) == plain(name):
        tagged = nearest(word, timm.list_pretrained(f"{near[0]}.*"), most=1)
        return tagged or near[:1]
    return near


def create_backbone(backbone: str, input_size: int, pretrained: bool = False) -> nn.Module:
    """A timm backbone without its classifier, for square inputs of `input_size` pixels.

    Architectures that are built for one size (position embeddings, windows) are built for this one; timm then fits
    published weights to it.

    Raises:
        UserError: timm has no such backbone, or it cannot be built for this size.
    """
    config = _description(backbone)
    size: dict[str, Any] = {"img_size": (input_size, input_size)} if config.fixed_input_size else {}
    try:
        return timm.create_model(backbone, pretrained=pretrained, num_classes=0, **size)
    except (AssertionError, NotImplementedError, TypeError, ValueError) as error:
        raise unfit(backbone, input_size, error) from error


def unfit(backbone: str, input_size: int, error: Exception) -> UserError:
    """The error for a backbone that is no classifier of images, or none of this size."""
    own = describe(backbone)["input_size"]
    return UserError(
        f"model.backbone={backbone} cannot be had with model.input_size={input_size} "
        f"({type(error).__name__}: {error}); its own size is {own}"
    )
