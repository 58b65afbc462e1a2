"""Which pixels of a global heatmap take part, and half of the frame's resolution, at which replicates are kept."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def valid_in_half(count: NDArray, images: ArrayLike) -> NDArray[np.bool_]:
    """The pixels that take part in stretching, thresholds and metrics: valid in at least half of the images.

    Args:
        count: number of images that are valid at each pixel (..., y, x).
        images: number of images behind each map (...).

    Returns:
        bool (..., y, x); nowhere true where there is no image.
    """
    return (count > 0) & (2 * count >= np.asarray(images)[..., None, None])


def half_shape(frame: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns at half resolution: 275 x 224 becomes 138 x 112."""
    return (frame[0] + 1) // 2, (frame[1] + 1) // 2


def quarter_shape(frame: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns at a quarter of the resolution: 275 x 224 becomes 69 x 56."""
    return half_shape(half_shape(frame))


def halve(values: NDArray) -> NDArray:
    """Means over blocks of 2 x 2 pixels; at an odd end over what there is.

    Args:
        values: (..., y, x), floating; NaN spreads over its block.

    Returns:
        (..., ceil(y / 2), ceil(x / 2)), in the same floating type.
    """
    rows, columns = values.shape[-2:]
    if rows % 2 or columns % 2:
        padding = [(0, 0)] * (values.ndim - 2) + [(0, rows % 2), (0, columns % 2)]
        values = np.pad(values, padding, mode="edge")
    upper, lower = values[..., ::2, :], values[..., 1::2, :]
    return (upper[..., ::2] + upper[..., 1::2] + lower[..., ::2] + lower[..., 1::2]) / 4


def block_sums(values: NDArray) -> NDArray:
    """Sums over blocks of 2 x 2 pixels; at an odd end over what there is.

    Args:
        values: (..., y, x).

    Returns:
        (..., ceil(y / 2), ceil(x / 2)).
    """
    rows, columns = (size % 2 for size in values.shape[-2:])
    padded = np.pad(values, [(0, 0)] * (values.ndim - 2) + [(0, rows), (0, columns)])
    pairs = padded[..., ::2, :] + padded[..., 1::2, :]
    return pairs[..., ::2] + pairs[..., 1::2]


def halved(values: NDArray, times: int) -> NDArray:
    """`halve` so many times; 0 leaves the values as they are."""
    for _ in range(times):
        values = halve(values)
    return values


def halved_valid(valid: NDArray[np.bool_], times: int) -> NDArray[np.bool_]:
    """The pixels of a coarser grid (..., y, x) all parts of which are valid."""
    return halved(valid.astype(np.float32), times) >= 1 if times else valid
