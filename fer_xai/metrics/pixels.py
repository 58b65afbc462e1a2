"""What every metric shares: inputs of one shape, sums over the pixels that take part, and when a score is undefined.

Maps and references are (..., y, x); leading axes broadcast, and the scores have their shape. A pixel takes part where
`valid` is true.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: Reasons with the cases that they hold for: bool arrays of the shape of the scores.
Problems = list[tuple[str, Array]]

PIXELS = (-2, -1)


def align(maps: Array, reference: Array, valid: Array | None) -> tuple[Array, Array, Array | None]:
    """Make the three inputs of a metric go together.

    Args:
        maps: (..., y, x).
        reference: (..., y, x).
        valid: bool (..., y, x), or None for all pixels.

    Returns:
        The three inputs: broadcast to one shape, and `valid` bool; without `valid` as they came, so that what is taken
        of maps or of references alone is worked out once where many of the one meet many of the other.
    """
    if valid is None:
        np.broadcast_shapes(np.shape(maps), np.shape(reference))
        return np.asarray(maps), np.asarray(reference), None
    maps, reference, valid = np.broadcast_arrays(maps, reference, np.asarray(valid, dtype=bool))
    return maps, reference, valid


def total(values: Array, valid: Array | None = None) -> Array:
    """Sum over the valid pixels, in float64."""
    if valid is not None:
        values = np.where(valid, values, np.zeros_like(values))
    return np.asarray(np.sum(values, axis=PIXELS, dtype=np.float64))


def count(chosen: Array) -> Array:
    """Number of true pixels, float64."""
    return np.asarray(np.count_nonzero(chosen, axis=PIXELS), dtype=np.float64)


def count_valid(maps: Array, valid: Array | None) -> Array:
    """Number of pixels that take part in each map, float64."""
    if valid is not None:
        return count(valid)
    return np.full(maps.shape[:-2], float(maps.shape[-2] * maps.shape[-1]))


def at_least_one(divisor: Array) -> Array:
    """A divisor that is never 0: scores that it would spoil are undefined for another reason."""
    return np.where(divisor == 0, np.ones_like(divisor), divisor)


def nan_where(value: Array, problems: Problems) -> Array:
    """The value, NaN wherever one of the problems holds."""
    for _, bad in problems:
        value = np.where(bad, np.nan, value)
    return value


def extremes(maps: Array, valid: Array | None) -> tuple[Array, Array]:
    """Smallest and largest value over the valid pixels; inf and -inf where there is none, NaN where one is NaN."""
    if valid is None:
        return np.min(maps, axis=PIXELS), np.max(maps, axis=PIXELS)
    return (
        np.min(np.where(valid, maps, np.inf), axis=PIXELS),
        np.max(np.where(valid, maps, -np.inf), axis=PIXELS),
    )


def map_problems(maps: Array, valid: Array | None) -> Problems:
    """Why maps have nothing to compare: no valid pixel, values that are not finite, one value everywhere."""
    low, high = extremes(maps, valid)
    return [
        ("no valid pixel", count_valid(maps, valid) == 0),
        ("map not finite", ~(np.isfinite(low) & np.isfinite(high))),
        ("constant map", low == high),
    ]


def any_pixel(chosen: Array, valid: Array | None) -> Array:
    """Whether any valid pixel is chosen."""
    return np.any(chosen if valid is None else chosen & valid, axis=PIXELS)


def mask_problems(mask: Array, valid: Array | None) -> Problems:
    """Why a mask has nothing to compare with: no relevant pixel among the valid ones."""
    return [("empty mask", ~any_pixel(mask != 0, valid))]
