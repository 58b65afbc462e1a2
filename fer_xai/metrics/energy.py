"""Energy-based pointing game."""

from fer_xai.metrics.pixels import Array, total
from fer_xai.metrics.values import ValueMetric, Values


class Energy(ValueMetric):
    """Energy-based pointing game: the share of the map's total that lies inside the mask.

    By chance the mask's share of the pixels. A map with negative values is first raised to 0; weights count in part.
    """

    title = "energy"
    compares = "values"
    higher_is_better = True
    bounds = (0.0, 1.0)

    def score_prepared(self, prepared: Values) -> Array:
        """Scores of maps and weights."""
        return total(prepared.map_density * prepared.weights, prepared.valid)
