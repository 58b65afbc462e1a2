"""Noise ceilings: how well any score with observers could be at best, since people do not agree entirely themselves.

Observers are divided into halves at random, many times, and the halves' mean maps compared. Where the measure is a
correlation, Spearman-Brown gives the reliability R of the mean over all observers, and its root is the ceiling: what a
map without any error would reach. Other measures have no such formula: there, the score of one half with the other and
of each observer with the rest say how well people do. Intervals are over observers, who are left out in turn.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import joblib
import numpy as np
import pandas as pd
from scipy.stats import t as student_t

from fer_xai.face.masks import Reference
from fer_xai.face.observers.maps import ObserverMaps
from fer_xai.metrics.metric import Metric, Metrics
from fer_xai.metrics.proportion import TAIL
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.people_scores import PeopleScores, compared_by, parts_of, people_scores, share_of
from fer_xai.scoring.reliability import from_log_distance, jackknife_interval, log_distance
from fer_xai.scoring.specific import SPECIFIC
from fer_xai.scoring.specific_people import specific_people_scores

#: Columns of `ceilings.csv`. kind: see `KINDS`; expression empty: the mean over the expressions; n: observers.
COLUMNS = ("reference", "expression", "metric", "kind", "value", "low", "high", "n", "reason")

#: reliability: Spearman-Brown R of the mean over all observers; ceiling: its root; split_half: score of one half of the
#: observers with the other; leave_one_out: of each observer (or group) with the mean of the others.
KINDS = ("reliability", "ceiling", "split_half", "leave_one_out")

NO_FORMULA = "Spearman-Brown holds for correlations only: see split_half and leave_one_out"
NOT_RELIABLE = "the reliability is not above 0"

_UNDEFINED = (float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class Ceilings:
    """People against people by every measure and expression of one reference.

    Attributes:
        reference: its name.
        scores: by metric and expression; under `specific.SPECIFIC` those of specific agreement.
        bounds: of each metric, smallest and largest value.
        correlations: the metrics that are correlations.
        people: number of observers, over all expressions.
    """

    reference: str
    scores: Mapping[str, Mapping[str, PeopleScores]]
    bounds: Mapping[str, tuple[float, float]]
    correlations: frozenset[str]
    people: int

    def of(self, metric: str, expressions: Sequence[str]) -> np.ndarray:
        """(1 + b,) the ceiling with all observers, then without each part of them; NaN where it is undefined.

        Args:
            metric: one of `scores`.
            expressions: one or more, whose mean is taken. In the mean of several, one whose reliability is not above 0
                counts as 0.
        """
        return mean_ceiling([self.scores[metric][name] for name in expressions])

    def rows(self) -> list[dict[str, object]]:
        """Rows of `ceilings.csv`."""
        rows = []
        for metric, known in self.scores.items():
            places = {name: [item] for name, item in known.items()} | {"": list(known.values())}
            for expression, items in places.items():
                key = {"reference": self.reference, "expression": expression, "metric": metric}
                n = items[0].n if expression else self.people
                for kind in KINDS:
                    figures, reason = self._figures(metric, kind, items)
                    named = dict(zip(("value", "low", "high"), figures, strict=True))
                    rows.append(key | {"kind": kind, **named, "n": n, "reason": reason})
        return rows

    def _figures(self, metric: str, kind: str, items: Sequence[PeopleScores]) -> tuple[tuple[float, float, float], str]:
        """Value, low and high of one kind, and why the value is undefined."""
        correlation = metric in self.correlations
        why = next((item.reason for item in items if item.reason), "")
        if kind in ("reliability", "ceiling"):
            if not correlation:
                return _UNDEFINED, NO_FORMULA
            reliable = mean_known(np.stack([item.reliability for item in items]), axis=0)
            figures = _bent(reliable)
            if kind == "ceiling":
                figures = _bent(mean_ceiling(items)) if len(items) > 1 else _roots(figures)
            return figures, "" if np.isfinite(figures[0]) else why or NOT_RELIABLE
        if kind == "split_half":
            half = mean_known(np.stack([item.half for item in items]), axis=0)
            figures = _bent(half) if correlation else _plain(half)
        else:
            figures = _over_units(items)
        low, high = self.bounds[metric]
        figures = figures[0], max(figures[1], low), min(figures[2], high)
        return figures, "" if np.isfinite(figures[0]) else why


def mean_ceiling(items: Sequence[PeopleScores]) -> np.ndarray:
    """(1 + b,) the mean over expressions of the root of the reliability; one that is not above 0 counts as 0."""
    reliability = np.stack([item.reliability for item in items])
    mean = mean_known(np.sqrt(np.maximum(reliability, 0)), axis=0)
    return np.where(mean > 0, mean, np.nan)


def reference_ceilings(reference: Reference, metrics: Metrics) -> pd.DataFrame:
    """How well people agree with people, by every measure that compares maps.

    Args:
        reference: of observers, or of masks, which have no ceiling.
        metrics: by name; those that compare sets of pixels are passed over.

    Returns:
        Columns `COLUMNS`; no row for masks.
    """
    found = ceilings_of(reference, metrics)
    return ceiling_table([] if found is None else [found])


# Of this process: it takes seconds, and one analysis after the other asks it of the same observers.
_FOUND: dict[Hashable, Ceilings] = {}


def ceilings_of(reference: Reference, metrics: Metrics) -> Ceilings | None:
    """The same as an object; None for a reference without observers."""
    known = {name: reference.observers_of(name) for name in reference.expressions}
    observers = {name: item for name, item in known.items() if item is not None}
    wanted = compared_by(metrics)
    if not (observers and wanted):
        return None
    # Metrics without settings are known by their class.
    kinds = tuple((name, metric if vars(metric) else type(metric)) for name, metric in wanted.items())
    key = joblib.hash((reference.name, share_of(reference), observers)), kinds
    if key not in _FOUND:
        _FOUND[key] = _ceilings(reference, observers, wanted)
    return _FOUND[key]


def _ceilings(reference: Reference, observers: Mapping[str, ObserverMaps], wanted: Mapping[str, Metric]) -> Ceilings:
    parts, share = parts_of(observers.values()), share_of(reference)
    by_expression = {name: people_scores(item, wanted, parts, share) for name, item in observers.items()}
    scores: dict[str, Mapping[str, PeopleScores]] = {
        metric: {name: found[metric] for name, found in by_expression.items()} for metric in wanted
    }
    sizes = {name: size for item in observers.values() for name, size in zip(item.names, item.sizes, strict=True)}
    bounds = {metric: one.bounds for metric, one in wanted.items()}
    correlations = {metric for metric, one in wanted.items() if one.correlation}
    specific = specific_people_scores(observers, parts)
    if specific:
        scores[SPECIFIC], bounds[SPECIFIC] = specific, (-1.0, 1.0)
        correlations.add(SPECIFIC)
    return Ceilings(reference.name, scores, bounds, frozenset(correlations), sum(sizes.values()))


def ceiling_table(ceilings: Sequence[Ceilings]) -> pd.DataFrame:
    """The table `ceilings.csv`."""
    rows = [row for item in ceilings for row in item.rows()]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"n": "Int64"})


def _bent(values: np.ndarray) -> tuple[float, float, float]:
    """A correlation or root of one, at most 1, with its interval."""
    return float(values[0]), *jackknife_interval(values[0], values[1:], log_distance, from_log_distance)


def _roots(figures: tuple[float, float, float]) -> tuple[float, float, float]:
    """The root of a reliability with its interval; nothing where it is not above 0."""
    if not figures[0] > 0:
        return _UNDEFINED
    value, low, high = (float(root) for root in np.sqrt(np.maximum(figures, 0)))
    return value, low, high


def _plain(values: np.ndarray) -> tuple[float, float, float]:
    return float(values[0]), *jackknife_interval(values[0], values[1:])


def _over_units(items: Sequence[PeopleScores]) -> tuple[float, float, float]:
    """The mean over units of their scores, and Student's interval over units.

    That the mean of the others is uncertain, too, changes all scores at once, but hardly: it is where they agree best.
    """
    scores = pd.DataFrame({number: item.one_out for number, item in enumerate(items)})
    value = float(scores.mean().mean())
    each = scores.mean(axis=1).dropna()
    if len(each) < 2:
        return value, float("nan"), float("nan")
    margin = float(student_t.ppf(1 - TAIL, len(each) - 1) * each.std() / np.sqrt(len(each)))
    return value, value - margin, value + margin
