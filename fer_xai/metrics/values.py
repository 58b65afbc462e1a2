"""Maps and weights compared pixel by pixel: the threshold-free measures of saliency research.

They are defined as in the MIT/Tuebingen saliency benchmark, which compares a saliency map with people's fixations; here
the mask (or a map of weights) takes their place. Each is NaN for a constant map, for a map with values that are not
finite, and for an empty mask.
"""

from functools import cached_property

import numpy as np

from fer_xai.metrics.metric import SMOOTH, Metric, ReferenceForm
from fer_xai.metrics.pixels import (
    Array,
    Problems,
    align,
    at_least_one,
    count_valid,
    extremes,
    map_problems,
    mask_problems,
    total,
)


class Values:
    """Maps and weights in float64, 0 where a pixel is not valid, and what several measures take from them.

    Args:
        maps: (..., y, x).
        weights: (..., y, x), a mask or non-negative weights.
        valid: bool (..., y, x), pixels that take part; None for all.
    """

    def __init__(self, maps: Array, weights: Array, valid: Array | None = None) -> None:
        maps, weights, self.valid = align(maps, weights, valid)
        maps, weights = maps.astype(np.float64, copy=False), weights.astype(np.float64, copy=False)
        if self.valid is not None:
            maps, weights = np.where(self.valid, maps, 0.0), np.where(self.valid, weights, 0.0)
        self.maps, self.weights = maps, weights

    @cached_property
    def pixels(self) -> Array:
        """Number of pixels that take part in each map, float64 (...), never 0."""
        return at_least_one(count_valid(self.maps, self.valid))

    @cached_property
    def map_moments(self) -> tuple[Array, Array]:
        """Mean and standard deviation (of the population) of each map over the valid pixels."""
        return self._moments(self.maps)

    @cached_property
    def weight_moments(self) -> tuple[Array, Array]:
        """The same of the weights."""
        return self._moments(self.weights)

    @cached_property
    def map_density(self) -> Array:
        """Each map scaled to the sum 1 over the valid pixels, raised to 0 first where some values are negative."""
        return self._density(self.maps)

    @cached_property
    def weight_density(self) -> Array:
        """The same of the weights."""
        return self._density(self.weights)

    @cached_property
    def problems(self) -> Problems:
        """Why maps and weights have nothing to compare."""
        return [*map_problems(self.maps, self.valid), *mask_problems(self.weights, self.valid)]

    def _moments(self, values: Array) -> tuple[Array, Array]:
        mean = total(values, self.valid) / self.pixels
        return mean, (total((values - mean[..., None, None]) ** 2, self.valid) / self.pixels) ** 0.5

    def _density(self, values: Array) -> Array:
        low, _ = extremes(values, self.valid)
        raised = values - np.where(low < 0, low, 0.0)[..., None, None]
        density = raised / at_least_one(total(raised, self.valid))[..., None, None]
        return density if self.valid is None else np.where(self.valid, density, 0.0)


class ValueMetric(Metric[Values]):
    """A measure that compares a map with weights as they are."""

    compares = "values"
    reference: ReferenceForm = "weights"
    needs = SMOOTH
    corrected = True
    prepare = staticmethod(Values)

    def problems(self, prepared: Values) -> Problems:
        """A constant map or one that is not finite, an empty mask, or no valid pixel."""
        return prepared.problems
