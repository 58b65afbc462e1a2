"""Kullback-Leibler divergence of a map from a reference."""

import numpy as np

from fer_xai.metrics.pixels import Array, total
from fer_xai.metrics.values import ValueMetric, Values

#: Regularisation: the MIT/Tuebingen saliency benchmark's value, MATLAB's eps.
EPSILON = 2.2204e-16


class KLDivergence(ValueMetric):
    """Kullback-Leibler divergence of the map from the weights, each scaled to the sum 1.

    A map with negative values is first raised to 0. It punishes what the map misses: where the map is 0, only the
    regularisation keeps it finite.
    """

    title = "KL divergence"
    compares = "values"
    higher_is_better = False
    bounds = (0.0, float("inf"))

    def score_prepared(self, prepared: Values) -> Array:
        """Scores of maps and weights."""
        wanted = prepared.weight_density
        return total(wanted * np.log(EPSILON + wanted / (prepared.map_density + EPSILON)), prepared.valid)
