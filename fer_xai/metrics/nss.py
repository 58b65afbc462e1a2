"""Normalised scanpath saliency."""

from fer_xai.metrics.pixels import Array, at_least_one, total
from fer_xai.metrics.values import ValueMetric, Values


class NSS(ValueMetric):
    """Normalised scanpath saliency: the mean over the mask of the map in units of its standard deviation.

    Weights weigh that mean; 0 by chance, without bounds.
    """

    title = "NSS"
    compares = "values"
    higher_is_better = True
    bounds = (-float("inf"), float("inf"))
    chance = 0.0

    def score_prepared(self, prepared: Values) -> Array:
        """Scores of maps and weights."""
        mean, spread = prepared.map_moments
        inside = total(prepared.maps * prepared.weights) / at_least_one(total(prepared.weights))
        return (inside - mean) / at_least_one(spread)
