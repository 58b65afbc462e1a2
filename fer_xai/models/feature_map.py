"""From what a backbone gives to a map (b, channels, y, x), by the backbone's own description."""

import math
from typing import Any

from torch import Tensor, nn


class ChannelsLast(nn.Module):
    """Maps (b, y, x, channels) to (b, channels, y, x)."""

    def forward(self, maps: Tensor) -> Tensor:
        """The same values, channels before rows and columns."""
        return maps.permute(0, 3, 1, 2)


class TokensToMap(nn.Module):
    """Tokens (b, prefix + y * x, channels), row by row after the prefix, to (b, channels, y, x).

    Args:
        prefix: number of tokens that belong to no place (class, register and distillation tokens); left out.
        grid: rows and columns.
    """

    def __init__(self, prefix: int, grid: tuple[int, int]) -> None:
        super().__init__()
        self.prefix = prefix
        self.grid = grid

    def forward(self, tokens: Tensor) -> Tensor:
        """The tokens at their places."""
        return tokens[:, self.prefix :].transpose(1, 2).unflatten(2, self.grid)

    def extra_repr(self) -> str:
        """What the module's print shows."""
        return f"prefix={self.prefix}, grid={self.grid}"


def to_map(backbone: nn.Module, output: Any, input_size: int) -> nn.Module | None:
    """What turns the output of a backbone's `forward_features` into a map (b, channels, y, x).

    Args:
        backbone: timm's, for the attributes by which it describes itself: `output_fmt`, `num_prefix_tokens`,
            `patch_embed.grid_size`, `feature_info`.
        output: of `forward_features` for a square image.
        input_size: side of that image in pixels.

    Returns:
        A module without parameters; None where the output is no map by that description.
    """
    if not isinstance(output, Tensor):
        return None
    if output.ndim == 4:
        return ChannelsLast() if getattr(backbone, "output_fmt", "NCHW") == "NHWC" else nn.Identity()
    if output.ndim != 3:
        return None
    prefix = _prefix_tokens(backbone)
    for grid in _grids(backbone, input_size):
        if math.prod(grid) == output.shape[1] - prefix:
            return TokensToMap(prefix, grid)
    return None


def _prefix_tokens(backbone: nn.Module) -> int:
    prefix = getattr(backbone, "num_prefix_tokens", None)
    if prefix is not None:
        return int(prefix)
    # Without that attribute, a class token is alone before the others.
    has_class_token = getattr(backbone, "cls_token", None) is not None
    return int(has_class_token or getattr(backbone, "global_pool", "") == "token")


def _grids(backbone: nn.Module, input_size: int) -> list[tuple[int, int]]:
    """The grids that the description allows: of the last stage, whole cells or with a cut one, then of the patches."""
    grids = []
    info = getattr(backbone, "feature_info", None)
    if info:
        cells = input_size / info[-1]["reduction"]
        grids += [(math.floor(cells),) * 2, (math.ceil(cells),) * 2]
    patches = getattr(getattr(backbone, "patch_embed", None), "grid_size", None)
    if patches:
        grids.append((int(patches[0]), int(patches[1])))
    return grids
