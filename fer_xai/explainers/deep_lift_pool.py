"""DeepLIFT's rule for max pools, also for windows that overlap and values that do not change."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from timm.layers.padding import pad_same
from timm.layers.pool2d_same import MaxPool2dSame
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


class RuledMaxPool(nn.Module):
    """A max pool whose backward pass hands the difference of its outputs back to the places that it comes from.

    captum's own rule keeps only one of the windows that share their largest value, and takes another image's gradient
    where image and reference are the same; its values then do not sum to the difference. Here they do.

    Args:
        pool: the max pool whose settings it takes, also one with 'same' padding.
    """

    def __init__(self, pool: nn.MaxPool2d) -> None:
        super().__init__()
        self.same = isinstance(pool, MaxPool2dSame)
        self.settings: tuple[Any, ...] = (pool.kernel_size, pool.stride, pool.padding, pool.dilation, pool.ceil_mode)

    def forward(self, maps: Tensor) -> Tensor:
        """The pooled maps (n, channels, y, x); for a backward pass n must be images, then as many references."""
        if self.same:
            kernel, stride, _, dilation, _ = self.settings
            maps = pad_same(maps, kernel, stride, dilation, value=-float("inf"))
        return _Rule.apply(maps, self.settings)


class RuledPools(TorchFunctionMode):
    """While it is active, max pools that a network calls as functions follow the rule as well."""

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """See torch."""
        if func is F.max_pool2d and not (kwargs or {}).get("return_indices"):
            return _ruled(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _ruled(
    maps: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """`F.max_pool2d` by the rule; it takes the same."""
    return _Rule.apply(maps, (kernel_size, stride, padding, dilation, ceil_mode))


class _Rule(torch.autograd.Function):
    """Multipliers in the place of gradients: a window's difference of outputs over the difference of its inputs.

    With o and r the outputs for image and reference, the part max(o, r) - r is due to the place where the image is
    largest, the part o - max(o, r) to the place where the reference is.
    """

    @staticmethod
    def forward(ctx: Any, maps: Tensor, settings: tuple[Any, ...]) -> Tensor:
        pooled, places = F.max_pool2d(maps, *settings, return_indices=True)
        # Not the pooled maps: a network may go on to add to them in place.
        ctx.save_for_backward(maps, places)
        return pooled

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        maps, places = ctx.saved_tensors
        pooled = maps.flatten(2).gather(2, places.flatten(2)).view_as(places)
        (image, reference), (o, r), halves = maps.chunk(2), pooled.chunk(2), gradients[0].chunk(2)
        at_image, at_reference = places.chunk(2)
        change, larger = image - reference, torch.maximum(o, r)
        multipliers = _scatter(halves[0] * (larger - r), at_image, change)
        multipliers = multipliers + _scatter(halves[1] * (o - larger), at_reference, change)
        # Where nothing changes there is no quotient: the gradient stands in, as in the rule for activations.
        parts = [
            torch.where(change == 0, _scatter(half, at, torch.ones_like(change)), multipliers)
            for half, at in zip(halves, (at_image, at_reference), strict=True)
        ]
        return torch.cat(parts), None


def _scatter(amounts: Tensor, places: Tensor, change: Tensor) -> Tensor:
    """Amounts (b, channels, v, u), each over the change at its place, summed in the maps (b, channels, y, x)."""
    flat = places.flatten(2)
    shares = amounts.flatten(2) / change.flatten(2).gather(2, flat)
    shares = shares.where(amounts.flatten(2) != 0, 0)
    return torch.zeros_like(change).flatten(2).scatter_add(2, flat, shares).view_as(change)
