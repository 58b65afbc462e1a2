"""How well two sets of pixels overlap: what a heatmap calls relevant, and a mask.

Measures of overlap are NaN where the mask or the heatmap's set is empty among the valid pixels: a comparison with
nothing is no score.
"""

from dataclasses import dataclass

import numpy as np

from fer_xai.metrics.metric import EXACT, Metric
from fer_xai.metrics.pixels import Array, Problems, align, count, count_valid, nan_where
from fer_xai.metrics.shifts import sums_over_shifts


@dataclass(frozen=True)
class Overlap:
    """Numbers of pixels, float64 (...): in both sets, in the heatmap's, in the mask, and valid at all."""

    both: Array
    relevant: Array
    mask: Array
    valid: Array


def count_overlap(relevant: Array, mask: Array, valid: Array | None = None) -> Overlap:
    """Count the pixels that every measure of overlap rests on.

    Args:
        relevant: bool (..., y, x), what the heatmap calls relevant.
        mask: bool (..., y, x).
        valid: bool (..., y, x), pixels that take part; None for all.
    """
    relevant, mask, valid = align(relevant, mask, valid)
    relevant, mask = relevant != 0, mask != 0
    if valid is not None:
        relevant, mask = relevant & valid, mask & valid
    return Overlap(count(relevant & mask), count(relevant), count(mask), count_valid(relevant, valid))


def overlap_problems(counts: Overlap) -> Problems:
    """Why an overlap is undefined, with the cases for which each reason holds."""
    return [
        ("no valid pixel", counts.valid == 0),
        ("empty mask", counts.mask == 0),
        ("empty threshold", counts.relevant == 0),
    ]


class OverlapMetric(Metric[Overlap]):
    """A measure that follows from the numbers of pixels in both sets and in either."""

    compares = "sets"
    reference = "mask"
    needs = EXACT
    prepare = staticmethod(count_overlap)

    def problems(self, prepared: Overlap) -> Problems:
        """An empty mask, an empty set of relevant pixels, or no valid pixel."""
        return overlap_problems(prepared)

    def over_shifts(self, map_: Array, reference: Array, valid: Array) -> Array:
        """Scores for every shift of the mask: numbers of pixels are sums of products."""
        relevant = map_ & valid
        both, mask = (np.rint(sums_over_shifts(one, reference)) for one in (relevant, valid))
        counts = Overlap(both, np.full_like(both, relevant.sum()), mask, np.full_like(both, valid.sum()))
        return nan_where(self.score_prepared(counts), self.problems(counts))
