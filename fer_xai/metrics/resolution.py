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


def halve(maps: NDArray, valid: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """Means over blocks of 2 x 2 pixels; at an odd border the block is what there is of it.

    Args:
        maps: (..., y, x), also bool.
        valid: bool (..., y, x), pixels that take part; None for all.

    Returns:
        float64 (..., ceil(y / 2), ceil(x / 2)); NaN where no pixel of a block takes part.
    """
    maps = np.asarray(maps, dtype=np.float64)
    taken = np.isfinite(maps) if valid is None else np.broadcast_to(valid, maps.shape) & np.isfinite(maps)
    total, number = _block_sums(np.where(taken, maps, 0)), _block_sums(taken.astype(np.float64))
    return np.divide(total, number, out=np.full_like(total, np.nan), where=number > 0)


def halve_mask(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask or validity at half resolution: true where at least half of a block's pixels are."""
    return halve(mask) >= 0.5


def _block_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    rows, columns = half_shape((values.shape[-2], values.shape[-1]))
    widths = [(0, 0)] * (values.ndim - 2) + [(0, 2 * rows - values.shape[-2]), (0, 2 * columns - values.shape[-1])]
    padded = np.pad(values, widths)
    return padded.reshape(*values.shape[:-2], rows, 2, columns, 2).sum(axis=(-3, -1))
