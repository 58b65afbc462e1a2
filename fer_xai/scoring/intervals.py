"""95 % intervals of figures that rest on maps: over people, and over trainings where there are several.

The half width is a quantile of Student's t times a standard error. That of people is the spread of a Poisson bootstrap
with the correction k / (k - 1) for k people. Where a network was trained several times, leaving out each training in
turn (the jackknife, which has that correction built in and needs no draws from a handful) gives the variance of
trainings. Two sources are added as in the bootstrap of crossed factors (Owen and Eckles 2012) and in two-way clustering
(Cameron, Gelbach and Miller 2011): seeds cross people; a fold is left out with its people, whose share of the variance
is the bootstrap's and is taken off.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t

from fer_xai.metrics.proportion import TAIL
from fer_xai.scoring.resampled import Resampled

#: With fewer people the spread of the replicates says too little for an interval.
FEWEST_PEOPLE = 5

#: What an interval holds.
PEOPLE = "people, this training held fixed"
PEOPLE_AND_TRAININGS = "people and trainings"

#: Columns that an interval has in tables.
COLUMNS = ("low", "high", "people", "holds")


@dataclass(frozen=True)
class Interval:
    """A 95 % interval, or why there is none.

    Attributes:
        low: its lower end; NaN where there is none.
        high: its upper end.
        centre: the figure less its bias, about which it lies.
        error: standard error.
        freedom: degrees of freedom of the error, those of Student's t.
        holds: `PEOPLE` or `PEOPLE_AND_TRAININGS`; empty where there is none.
        reason: why there is none; empty where there is one.
    """

    low: float = math.nan
    high: float = math.nan
    centre: float = math.nan
    error: float = math.nan
    freedom: float = math.nan
    holds: str = ""
    reason: str = ""

    def p(self, value: float = 0.0) -> float:
        """Two-sided p-value of the hypothesis that the figure is this value; NaN where there is no interval."""
        return float(2 * t.sf(abs(self.centre - value) / self.error, self.freedom)) if self.holds else math.nan

    def p_equivalent(self, value: float, margin: float) -> float:
        """p-value of the hypothesis that the figure is further from a value than a margin: two one-sided tests.

        The larger p of the two counts (Schuirmann 1987); NaN where there is no interval.
        """
        if not self.holds:
            return math.nan
        # The nearer end of the margin is the harder one.
        return float(t.sf((margin - abs(self.centre - value)) / self.error, self.freedom))


def interval(
    value: float,
    resampled: Resampled,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    people: int | None = None,
    *,
    corrected: bool = True,
) -> Interval:
    """The interval of a figure.

    A replicate holds some people twice and others not at all, so its maps are noisier than the maps themselves, and a
    correlation with a noisier map is smaller. The figure over all people is off by about as much in the same direction,
    for its own maps are noisy. Of measures of values this shift is taken off, and counts as the error that its estimate
    may have. That of measures which cut or rank a map's pixels moves with every map, against the error: taken off, it
    would add to it. It counts twice, as what the figure is off by and as the error of that.

    Args:
        value: the figure over all images. It always lies within its interval.
        resampled: the same figure (no further axes) from resampled people and trainings.
        bounds: smallest and largest value that the figure can take.
        people: how many people it rests on; None where that is not known, and taken for many.
        corrected: whether the shift is taken off.
    """
    drawn = resampled.people
    finite = drawn[np.isfinite(drawn)]
    reason = _why_none(value, drawn, finite, people)
    if reason:
        return Interval(reason=reason)
    freedom = math.inf if people is None else people - 1
    shift = float(finite.mean() - resampled.whole)
    over_people = float(finite.var(ddof=1)) * (1 if people is None else people / freedom)
    over_people += shift**2 if corrected else 2 * shift**2
    centre = float(value - shift) if corrected else float(value)
    trainings = training_variance(resampled, over_people)
    variance, degrees = over_people, freedom
    if trainings and trainings.variance:
        variance = over_people + trainings.variance
        # Satterthwaite's approximation; where people are left out with their fold, all of it is from the few folds.
        apart = variance**2 / (over_people**2 / freedom + trainings.variance**2 / trainings.freedom)
        degrees = trainings.freedom if trainings.with_people else apart
    error = math.sqrt(variance)
    half = float(t.ppf(1 - TAIL, degrees)) * error
    low, high = max(min(centre - half, value), bounds[0]), min(max(centre + half, value), bounds[1])
    return Interval(low, high, centre, error, degrees, PEOPLE if trainings is None else PEOPLE_AND_TRAININGS)


def independent(
    value: float, centre: float, parts: Sequence[Interval], bounds: tuple[float, float] = (-np.inf, np.inf)
) -> Interval:
    """The interval of a figure whose errors come from independent sources, such as people of two laboratories.

    Their variances add; the degrees of freedom are those of Welch (1947) and Satterthwaite.

    Args:
        value: the figure. It always lies within its interval.
        centre: the figure less its bias.
        parts: intervals whose errors are those of the sources.
        bounds: smallest and largest value that the figure can take.

    Returns:
        An interval that holds trainings only if all parts do; with the first reason where a part has none.

    Examples:
        >>> one = Interval(centre=0.5, error=0.3, freedom=4, holds=PEOPLE)
        >>> other = Interval(centre=0.1, error=0.4, freedom=9, holds=PEOPLE_AND_TRAININGS)
        >>> of = independent(0.4, 0.4, [one, other])
        >>> round(of.error, 3), round(of.freedom, 2), of.holds == PEOPLE
        (0.5, 12.84, True)
    """
    reason = next((part.reason for part in parts if not part.holds), "")
    if reason or not np.isfinite(value):
        return Interval(reason=reason or "undefined")
    variance = sum(part.error**2 for part in parts)
    apart = sum(part.error**4 / part.freedom for part in parts)
    freedom = variance**2 / apart if apart else math.inf
    half = float(t.ppf(1 - TAIL, freedom)) * math.sqrt(variance)
    low, high = max(min(centre - half, value), bounds[0]), min(max(centre + half, value), bounds[1])
    holds = PEOPLE_AND_TRAININGS if all(part.holds == PEOPLE_AND_TRAININGS for part in parts) else PEOPLE
    return Interval(low, high, centre, math.sqrt(variance), freedom, holds)


class TrainingVariance(NamedTuple):
    """The variance of a figure over trainings.

    Attributes:
        variance: without what people give.
        freedom: its degrees of freedom.
        with_people: whether it was worked out together with the variance over people, from folds.
    """

    variance: float
    freedom: float
    with_people: bool


def training_variance(resampled: Resampled, over_people: float) -> TrainingVariance | None:
    """The variance of a figure over trainings; None where there is only one training.

    Args:
        resampled: the figure.
        over_people: its variance over people.
    """
    folds, seeds, runs = (
        _jackknife(rows) for rows in (resampled.without_folds, resampled.without_seeds, resampled.without_runs)
    )
    if folds is None and seeds is None:
        return None
    # A fold is left out with its people.
    of_folds = max(0.0, (folds or 0.0) - over_people)
    of_seeds = seeds or 0.0
    from_folds = seeds is None or (folds is not None and of_folds >= of_seeds)
    freedom = (resampled.layout.folds if from_folds else resampled.layout.seeds) - 1
    if folds is None or seeds is None:
        return TrainingVariance(of_folds + of_seeds, freedom, from_folds)
    # What leaving out single runs gives is in both of the others.
    together = folds + seeds - (runs or 0.0) - over_people
    return TrainingVariance(max(of_folds, of_seeds, together), freedom, from_folds)


def _jackknife(rows: np.ndarray) -> float | None:
    """Variance from leaving out each of n parts in turn; None for fewer than two, or where one leaves nothing."""
    if len(rows) < 2 or not np.isfinite(rows).all():
        return None
    return float((len(rows) - 1) * rows.var())


def _why_none(value: float, drawn: np.ndarray, finite: np.ndarray, people: int | None) -> str:
    if not np.isfinite(value):
        return "undefined"
    if not drawn.size:
        return "no interval: there are no bootstrap replicates"
    if people is not None and people < FEWEST_PEOPLE:
        return f"no interval: {people} {'person' if people == 1 else 'people'}, at least {FEWEST_PEOPLE} wanted"
    if not finite.size:
        return "no interval: the measure is not worked out for bootstrap replicates"
    # One person is drawn in 63 % of the replicates, at least one of two in 86 %.
    if finite.size < max(2, 0.75 * drawn.size):
        return "no interval: undefined in many bootstrap replicates"
    if np.ptp(finite) <= 1e-9 * max(np.abs(finite).max(), 1e-300):
        return "no interval: the bootstrap replicates do not differ"
    return ""


def mean_known(values: ArrayLike, axis: int | tuple[int, ...] | None = None) -> np.ndarray:
    """The mean over the values that are defined; NaN where none is."""
    array = np.asarray(values, dtype=np.float64)
    known = np.isfinite(array)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, array, 0).sum(axis) / known.sum(axis)


def mean_over(resampled: Resampled, known: np.ndarray, axis: int | tuple[int, ...]) -> Resampled:
    """Means of resampled figures over the cells that are defined over all images.

    Args:
        resampled: (row, ...) figures of cells.
        known: (...) bool, the cells that count.
        axis: of the rows' array that the means are over.

    Returns:
        Means over the cells that a replicate has; where a cell has a single training, no mean over trainings.
    """
    rows = np.where(known, resampled.rows, np.nan)
    means = mean_known(rows, axis)
    single = (known & ~np.isfinite(rows)).any(axis)
    drawn = np.arange(len(rows)) <= resampled.layout.replicates
    return Resampled(np.where(single & ~drawn.reshape(-1, *[1] * (means.ndim - 1)), np.nan, means), resampled.layout)
