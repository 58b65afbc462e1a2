"""How well two sets of pixels overlap: what a heatmap calls relevant, and a mask.

All are NaN where the mask or the heatmap's set is empty among the valid pixels: a comparison with nothing is no score.
"""

from collections.abc import Callable
from typing import NamedTuple

from array_api_compat import array_namespace

from fer_xai.metrics.pixels import Array, Problems, align, count, count_valid, nan_where


class Overlap(NamedTuple):
    """Numbers of pixels, float64 (...): in both sets, in the heatmap's, in the mask, and valid at all."""

    both: Array
    relevant: Array
    mask: Array
    valid: Array


def count_overlap(relevant: Array, mask: Array, valid: Array | None = None) -> Overlap:
    """Count the pixels that every measure of this file rests on; arguments as for `iou`."""
    xp, relevant, mask, valid = align(relevant, mask, valid)
    relevant, mask = (part if xp.isdtype(part.dtype, "bool") else part != 0 for part in (relevant, mask))
    if valid is not None:
        relevant, mask = relevant & valid, mask & valid
    pixels = count_valid(xp, relevant, valid)
    return Overlap(count(xp, relevant & mask), count(xp, relevant), count(xp, mask), pixels)


def iou_of_counts(counts: Overlap) -> Array:
    """`iou` of sets that are counted."""
    return counts.both / _at_least_one(counts.relevant + counts.mask - counts.both)


def precision_of_counts(counts: Overlap) -> Array:
    """`precision` of sets that are counted."""
    return counts.both / _at_least_one(counts.relevant)


def recall_of_counts(counts: Overlap) -> Array:
    """`recall` of sets that are counted."""
    return counts.both / _at_least_one(counts.mask)


def f1_of_counts(counts: Overlap) -> Array:
    """`f1` of sets that are counted."""
    return 2 * counts.both / _at_least_one(counts.relevant + counts.mask)


def overlap_problems(counts: Overlap) -> Problems:
    """Why an overlap is undefined, with the cases for which each reason holds."""
    return [
        ("no valid pixel", counts.valid == 0),
        ("empty mask", counts.mask == 0),
        ("empty threshold", counts.relevant == 0),
    ]


def iou(relevant: Array, mask: Array, valid: Array | None = None) -> Array:
    """Intersection over union (Jaccard index): pixels in both sets by pixels in at least one.

    Args:
        relevant: bool (..., y, x), what the heatmap calls relevant.
        mask: bool (..., y, x).
        valid: bool (..., y, x), pixels that take part; None for all.

    Returns:
        (...) in [0, 1], higher is better; NaN where a set is empty.

    Examples:
        >>> import numpy as np
        >>> relevant, mask = np.array([[True, True, False]]), np.array([[False, True, True]])
        >>> round(float(iou(relevant, mask)), 3)
        0.333
    """
    return _score(iou_of_counts, relevant, mask, valid)


def precision(relevant: Array, mask: Array, valid: Array | None = None) -> Array:
    """Share of what the heatmap calls relevant that lies inside the mask. Arguments and result as for `iou`."""
    return _score(precision_of_counts, relevant, mask, valid)


def recall(relevant: Array, mask: Array, valid: Array | None = None) -> Array:
    """Share of the mask that the heatmap calls relevant. Arguments and result as for `iou`."""
    return _score(recall_of_counts, relevant, mask, valid)


def f1(relevant: Array, mask: Array, valid: Array | None = None) -> Array:
    """Harmonic mean of precision and recall (Dice index). Arguments and result as for `iou`."""
    return _score(f1_of_counts, relevant, mask, valid)


def _score(of_counts: Callable[[Overlap], Array], relevant: Array, mask: Array, valid: Array | None) -> Array:
    counts = count_overlap(relevant, mask, valid)
    return nan_where(array_namespace(counts.both), of_counts(counts), overlap_problems(counts))


def _at_least_one(divisor: Array) -> Array:
    xp = array_namespace(divisor)
    return xp.where(divisor > 0, divisor, xp.ones_like(divisor))
