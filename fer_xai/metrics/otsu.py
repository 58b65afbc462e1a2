"""Otsu's threshold on 8-bit maps (N. Otsu, IEEE Transactions on Systems, Man, and Cybernetics 9, 1979).

The recurrence is OpenCV's (`cv2.threshold` with `THRESH_OTSU`), step by step in float64, so that ties between equally
good thresholds fall the same way.
"""

import numpy as np
from scipy.signal import find_peaks

from fer_xai.metrics.pixels import Array, align, at_least_one
from fer_xai.metrics.stretch import stretch

LEVELS = 256
#: Classes that hold less than this part of the pixels are no candidates (C's FLT_EPSILON, as in OpenCV).
SMALLEST_CLASS = 1.1920928955078125e-07
#: A second threshold competes with the best where it separates a map at least so well, as a share of the best (0 to 1),
#: and the dip between the two is at least so deep, as a share of the same.
COMPETING, DIP = 0.8, 0.005


def to_uint8(maps: Array) -> Array:
    """Grey levels of maps in [0, 1]: multiplied by 255 and truncated, as uint8.

    Values beyond the range are clipped to it; NaN (invalid pixels of a stretched map) becomes 0.

    Args:
        maps: (..., y, x) of a floating type.

    Returns:
        uint8 of the same shape.
    """
    levels = np.clip(maps * 255, 0, 255)
    return np.where(np.isnan(levels), np.zeros_like(levels), levels).astype(np.uint8)


def histograms(levels: Array, valid: Array | None = None) -> Array:
    """Number of valid pixels at each grey level.

    Args:
        levels: uint8 (..., y, x).
        valid: bool, broadcast to `levels`; None for all pixels.

    Returns:
        float64 (..., 256).
    """
    levels, _, valid = align(levels, levels, valid)
    bins = levels
    if valid is not None:  # invalid pixels are counted in a bin of their own, beyond the last level
        bins = np.where(valid, levels.astype(np.int16), np.int16(LEVELS))
    rows = bins.reshape(-1, bins.shape[-2] * bins.shape[-1])
    counted = np.zeros((len(rows), LEVELS))
    for number, row in enumerate(rows):
        counted[number] = np.bincount(row, minlength=LEVELS + 1)[:LEVELS]
    return counted.reshape(*levels.shape[:-2], LEVELS)


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
    return _best_level(histograms(levels, valid)).astype(np.int64)


def competing_thresholds(maps: Array, valid: Array | None = None) -> Array:
    """Whether a second threshold separates maps about as well as Otsu's does.

    Then a slightly different map would be cut at the other one, and what it calls relevant would jump.

    Args:
        maps: (..., y, x).
        valid: bool, broadcast to `maps`; the other pixels take no part.

    Returns:
        bool (...); false for a constant map.
    """
    maps, _, valid = align(maps, maps, valid)
    counted = histograms(to_uint8(stretch(maps, valid)), valid)
    # Cutting the pixels of each level in two halves as well shows the dip where many have one value.
    shares = np.repeat(counted / at_least_one(counted.sum(-1, keepdims=True)) / 2, 2, axis=-1)
    levels = np.repeat(np.arange(LEVELS, dtype=np.float64), 2)
    below, moment = np.cumsum(shares, axis=-1), np.cumsum(shares * levels, axis=-1)
    product = below * (1 - below)
    apart = (moment[..., -1:] * below - moment) ** 2
    between = np.where(product > SMALLEST_CLASS, apart / np.where(product > 0, product, 1.0), 0.0)
    curves = (between / at_least_one(between.max(-1, keepdims=True))).reshape(-1, 2 * LEVELS)
    # A peak needs something lower on either side.
    peaks = [find_peaks(np.pad(curve, 1), height=COMPETING, prominence=DIP)[0] for curve in curves]
    return np.array([len(places) > 1 for places in peaks]).reshape(counted.shape[:-1])


def _best_level(histogram: Array) -> Array:
    """The recurrence over grey levels, for all histograms (..., 256) at once."""
    pixels = np.sum(histogram, axis=-1, keepdims=True)
    levels = np.arange(LEVELS, dtype=np.float64)
    scale = 1 / at_least_one(pixels)
    share = histogram * scale
    mean = np.sum(histogram * levels, axis=-1, keepdims=True) * scale
    below = np.cumsum(share, axis=-1)
    above = 1 - below
    candidate = (below >= SMALLEST_CLASS) & (above >= SMALLEST_CLASS)
    moment = np.where(candidate, levels * share, 0.0)
    divisor = np.where(candidate, below, 1.0)
    mean_below = np.zeros_like(below)
    previous = np.zeros_like(below[..., 0])
    for level in range(LEVELS):
        before = below[..., level - 1] if level else 0.0
        previous = (previous * before + moment[..., level]) / divisor[..., level]
        mean_below[..., level] = previous
    mean_above = (mean - below * mean_below) / np.where(candidate, above, 1.0)
    # OpenCV multiplies from left to right; another order would break ties otherwise.
    difference = mean_below - mean_above
    between = np.where(candidate, below * above * difference * difference, 0.0)
    return np.argmax(between, axis=-1)


def relevant_pixels(maps: Array, valid: Array | None = None) -> Array:
    """The pixels that a map calls relevant: stretched, truncated to 8 bits, above Otsu's threshold.

    Args:
        maps: (..., y, x).
        valid: bool, broadcast to `maps`; the other pixels take no part and are not relevant.

    Returns:
        bool (..., y, x); nowhere true for a constant map.
    """
    maps, _, valid = align(maps, maps, valid)
    levels = to_uint8(stretch(maps, valid))
    relevant = levels > otsu_threshold(levels, valid).astype(np.uint8)[..., None, None]
    return relevant if valid is None else relevant & valid
