"""Intersection over union."""

from fer_xai.metrics.overlap import Overlap, OverlapMetric
from fer_xai.metrics.pixels import Array, at_least_one


class IoU(OverlapMetric):
    """Intersection over union (Jaccard index): pixels in both sets by pixels in at least one.

    Examples:
        >>> import numpy as np
        >>> relevant, mask = np.array([[True, True, False]]), np.array([[False, True, True]])
        >>> round(float(IoU().score(relevant, mask)), 3)
        0.333
    """

    title = "IoU"
    compares = "sets"
    higher_is_better = True
    bounds = (0.0, 1.0)

    def score_prepared(self, prepared: Overlap) -> Array:
        """Scores of sets that are counted."""
        return prepared.both / at_least_one(prepared.relevant + prepared.mask - prepared.both)
