"""Similarity of saliency maps: histogram intersection."""

import numpy as np

from fer_xai.metrics.pixels import Array, total
from fer_xai.metrics.values import ValueMetric, Values


class SIM(ValueMetric):
    """Similarity: histogram intersection of map and weights, each scaled to the sum 1.

    A map with negative values is first raised to 0.
    """

    title = "SIM"
    compares = "values"
    higher_is_better = True
    bounds = (0.0, 1.0)

    def score_prepared(self, prepared: Values) -> Array:
        """Scores of maps and weights."""
        return total(np.minimum(prepared.map_density, prepared.weight_density), prepared.valid)
