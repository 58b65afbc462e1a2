"""What timm says of its backbones: configs ask for it, and networks are built by it."""

from typing import Any

import timm
from timm.models import PretrainedCfg, get_deprecated_models

from fer_xai.errors import UserError
from fer_xai.nearest import nearest, plain


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
    config = pretrained_cfg(backbone)
    name = backbone.split(".")[0]
    return {
        "name": backbone,
        "input_size": config.input_size[-1],
        "mean": [float(value) for value in config.mean],
        "std": [float(value) for value in config.std],
        "tag": (f"{name}.{config.tag}" if config.tag else name) if config.has_weights else None,
    }


def pretrained_cfg(backbone: str) -> PretrainedCfg:
    """The description of a backbone and its weights, as timm has it.

    Raises:
        UserError: timm has no such backbone.
    """
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
