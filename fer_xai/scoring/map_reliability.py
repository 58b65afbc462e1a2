"""How reliable global heatmaps are: over people, over trainings, over both, and what any score could reach at best.

People are divided into random halves, and the mean maps of the halves correlated: Spearman-Brown gives the reliability
of the map over all people, the share of its variance over pixels that other people would give again. Folds of other
people are other trainings as well: halves of the folds give the reliability over both at once. Seeds see the same
people: halves of the seeds give that over trainings. Errors of both sources are independent and add, so that what is
lacking of 1 adds. The root of the reliability is the NCC that the map could reach with a reference that holds the truth
without error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fer_xai.metrics.correlation import ncc_matrix
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.observer_halves import FEW_SPLITS, SPLITS, left_out, random_halves
from fer_xai.scoring.person_matrix import Floats, PersonMatrix, half_correlation
from fer_xai.scoring.reliability import from_log_distance, jackknife_interval, log_distance, spearman_brown

#: What a row is the reliability over; `attainable`: the root of that over both, or of what is known.
PEOPLE, TRAININGS, BOTH, ATTAINABLE = "people", "trainings", "people and trainings", "attainable NCC"
#: How alike the maps of two folds, or of two seeds, are: what NCCs of two networks' maps stand beside.
TWO = "NCC of two trainings"
#: All of these, in the order of tables.
KINDS = (ATTAINABLE, BOTH, TRAININGS, PEOPLE, TWO)


def attainable_kind(metric: str) -> str:
    """The kind of the rows of what a measure could reach at best, by simulation.

    Examples:
        >>> attainable_kind("iou")
        'attainable iou'
    """
    return f"attainable {metric}"


ONE_TRAINING = "one training, which is held fixed"
NOT_RELIABLE = "the reliability is not above 0"
_FEW_PEOPLE = "fewer than 4 people"
_UNDEFINED = "the maps of a half are the same everywhere"


@dataclass(frozen=True)
class Reliability:
    """A reliability, or a root of one.

    Attributes:
        value: at most 1; NaN where undefined.
        low: lower end of its 95 % interval; NaN where there is none.
        high: upper end.
        n: people or trainings that it rests on.
        remark: what it holds fixed, or why it is undefined.
    """

    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0
    remark: str = ""


def over_people(maps: PersonMatrix) -> Reliability:
    """Reliability of the mean map over all images, from halves of the people."""
    n = len(maps)
    if n < 4:
        return Reliability(n=n, remark=_FEW_PEOPLE)
    gram = maps.gram()
    value = _reliability(gram, maps.weights, random_halves(n, SPLITS))
    few = random_halves(n, FEW_SPLITS)
    parts = [np.isin(maps.people, list(part)) for part in left_out(maps.people)]
    without = [_reliability(gram, np.where(part, 0, maps.weights), few) for part in parts]
    return _with_interval(value, without, n)


def over_levels(levels: PersonMatrix) -> Reliability:
    """Reliability of the mean over trainings (folds or seeds), from halves of these.

    Args:
        levels: one map per fold or seed.
    """
    n = len(levels)
    if n < 2:
        return Reliability(n=n, remark=ONE_TRAINING)
    gram = levels.gram()
    value = _reliability(gram, levels.weights, random_halves(n, SPLITS))
    without = [
        _reliability(gram, np.where(np.arange(n) == place, 0, levels.weights), random_halves(n, SPLITS))
        for place in range(n if n > 2 else 0)
    ]
    return _with_interval(value, without, n)


def reliabilities(people: PersonMatrix, folds: PersonMatrix, seeds: PersonMatrix) -> Mapping[str, Reliability]:
    """All reliabilities of one global heatmap, and what follows from them, by `KINDS`.

    Args:
        people: one map per person, over all trainings.
        folds: one map per fold, over all seeds.
        seeds: one map per seed, over all folds.
    """
    of_people = over_people(people)
    if len(folds) > 1:
        both = over_levels(folds)
        remark = both.remark or f"halves of {both.n} folds, which differ in people and trainings"
        both = Reliability(both.value, both.low, both.high, both.n, remark)
        known = np.isfinite(of_people.value) and np.isfinite(both.value)
        lacking = min(both.value + 1 - of_people.value, 1.0) if known else float("nan")
        trainings = Reliability(lacking, n=both.n, remark="that over both, and what people take from it")
    else:
        trainings = over_levels(seeds)
        both = _added(of_people, trainings)
    best = both if np.isfinite(both.value) else of_people
    two = _two(folds if len(folds) > 1 else seeds)
    return {PEOPLE: of_people, TRAININGS: trainings, BOTH: both, ATTAINABLE: _root(best, best is both), TWO: two}


def _two(levels: PersonMatrix) -> Reliability:
    """Mean NCC of the maps of two trainings, over all pairs of them."""
    n = len(levels)
    if n < 2:
        return Reliability(n=n, remark=ONE_TRAINING)
    pairs = ncc_matrix(levels.values)[np.triu_indices(n, 1)]
    value = float(mean_known(pairs))
    return Reliability(value, n=n, remark="" if np.isfinite(value) else _UNDEFINED)


def _reliability(gram: Floats, weights: Floats, halves: np.ndarray) -> float:
    r, share = half_correlation(gram, weights, halves)
    return float(spearman_brown(r, share)) if np.isfinite(r) else float("nan")


def _with_interval(value: float, without: Sequence[float], n: int) -> Reliability:
    if not np.isfinite(value):
        return Reliability(n=n, remark=_UNDEFINED)
    low, high = jackknife_interval(value, without, log_distance, from_log_distance)
    return Reliability(value, low, high, n)


def _added(people: Reliability, trainings: Reliability) -> Reliability:
    """What is lacking of 1 adds, and so do, on either side, the squares of how far the intervals reach."""
    if not (np.isfinite(people.value) and np.isfinite(trainings.value)):
        return Reliability(n=trainings.n, remark=trainings.remark or people.remark)
    value = people.value + trainings.value - 1
    low = value - np.hypot(people.value - people.low, trainings.value - trainings.low)
    high = value + np.hypot(people.high - people.value, trainings.high - trainings.value)
    return Reliability(value, float(low), float(min(high, 1.0)), trainings.n, f"halves of {trainings.n} seeds")


def _root(item: Reliability, both: bool) -> Reliability:
    if not item.value > 0:
        return Reliability(n=item.n, remark=item.remark if np.isnan(item.value) else NOT_RELIABLE)
    low, high = (float(np.sqrt(max(end, 0))) if np.isfinite(end) else float("nan") for end in (item.low, item.high))
    return Reliability(float(np.sqrt(item.value)), low, high, item.n, item.remark if both else ONE_TRAINING)
