"""Normalised correlation coefficient of a map and a reference."""

import numpy as np

from fer_xai.metrics.pixels import Array, Problems, at_least_one, extremes, total
from fer_xai.metrics.shifts import sums_over_shifts
from fer_xai.metrics.values import ValueMetric, Values


class NCC(ValueMetric):
    """Normalised correlation coefficient (Pearson's) of map and reference over the pixels; 0 by chance."""

    title = "NCC"
    compares = "values"
    reference = "signed"
    higher_is_better = True
    bounds = (-1.0, 1.0)
    correlation = True
    chance = 0.0

    def score_prepared(self, prepared: Values) -> Array:
        """Scores of maps and weights."""
        (mean, spread), (mean_weight, spread_of_weights) = prepared.map_moments, prepared.weight_moments
        deviations = (prepared.maps - mean[..., None, None]) * (prepared.weights - mean_weight[..., None, None])
        covariance = total(deviations, prepared.valid) / prepared.pixels
        return np.clip(covariance / at_least_one(spread * spread_of_weights), -1, 1)

    def problems(self, prepared: Values) -> Problems:
        """Those of all measures of values, and constant weights."""
        low, high = extremes(prepared.weights, prepared.valid)
        return [*prepared.problems, ("constant reference", low == high)]

    def over_shifts(self, map_: Array, reference: Array, valid: Array) -> Array:
        """Scores for every shift of the weights: moments are sums of products."""
        pixels = valid.sum()
        map_ = np.where(valid, map_ - map_[valid].mean(), 0.0)
        # Nothing changes by a constant, and sums of small numbers are exact in more digits.
        weights = reference - reference.mean()
        mean, square = (sums_over_shifts(valid, part) / pixels for part in (weights, weights**2))
        spread = np.sqrt(np.clip(square - mean**2, 0, None) * (map_**2).mean() * map_.size / pixels)
        with np.errstate(invalid="ignore", divide="ignore"):
            scores = sums_over_shifts(map_, weights) / pixels / spread
        return np.where(spread > 0, np.clip(scores, -1, 1), np.nan)
