"""Intersection over union where the map is cut at the mask's area."""

import numpy as np

from fer_xai.metrics.pixels import Array
from fer_xai.metrics.ranking import Curve, RankingMetric


class AreaMatchedIoU(RankingMetric):
    """IoU of as many of the map's largest pixels as the mask has.

    Where pixels of equal value straddle the cut, they count in part: the expected value.
    """

    title = "area-matched IoU"
    compares = "values"
    higher_is_better = True
    bounds = (0.0, 1.0)

    def of_curve(self, curve: Curve) -> Array:
        """IoU at the place of the curve where as many pixels are covered as the mask has."""
        inside, outside = curve
        covered, wanted = inside + outside, inside[-1]
        after = int(np.sum(covered < wanted))
        before = max(after - 1, 0)
        step = covered[after] - covered[before]
        part = (wanted - covered[before]) / (step if step > 0 else 1.0)
        both = inside[before] + part * (inside[after] - inside[before])
        return both / (2 * wanted - both)
