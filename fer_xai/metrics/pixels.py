"""What every metric shares: inputs of one array library, one device and one shape, and when a score is undefined.

Every functional form takes NumPy arrays or tensors and answers with the same kind. Maps and references are
(..., y, x); leading axes broadcast, and the scores have their shape. A pixel takes part where `valid` is true.
"""

from typing import Any

from array_api_compat import array_namespace, device

Array = Any
#: Reasons with the cases that they hold for: bool arrays of the shape of the scores.
Problems = list[tuple[str, Array]]

PIXELS = (-2, -1)


def align(maps: Array, reference: Array, valid: Array | None) -> tuple[Any, Array, Array, Array]:
    """Bring the three inputs of a metric to one array library, device and shape.

    Args:
        maps: (..., y, x); it decides on library and device.
        reference: (..., y, x).
        valid: bool (..., y, x), or None for all pixels.

    Returns:
        The library's namespace, and the three inputs with broadcast shapes; `valid` is bool.
    """
    xp = array_namespace(maps)
    where = device(maps)
    reference = xp.asarray(reference, device=where)
    valid = xp.ones(maps.shape[-2:], dtype=xp.bool, device=where) if valid is None else xp.asarray(valid, device=where)
    return (xp, *xp.broadcast_arrays(maps, reference, xp.astype(valid, xp.bool)))


def total(xp: Any, values: Array, taken: Array | None = None) -> Array:
    """Sum over pixels in float64, of the values where `taken` is true."""
    if taken is not None:
        values = xp.where(taken, values, xp.zeros_like(values))
    return xp.sum(xp.astype(values, xp.float64), axis=PIXELS)


def count(xp: Any, chosen: Array) -> Array:
    """Number of true pixels, float64."""
    return xp.astype(xp.count_nonzero(chosen, axis=PIXELS), xp.float64)


def nan_where(xp: Any, value: Array, problems: Problems) -> Array:
    """The value, NaN wherever one of the problems holds."""
    nan = xp.full_like(value, float("nan"))
    for _, bad in problems:
        value = xp.where(bad, nan, value)
    return value


def extremes(xp: Any, maps: Array, valid: Array) -> tuple[Array, Array]:
    """Smallest and largest value over the valid pixels; +inf and -inf where there is none."""
    smallest = xp.amin if hasattr(xp, "amin") else xp.min
    largest = xp.amax if hasattr(xp, "amax") else xp.max
    infinite = xp.full_like(maps, float("inf"))
    return (
        smallest(xp.where(valid, maps, infinite), axis=PIXELS),
        largest(xp.where(valid, maps, -infinite), axis=PIXELS),
    )


def map_problems(xp: Any, maps: Array, valid: Array) -> Problems:
    """Why maps have nothing to compare: no valid pixel, values that are not finite, one value everywhere."""
    low, high = extremes(xp, maps, valid)
    return [
        ("no valid pixel", ~xp.any(valid, axis=PIXELS)),
        ("map not finite", xp.any(valid & ~xp.isfinite(maps), axis=PIXELS)),
        ("constant map", low == high),
    ]


def mask_problems(xp: Any, mask: Array, valid: Array) -> Problems:
    """Why a mask has nothing to compare with: no relevant pixel among the valid ones."""
    return [("empty mask", ~xp.any((mask != 0) & valid, axis=PIXELS))]
