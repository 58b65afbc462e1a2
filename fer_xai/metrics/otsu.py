"""Otsu's threshold on 8-bit maps (N. Otsu, IEEE Transactions on Systems, Man, and Cybernetics 9, 1979).

The recurrence is OpenCV's (`cv2.threshold` with `THRESH_OTSU`), step by step in float64, so that ties between equally
good thresholds fall the same way.
"""

from typing import Any

from array_api_compat import array_namespace, device, is_torch_array

from fer_xai.metrics.pixels import Array, align
from fer_xai.metrics.stretch import stretch

LEVELS = 256
#: Classes that hold less than this part of the pixels are no candidates (C's FLT_EPSILON, as in OpenCV).
SMALLEST_CLASS = 1.1920928955078125e-07


def to_uint8(maps: Array) -> Array:
    """Grey levels of maps in [0, 1]: multiplied by 255 and truncated, as uint8.

    Values beyond the range are clipped to it; NaN (invalid pixels of a stretched map) becomes 0.

    Args:
        maps: (..., y, x) of a floating type.

    Returns:
        uint8 of the same shape.
    """
    xp = array_namespace(maps)
    levels = xp.clip(maps * 255, 0, 255)
    return xp.astype(xp.where(xp.isnan(levels), xp.zeros_like(levels), levels), xp.uint8)


def histograms(levels: Array, valid: Array | None = None) -> Array:
    """Number of valid pixels at each grey level.

    Args:
        levels: uint8 (..., y, x).
        valid: bool, broadcast to `levels`; None for all pixels.

    Returns:
        float64 (..., 256).
    """
    xp, levels, _, valid = align(levels, levels, valid)
    bins = levels
    if valid is not None:  # invalid pixels are counted in a bin of their own, beyond the last level
        bins = xp.where(valid, xp.astype(levels, xp.int16), xp.full_like(levels, LEVELS, dtype=xp.int16))
    rows = xp.reshape(bins, (-1, bins.shape[-2] * bins.shape[-1]))
    counted = [xp.bincount(row, minlength=LEVELS + 1) for row in rows]
    if not counted:
        return xp.zeros((*levels.shape[:-2], LEVELS), dtype=xp.float64, device=device(levels))
    return xp.reshape(xp.astype(xp.stack(counted)[:, :LEVELS], xp.float64), (*levels.shape[:-2], LEVELS))


def otsu_threshold(levels: Array, valid: Array | None = None) -> Array:
    """Otsu's threshold of 8-bit maps: the level that separates them best; relevant is what lies above it.

    Args:
        levels: uint8 (..., y, x), for example from `to_uint8`.
        valid: bool, broadcast to `levels`; the other pixels take no part.

    Returns:
        int64, one threshold per map, equal to OpenCV's; 0, as there, for a map of one level.

    Examples:
        >>> import numpy as np
        >>> otsu_threshold(np.array([[10, 11, 200], [10, 12, 201]], dtype=np.uint8)).item()
        12
    """
    xp = array_namespace(levels)
    return xp.astype(_best_level(xp, histograms(levels, valid)), xp.int64)


def _best_level(xp: Any, histogram: Array) -> Array:
    """The recurrence over grey levels, for all histograms (..., 256) at once."""
    where = device(histogram)
    if is_torch_array(histogram):  # 256 tiny steps, one after the other: no work for an accelerator
        histogram = histogram.cpu()
    pixels = xp.sum(histogram, axis=-1, keepdims=True)
    levels = xp.arange(LEVELS, dtype=xp.float64)
    scale = 1 / xp.where(pixels > 0, pixels, xp.ones_like(pixels))
    share = histogram * scale
    mean = xp.sum(histogram * levels, axis=-1, keepdims=True) * scale
    below = xp.cumulative_sum(share, axis=-1)
    above = 1 - below
    candidate = (below >= SMALLEST_CLASS) & (above >= SMALLEST_CLASS)
    one, zero = xp.ones_like(below), xp.zeros_like(below)
    moment = xp.where(candidate, levels * share, zero)
    divisor = xp.where(candidate, below, one)
    mean_below = xp.zeros_like(below)
    previous = zero[..., 0]
    for level in range(LEVELS):
        before = below[..., level - 1] if level else zero[..., 0]
        previous = (previous * before + moment[..., level]) / divisor[..., level]
        mean_below[..., level] = previous
    mean_above = (mean - below * mean_below) / xp.where(candidate, above, one)
    # OpenCV multiplies from left to right; another order would break ties otherwise.
    difference = mean_below - mean_above
    between = xp.where(candidate, below * above * difference * difference, zero)
    return xp.asarray(xp.argmax(between, axis=-1), device=where)


def relevant_pixels(maps: Array, valid: Array | None = None) -> Array:
    """The pixels that a map calls relevant: stretched, truncated to 8 bits, above Otsu's threshold.

    Args:
        maps: (..., y, x).
        valid: bool, broadcast to `maps`; the other pixels take no part and are not relevant.

    Returns:
        bool (..., y, x); nowhere true for a constant map.
    """
    xp, maps, _, valid = align(maps, maps, valid)
    levels = to_uint8(stretch(maps, valid))
    relevant = levels > xp.astype(otsu_threshold(levels, valid), xp.uint8)[..., None, None]
    return relevant if valid is None else relevant & valid
