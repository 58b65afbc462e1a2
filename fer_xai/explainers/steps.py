"""The named steps between a raw local heatmap and one that can be averaged."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from fer_xai.errors import UserError


def keep_positive(maps: Tensor) -> Tensor:
    """ReLU: only evidence in favour of the class. Shape (b, y, x), any range."""
    return maps.clamp_min(0)


def upsample(maps: Tensor, size: int) -> Tensor:
    """Bilinear enlargement of maps (b, y, x) to (b, size, size), pixel areas aligned."""
    if maps.shape[-2:] == (size, size):
        return maps
    return F.interpolate(maps[:, None], size=(size, size), mode="bilinear", align_corners=False)[:, 0]


def _by_mass(maps: Tensor) -> Tensor:
    return _divide(maps, maps.abs().sum(dim=(-2, -1), keepdim=True))


def _by_maximum(maps: Tensor) -> Tensor:
    return _divide(maps, maps.abs().amax(dim=(-2, -1), keepdim=True))


def _divide(maps: Tensor, by: Tensor) -> Tensor:
    """An all-zero map stays all-zero: it says nothing, and takes part as that."""
    return maps / by.where(by > 0, 1)


#: `none`: as they are; `mass`: divided by the total relevance (one image, one vote); `maximum`: divided by the largest.
SCALES: dict[str, Callable[[Tensor], Tensor]] = {"none": lambda maps: maps, "mass": _by_mass, "maximum": _by_maximum}


def local_scale(maps: Tensor, scale: str) -> Tensor:
    """Weight maps (b, y, x) against each other before they are averaged.

    Raises:
        UserError: an unknown `scale`.
    """
    if scale not in SCALES:
        raise UserError(f"local_scale={scale} is not known: choose one of {', '.join(SCALES)}")
    return SCALES[scale](maps)


def averageable(raw: Tensor, size: int, positive: bool, scale: str) -> tuple[Tensor, Tensor]:
    """Raw maps as they are averaged: ReLU if asked for, enlarged, weighted.

    Args:
        raw: (b, y, x), as an explainer gives them.
        size: side of the face crops in pixels.
        positive: whether only evidence in favour of the class counts.
        scale: local weighting, see `SCALES`.

    Returns:
        float (b, size, size), and whether each map tells anything (is not zero everywhere), bool (b,).
    """
    maps = keep_positive(raw) if positive else raw
    maps = local_scale(upsample(maps, size), scale)
    return maps, (maps != 0).flatten(1).any(dim=1)
