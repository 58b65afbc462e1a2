"""Means over runs of what only runs as a whole have, with intervals that hold people and trainings.

Runs are the units: each has its own people (those of its fold) and its own training. Leaving out each fold and each
seed in turn gives the variance of the mean (the jackknife, see `intervals`).
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import t

from fer_xai.metrics.proportion import TAIL
from fer_xai.scoring.explainer_test_rows import KEY, RUN_COLUMNS
from fer_xai.scoring.intervals import PEOPLE, PEOPLE_AND_TRAININGS, training_variance
from fer_xai.scoring.resampled import Layout, Resampled, without_each

#: What is added to `RUN_COLUMNS`: the runs' network, and in the end what the intervals hold.
_NETWORK = ["network", "pretrained"]
_COLUMNS = [*_NETWORK, *RUN_COLUMNS, "holds"]

#: An interval's ends, and what it holds.
_Bounds = tuple[float, float, str]
_NO_BOUNDS: _Bounds = (math.nan, math.nan, "")


def means_over_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """Means over the runs of each network, weighted by their images, and the mean over networks.

    A network with one run keeps that run's own interval, which is over people; the mean over networks then has none,
    unless there is one network.

    Args:
        runs: columns `RUN_COLUMNS`, network, pretrained, fold and seed; a row per run and figure.

    Returns:
        Columns network (empty: the mean over networks), pretrained, those of `RUN_COLUMNS`, and holds.
    """
    runs = runs.astype({"fold": str, "seed": str})
    levels = {name: sorted(runs[name].unique()) for name in ("fold", "seed")}
    layout = Layout(0, *(len(names) if len(names) > 1 else 0 for names in levels.values()))
    rows: list[tuple[object, ...]] = []
    for figure, part in runs.groupby([*KEY, "answers", "expression"], sort=False, dropna=False):
        found = []
        for network, own in part.groupby(_NETWORK, sort=False):
            means = _left_out(own, levels["fold"], levels["seed"], layout)
            bounds = _own_bounds(own) if len(own) == 1 else _bounds(means, layout)
            found.append((means, bounds))
            rows.append((*network, *figure, means[0], *bounds[:2], int(own["n"].sum()), bounds[2]))
        # A network without the figure takes no part.
        known = [item for item in found if math.isfinite(item[0][0])] or found
        mean = np.mean([means for means, _ in known], axis=0)
        bounds = known[0][1] if len(known) == 1 else _bounds(mean, layout)
        rows.append(("", "", *figure, mean[0], *bounds[:2], int(part["n"].sum()), bounds[2]))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _left_out(own: pd.DataFrame, folds: Sequence[str], seeds: Sequence[str], layout: Layout) -> np.ndarray:
    """A network's mean over all runs, then without each fold, each seed and each run; NaN where none is left."""
    fold, seed = own["fold"].to_numpy(), own["seed"].to_numpy()
    # A level that is the only one is not left out.
    masks = without_each(fold, seed, folds[: layout.folds], seeds[: layout.seeds])
    kept = [np.ones(len(own), dtype=bool), *masks]
    values, weights = (own[name].to_numpy(dtype=np.float64) for name in ("value", "n"))
    return np.array([_weighted_mean(values[part], weights[part]) for part in kept])


def _bounds(means: np.ndarray, layout: Layout) -> _Bounds:
    """The interval of a mean (the first of `means`), by the means without parts of the runs."""
    found = training_variance(Resampled(means, layout), 0.0)
    if found is None or not math.isfinite(means[0]):
        return _NO_BOUNDS
    half = float(t.ppf(1 - TAIL, found.freedom)) * math.sqrt(found.variance)
    return means[0] - half, means[0] + half, PEOPLE_AND_TRAININGS


def _own_bounds(own: pd.DataFrame) -> _Bounds:
    """The interval that a network's only run has by itself."""
    low, high = (float(own.iloc[0][name]) for name in ("low", "high"))
    return (low, high, PEOPLE) if math.isfinite(low) else _NO_BOUNDS


def _weighted_mean(values: np.ndarray, weights: np.ndarray) -> float:
    known = np.isfinite(values) & (weights > 0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else math.nan
