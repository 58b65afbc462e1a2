"""F1 of a heatmap's relevant pixels and a mask."""

from fer_xai.metrics.overlap import Overlap, OverlapMetric
from fer_xai.metrics.pixels import Array, at_least_one


class F1(OverlapMetric):
    """Harmonic mean of precision and recall (Dice index)."""

    title = "F1"
    compares = "sets"
    higher_is_better = True
    bounds = (0.0, 1.0)

    def score_prepared(self, prepared: Overlap) -> Array:
        """Scores of sets that are counted."""
        return 2 * prepared.both / at_least_one(prepared.relevant + prepared.mask)
