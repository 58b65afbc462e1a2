"""What every metric shares: inputs of one array library, one device and one shape, and when a score is undefined.

Every functional form takes NumPy arrays or tensors and answers with the same kind. Maps and references are
(..., y, x); leading axes broadcast, and the scores have their shape. A pixel takes part where `valid` is true.
"""

from typing import Any

from array_api_compat import array_namespace, device, is_torch_array

Array = Any
#: Reasons with the cases that they hold for: bool arrays of the shape of the scores.
Problems = list[tuple[str, Array]]

PIXELS = (-2, -1)


def align(maps: Array, reference: Array, valid: Array | None) -> tuple[Any, Array, Array, Array | None]:
    """Bring the three inputs of a metric to one array library, device and shape.

    Args:
        maps: (..., y, x); it decides on library and device.
        reference: (..., y, x).
        valid: bool (..., y, x), or None for all pixels.

    Returns:
        The library's namespace, and the three inputs with broadcast shapes; `valid` is bool, or None as it came.
    """
    xp = array_namespace(maps)
    reference = xp.asarray(reference, device=device(maps))
    if valid is None:
        return (xp, *xp.broadcast_arrays(maps, reference), None)
    valid = xp.astype(xp.asarray(valid, device=device(maps)), xp.bool)
    return (xp, *xp.broadcast_arrays(maps, reference, valid))


def total(xp: Any, values: Array, valid: Array | None = None) -> Array:
    """Sum over the valid pixels, in float64."""
    if valid is not None:
        values = xp.where(valid, values, xp.zeros_like(values))
    return xp.sum(values, axis=PIXELS, dtype=xp.float64)


def count(xp: Any, chosen: Array) -> Array:
    """Number of true pixels, float64."""
    return xp.astype(xp.count_nonzero(chosen, axis=PIXELS), xp.float64)


def count_valid(xp: Any, maps: Array, valid: Array | None) -> Array:
    """Number of pixels that take part in each map, float64."""
    if valid is not None:
        return count(xp, valid)
    pixels = maps.shape[-2] * maps.shape[-1]
    return xp.full(maps.shape[:-2], float(pixels), dtype=xp.float64, device=device(maps))


def nan_where(xp: Any, value: Array, problems: Problems) -> Array:
    """The value, NaN wherever one of the problems holds."""
    nan = xp.full_like(value, float("nan"))
    for _, bad in problems:
        value = xp.where(bad, nan, value)
    return value


def extremes(xp: Any, maps: Array, valid: Array | None) -> tuple[Array, Array]:
    """Smallest and largest value over the valid pixels; inf and -inf where there is none, NaN where one is NaN."""
    smallest, largest = (xp.amin, xp.amax) if is_torch_array(maps) else (xp.min, xp.max)
    if valid is None:
        return smallest(maps, axis=PIXELS), largest(maps, axis=PIXELS)
    infinite = xp.full_like(maps, float("inf"))
    return (
        smallest(xp.where(valid, maps, infinite), axis=PIXELS),
        largest(xp.where(valid, maps, -infinite), axis=PIXELS),
    )


def map_problems(xp: Any, maps: Array, valid: Array | None) -> Problems:
    """Why maps have nothing to compare: no valid pixel, values that are not finite, one value everywhere."""
    low, high = extremes(xp, maps, valid)
    return [
        ("no valid pixel", count_valid(xp, maps, valid) == 0),
        ("map not finite", ~(xp.isfinite(low) & xp.isfinite(high))),
        ("constant map", low == high),
    ]


def any_pixel(xp: Any, chosen: Array, valid: Array | None) -> Array:
    """Whether any valid pixel is chosen."""
    return xp.any(chosen if valid is None else chosen & valid, axis=PIXELS)


def mask_problems(xp: Any, mask: Array, valid: Array | None) -> Problems:
    """Why a mask has nothing to compare with: no relevant pixel among the valid ones."""
    return [("empty mask", ~any_pixel(xp, mask != 0, valid))]
