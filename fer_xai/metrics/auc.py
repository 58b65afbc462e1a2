"""Area under the ROC curve."""

import numpy as np

from fer_xai.metrics.pixels import Array
from fer_xai.metrics.ranking import Curve, RankingMetric


class AUC(RankingMetric):
    """Area under the ROC curve, by trapezoids: mask pixels against all others.

    The probability that a pixel of the mask has a larger value than one outside it, ties counted half; 0.5 by chance.

    Examples:
        >>> import numpy as np
        >>> float(AUC().score(np.array([[0.1, 0.4, 0.35, 0.8]]), np.array([[False, False, True, True]])))
        0.75
    """

    title = "AUC"
    compares = "values"
    higher_is_better = True
    bounds = (0.0, 1.0)
    chance = 0.5

    def of_curve(self, curve: Curve) -> Array:
        """The area under one curve."""
        inside, outside = curve
        area = np.sum((outside[1:] - outside[:-1]) * (inside[1:] + inside[:-1])) / 2
        return area / (inside[-1] * outside[-1])
