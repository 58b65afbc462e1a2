"""How a map ranks the pixels of a mask against all others, whatever the threshold.

Measures of ranking rest on the same curve: thresholds from the largest value down, and how many pixels of the mask and
outside it lie at or above each. Pixels of equal value are taken together, so the order of pixels never matters.
"""

from abc import abstractmethod
from typing import NamedTuple

import numpy as np

from fer_xai.metrics.metric import SMOOTH, Metric
from fer_xai.metrics.pixels import Array, Problems, align, any_pixel, map_problems, mask_problems


class Curve(NamedTuple):
    """One map's counts of pixels at its distinct values, from the largest down; float64 (k + 1,), starting with 0."""

    inside: Array
    outside: Array


class Ranking(NamedTuple):
    """The curves of maps (leading axes flattened), and why rankings are undefined."""

    curves: list[Curve]
    problems: Problems


def rank(maps: Array, mask: Array, valid: Array | None = None) -> Ranking:
    """Rank the pixels of each map.

    Args:
        maps: (..., y, x).
        mask: bool (..., y, x).
        valid: bool (..., y, x), pixels that take part; None for all.
    """
    own = maps.shape[:-2]
    maps, mask, valid = align(maps, mask, valid)
    maps, mask = np.broadcast_arrays(maps, mask)
    inside = mask != 0
    shape = (-1, maps.shape[-2] * maps.shape[-1])
    values, hits = maps.reshape(shape), inside.reshape(shape)
    if valid is None:
        # A map that meets many masks is sorted once.
        which = np.broadcast_to(np.arange(int(np.prod(own))).reshape(own), maps.shape[:-2]).ravel().tolist()
        steps = {number: _steps(values[which.index(number)]) for number in dict.fromkeys(which)}
        curves = [_curve(steps[number], hits[i]) for i, number in enumerate(which)]
    else:
        taken = valid.reshape(shape)
        curves = [_curve(_steps(values[i][taken[i]]), hits[i][taken[i]]) for i in range(values.shape[0])]
    problems = [
        *map_problems(maps, valid),
        *mask_problems(mask, valid),
        ("no pixel outside the mask", ~any_pixel(~inside, valid)),
    ]
    return Ranking(curves, problems)


class RankingMetric(Metric[Ranking]):
    """A measure that follows from each map's curve."""

    compares = "values"
    reference = "mask"
    needs = SMOOTH
    prepare = staticmethod(rank)

    @abstractmethod
    def of_curve(self, curve: Curve) -> Array:
        """The score of one map; not finite, or of any value, where it is undefined."""

    def score_prepared(self, prepared: Ranking) -> Array:
        """Scores of maps whose pixels are ranked."""
        undefined = np.any([bad for _, bad in prepared.problems], axis=0)
        values = [
            np.nan if bad else float(self.of_curve(curve))
            for curve, bad in zip(prepared.curves, undefined.ravel(), strict=True)
        ]
        return np.array(values, dtype=np.float64).reshape(undefined.shape)

    def problems(self, prepared: Ranking) -> Problems:
        """A constant map or one that is not finite, an empty mask or one that leaves no other pixel."""
        return prepared.problems


def _steps(values: Array) -> tuple[Array, Array]:
    """Places of a map's values (n,) from the largest to the smallest, and the last place of each distinct value."""
    order = _from_the_largest(values)
    values = values[order]
    last_of_value = np.ones(values.shape, dtype=bool)
    if values.shape[0]:
        last_of_value[:-1] = values[1:] != values[:-1]
    return order, np.flatnonzero(last_of_value)


def _curve(steps: tuple[Array, Array], inside: Array) -> Curve:
    order, at = steps
    hits = np.cumsum(inside[order], dtype=np.int64)[at].astype(np.float64)
    start = np.zeros(1)
    return Curve(np.concatenate([start, hits]), np.concatenate([start, at + 1 - hits]))


def _from_the_largest(values: Array) -> Array:
    """Places of the values (n,) from the largest to the smallest."""
    if values.dtype != np.float32:
        return np.argsort(-values)
    # NumPy sorts 16-bit numbers by radix: two such passes over the bits, lower half first, are four times as fast as a
    # comparison sort. Flipped like this, the bits of floating numbers sort as the numbers do, the largest first.
    bits = np.ascontiguousarray(values).view(np.uint32)
    keys = np.where(bits >> 31, bits, ~bits & np.uint32(0x7FFFFFFF))
    order = np.argsort(keys.astype(np.uint16), kind="stable")
    return order[np.argsort((keys >> 16).astype(np.uint16)[order], kind="stable")]
