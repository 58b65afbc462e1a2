"""People against people: how well their own maps score with each other, by the measures that maps are scored by."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_xai.face.masks import Reference
from fer_xai.face.observers.maps import RELEVANT_SHARE, ObserverMaps, most_relevant, positive_part
from fer_xai.metrics.metric import Metric, Metrics
from fer_xai.metrics.pixels import Array
from fer_xai.metrics.resolution import halved
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.observer_halves import (
    FEW_SPLITS,
    HALVED,
    SPLITS,
    HalfMeans,
    half_means,
    left_out,
    mean_maps,
    random_halves,
)
from fer_xai.scoring.reliability import spearman_brown

# Values of maps that are scored at once.
_CHUNK = 2**20


@dataclass(frozen=True)
class PeopleScores:
    """People against people for one expression by one measure; index 0 is of all, the others without a part of them.

    Attributes:
        half: (1 + b,) mean score of one half of the observers with the other.
        reliability: (1 + b,) Spearman-Brown R of all observers' mean map; NaN unless the measure is a correlation.
        one_out: score of each observer's (or group's) map with the mean of all others, by name.
        n: observers.
        reason: why there is no ceiling; empty where there is one.
    """

    half: np.ndarray
    reliability: np.ndarray
    one_out: pd.Series
    n: int
    reason: str = ""


def compared_by(metrics: Metrics) -> dict[str, Metric]:
    """The measures that compare maps as they are: sets of pixels cut out of maps have a threshold of their own."""
    return {name: metric for name, metric in metrics.items() if metric.compares == "values"}


def parts_of(observers: Iterable[ObserverMaps]) -> list[frozenset[str]]:
    """Parts of the observers of all expressions that are left out one at a time."""
    return left_out(list(dict.fromkeys(name for item in observers for name in item.names)))


def people_scores(
    observers: ObserverMaps, metrics: Metrics, parts: Sequence[frozenset[str]], share: float
) -> dict[str, PeopleScores]:
    """Score people's maps of one expression with each other.

    Correlations of all observers are under many ways of dividing, on a grid a step finer than the one on which their
    measure takes replicates; what only their spread is used of, and other measures, on a coarse grid under few.

    Args:
        observers: their maps.
        metrics: by name, that compare maps.
        parts: names of observers that are left out, a part at a time.
        share: of the known pixels that makes a set of pixels of a map.

    Returns:
        By the metric's name.
    """
    seen = np.isfinite(observers.maps).any(axis=(1, 2))
    maps, names = observers.maps[seen], np.asarray(observers.names)[seen]
    sizes = np.asarray(observers.sizes, dtype=np.float64)[seen]
    n = int(sizes.sum())
    empty = np.full(1 + len(parts), np.nan)
    if len(maps) < 2:
        reason = f"one {observers.unit} only: nobody to agree with"
        return dict.fromkeys(metrics, PeopleScores(empty, empty, pd.Series(dtype=float), n, reason))
    coarse = halved(maps, HALVED)
    few = random_halves(len(maps), FEW_SPLITS)
    without = [_halves(coarse, np.where(np.isin(names, list(part)), 0, sizes), few) for part in parts]
    rough = _halves(coarse, sizes, few)
    grids = {max(one.needs.replicates_halved - 1, 0) for one in metrics.values() if one.correlation}
    fine = {times: _halves(halved(maps, times), sizes, random_halves(len(maps), SPLITS)) for times in grids}
    found = {}
    for name, metric in metrics.items():
        divided = [fine[max(metric.needs.replicates_halved - 1, 0)] if metric.correlation else rough, *without]
        half = np.array([float(mean_known(_score_halves(halves, metric, share))) for halves in divided])
        shares = [float(mean_known(halves.shares)) for halves in divided]
        reliability = spearman_brown(half, shares) if metric.correlation else empty
        one_out = pd.Series(_one_out(coarse, sizes, metric, share), index=names)
        reason = "" if np.isfinite(half[0]) else _why_undefined(divided[0])
        found[name] = PeopleScores(half, reliability, one_out, n, reason)
    return found


def _halves(maps: Array, sizes: np.ndarray, halves: np.ndarray) -> HalfMeans:
    return half_means(maps.reshape(len(maps), -1), sizes, halves)


def _score_halves(halves: HalfMeans, metric: Metric, share: float) -> np.ndarray:
    """(s,) scores of one half with the other; of a measure that is no correlation, the mean over both ways round."""
    first, second = halves.first[:, None], halves.second[:, None]
    if not first.size:
        return np.full(len(first), np.nan)
    length = max(1, _CHUNK // first.shape[-1])
    scores = []
    for i in range(0, len(first), length):
        one, other = first[i : i + length], second[i : i + length]
        pair = metric.score(one, as_reference(other, metric, share))
        if not metric.correlation:
            pair = (pair + metric.score(other, as_reference(one, metric, share))) / 2
        scores.append(pair)
    return np.concatenate(scores)


def _one_out(maps: Array, sizes: np.ndarray, metric: Metric, share: float) -> np.ndarray:
    """(units,) score of each unit's map with the mean of the others, over the pixels that both know."""
    flat = maps.reshape(len(maps), -1)
    others = mean_maps(flat, (1 - np.eye(len(flat))) * sizes)
    scores = np.full(len(flat), np.nan)
    for number, (own, other) in enumerate(zip(flat, others, strict=True)):
        known = np.isfinite(own) & np.isfinite(other)
        if known.any():
            reference = as_reference(other[None, known], metric, share)
            scores[number] = float(metric.score(own[None, known], reference))
    return scores


def share_of(reference: Reference) -> float:
    """The share of known pixels that makes a set of pixels of observers' maps."""
    return float(getattr(reference, "share", RELEVANT_SHARE))


def as_reference(signed: Array, metric: Metric, share: float) -> Array:
    """A map of observers in the form in which a measure takes a reference.

    Args:
        signed: (..., y, x) with its sign; every pixel known.
        metric: says which form.
        share: of the pixels that makes a set of them.
    """
    forms: dict[str, Callable[[], Array]] = {
        "signed": lambda: signed,
        "weights": lambda: positive_part(signed),
        "mask": lambda: most_relevant(signed, share),
    }
    return forms[metric.reference]()


def _why_undefined(halves: HalfMeans) -> str:
    if not halves.first.shape[1]:
        return "no pixel is known to every half of the observers"
    if not len(halves.first):
        return "no two observers have a map"
    return "the observers' maps are the same everywhere"
