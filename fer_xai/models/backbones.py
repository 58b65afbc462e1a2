"""How a backbone of timm is built for an input of a given size."""

from typing import Any

import timm
from torch import nn

from fer_xai.config.timm_facts import describe, pretrained_cfg
from fer_xai.errors import UserError


def create_backbone(backbone: str, input_size: int, pretrained: bool = False, classes: int = 0) -> nn.Module:
    """A timm backbone for square inputs of `input_size` pixels, without its classifier unless `classes` are given.

    Architectures that are built for one size (position embeddings, windows) are built for this one; timm then fits
    published weights to it.

    Raises:
        UserError: timm has no such backbone, or it cannot be built for this size.
    """
    config = pretrained_cfg(backbone)
    size: dict[str, Any] = {"img_size": (input_size, input_size)} if config.fixed_input_size else {}
    try:
        return timm.create_model(backbone, pretrained=pretrained, num_classes=classes, **size)
    except (AssertionError, NotImplementedError, TypeError, ValueError) as error:
        raise unfit(backbone, input_size, error) from error


def unfit(backbone: str, input_size: int, error: Exception) -> UserError:
    """The error for a backbone that is no classifier of images, or none of this size."""
    own = describe(backbone)["input_size"]
    return UserError(
        f"model.backbone={backbone} cannot be had with model.input_size={input_size} "
        f"({type(error).__name__}: {error}); its own size is {own}"
    )
