"""Average precision."""

import numpy as np

from fer_xai.metrics.pixels import Array
from fer_xai.metrics.ranking import Curve, RankingMetric


class AveragePrecision(RankingMetric):
    """The area under the precision-recall curve, as a sum over its steps; by chance the mask's share of the pixels."""

    title = "average precision"
    compares = "values"
    higher_is_better = True
    bounds = (0.0, 1.0)

    def of_curve(self, curve: Curve) -> Array:
        """Sum of precision over the steps of recall."""
        inside, outside = curve
        precision = inside[1:] / (inside[1:] + outside[1:])
        return np.sum((inside[1:] - inside[:-1]) * precision) / inside[-1]
