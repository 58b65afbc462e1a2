"""The same people's maps made in two ways: how alike the mean maps are, and how far their scores differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t

from fer_xai.metrics.metric import Metric
from fer_xai.metrics.proportion import TAIL
from fer_xai.metrics.reference_maps import ReferenceMaps
from fer_xai.scoring.intervals import FEWEST_PEOPLE, PEOPLE, Interval, mean_known
from fer_xai.scoring.many_scores import against_references
from fer_xai.scoring.person_matrix import Floats, PersonMatrix


@dataclass(frozen=True)
class PairedMaps:
    """Maps of the same people for one expression.

    Attributes:
        own: as a run made them.
        other: otherwise, in the same order of people.
    """

    own: PersonMatrix
    other: PersonMatrix

    @classmethod
    def of(cls, own: PersonMatrix, other: PersonMatrix) -> "PairedMaps | None":
        """The people who are in both; None where nobody is."""
        both = tuple(name for name in own.people if name in set(other.people))
        return cls(own.of(both), other.of(both)) if both else None

    @property
    def people(self) -> tuple[str, ...]:
        """Whose maps these are."""
        return self.own.people

    def likeness(self, kept: np.ndarray) -> Floats:
        """(k,) NCC of the two mean maps over the pixels of both, for people kept, bool (k, n); NaN for a flat map."""
        pixels = self.own.pixels & self.other.pixels
        maps = [_means(matrix.at(pixels), kept) for matrix in (self.own, self.other)]
        one, two = (rows - rows.mean(1, keepdims=True) for rows in maps)
        lengths = np.sqrt((one**2).sum(1) * (two**2).sum(1))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(lengths > 0, (one * two).sum(1) / lengths, np.nan)


def mean_scores(maps: PersonMatrix, kept: np.ndarray, reference: ReferenceMaps, metric: Metric[Any]) -> Floats:
    """(k,) scores of the mean maps of the people kept, bool (k, n), with a reference on their grid."""
    frames = np.zeros((len(kept), *maps.pixels.shape))
    frames[:, maps.pixels] = _means(maps, kept)
    return against_references(frames, maps.pixels, ReferenceMaps.stack([reference]), {"score": metric})[0, :, 0]


def _means(maps: PersonMatrix, kept: np.ndarray) -> Floats:
    weights = kept * maps.weights
    return (weights @ maps.values) / np.maximum(weights.sum(1, keepdims=True), 1e-300)


def each_left_out(people: Sequence[str], everybody: Sequence[str]) -> np.ndarray:
    """Who of some people is kept: all in the first row, then without each of everybody in turn: bool (1 + m, n)."""
    without = np.asarray(people)[None] != np.asarray(everybody)[:, None]
    return np.vstack([np.ones((1, len(people)), dtype=bool), without])


def jackknife(figures: Floats, people: int, bounds: tuple[float, float] = (-np.inf, np.inf)) -> Interval:
    """The 95 % interval of a figure over people, by leaving each out in turn.

    Args:
        figures: (1 + m,) over all people, then without each of m; those who had no part change nothing.
        people: how many had one.
        bounds: smallest and largest value that the figure can take.
    """
    value, left_out = float(figures[0]), figures[1:]
    if people < FEWEST_PEOPLE:
        return Interval(reason=f"no interval: {people} people, at least {FEWEST_PEOPLE} wanted")
    if not np.isfinite(figures).all():
        return Interval(reason="undefined")
    error = float(np.sqrt((people - 1) / people * ((left_out - left_out.mean()) ** 2).sum()))
    if not error > 0:
        return Interval(reason="no interval: no person makes a difference")
    half = float(t.ppf(1 - TAIL, people - 1)) * error
    return Interval(max(value - half, bounds[0]), min(value + half, bounds[1]), value, error, people - 1, PEOPLE)


def over_expressions(figures: Sequence[Floats]) -> Floats:
    """The mean of figures (1 + m,) over the expressions for which all is known."""
    stacked = np.stack(figures)
    return mean_known(stacked[np.isfinite(stacked[:, 0])], axis=0)
