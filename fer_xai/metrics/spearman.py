"""Spearman's rank correlation of a map and a reference."""

from functools import cached_property

import numpy as np
from scipy.stats import rankdata

from fer_xai.metrics.metric import Needs
from fer_xai.metrics.ncc import NCC
from fer_xai.metrics.pixels import PIXELS, Array, Problems, align, map_problems, mask_problems
from fer_xai.metrics.values import Values


class Ranks(Values):
    """The ranks of both sides among the pixels that take part, the smallest 1; equal values share their mean rank.

    A map that meets many references is ranked once, and so is a reference that meets many maps.

    Args:
        maps: (..., y, x).
        weights: (..., y, x).
        valid: bool (..., y, x), pixels that take part; None for all.
    """

    def __init__(self, maps: Array, weights: Array, valid: Array | None = None) -> None:
        super().__init__(_ranks(maps, valid), _ranks(weights, valid), valid)
        # The smallest rank is no zero.
        self._empty = mask_problems(*align(maps, weights, valid)[1:])

    @cached_property
    def problems(self) -> Problems:
        """Why maps and weights have nothing to compare."""
        return [*map_problems(self.maps, self.valid), *self._empty]


class Spearman(NCC):
    """Spearman's rank correlation coefficient of map and reference: the NCC of their ranks; 0 by chance.

    It asks only which pixels come before which, so neither the scale of the map nor a few large values matter.
    """

    title = "Spearman"
    compares = "values"
    reference = "signed"
    higher_is_better = True
    bounds = (-1.0, 1.0)
    # Ranking takes a sort for every replicate, and is smooth in the map.
    needs = Needs(replicates_halved=2)
    prepare = staticmethod(Ranks)


def _ranks(values: Array, valid: Array | None) -> Array:
    """Ranks (..., y, x), float64; NaN everywhere in a map that is not finite at some valid pixel."""
    taken = np.isfinite(values) if valid is None else np.isfinite(values) | ~np.asarray(valid, dtype=bool)
    if valid is not None:
        # Behind all others they leave the ranks of these as they are.
        values = np.where(valid, values, np.inf)
    shape = np.broadcast_shapes(values.shape, taken.shape)
    ranks = rankdata(values.reshape(*shape[:-2], shape[-2] * shape[-1]), axis=-1).reshape(shape)
    return np.where(taken.all(axis=PIXELS, keepdims=True), ranks, np.nan)
