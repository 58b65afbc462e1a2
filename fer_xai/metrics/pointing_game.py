"""Pointing game."""

from dataclasses import replace

from fer_xai.metrics.metric import SMOOTH
from fer_xai.metrics.pixels import Array, Problems, any_pixel, at_least_one, count, extremes
from fer_xai.metrics.values import ValueMetric, Values


class PointingGame(ValueMetric):
    """Pointing game: whether the map's largest value lies inside the mask: 1 for a hit, 0 for a miss.

    Where several pixels share the largest value, the share of them that hits. It has no interval: the bootstrap does
    not tell how far the place of a maximum would move, and a hit in every replicate is no certainty.
    """

    title = "pointing game"
    compares = "values"
    reference = "mask"
    higher_is_better = True
    bounds = (0.0, 1.0)
    needs = replace(SMOOTH, replicates=False)

    def score_prepared(self, prepared: Values) -> Array:
        """Scores of maps and masks."""
        _, largest = extremes(prepared.maps, prepared.valid)
        highest = prepared.maps == largest[..., None, None]
        highest = highest if prepared.valid is None else highest & prepared.valid
        return count(highest & (prepared.weights != 0)) / at_least_one(count(highest))

    def problems(self, prepared: Values) -> Problems:
        """Those of all measures of values, and a mask that leaves no other pixel."""
        others = any_pixel(prepared.weights == 0, prepared.valid)
        return [*prepared.problems, ("no pixel outside the mask", ~others)]
