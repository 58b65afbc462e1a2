"""Recall of a mask by a heatmap's relevant pixels."""

from fer_xai.metrics.overlap import Overlap, OverlapMetric
from fer_xai.metrics.pixels import Array, at_least_one


class Recall(OverlapMetric):
    """Share of the mask that the heatmap calls relevant."""

    title = "recall"
    compares = "sets"
    higher_is_better = True
    bounds = (0.0, 1.0)

    def score_prepared(self, prepared: Overlap) -> Array:
        """Scores of sets that are counted."""
        return prepared.both / at_least_one(prepared.mask)
