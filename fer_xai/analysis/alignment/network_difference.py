"""The difference that two networks make on the same images, with people and trainings resampled."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from fer_xai.analysis.alignment.image_figures import CALIBRATION, SAME
from fer_xai.metrics.bootstrap import REPLICATES, poisson_weights
from fer_xai.metrics.calibration import BINS
from fer_xai.scoring.intervals import Interval, interval
from fer_xai.scoring.resampled import Layout, Resampled, without_each

#: Weights (r, n) of n images -> the figure (r,) by each row of weights.
_Statistic = Callable[[np.ndarray], np.ndarray]


def difference(
    measure: str, without: pd.DataFrame, with_it: pd.DataFrame, replicates: int = REPLICATES
) -> tuple[dict[str, object], Interval]:
    """The figure of one network less that of another, on the images that both were tested on in the same fold and seed.

    The interval is that of the paired difference, over people (bootstrap) and over trainings (leaving out each fold
    and seed), see `scoring.intervals`.

    Args:
        measure: a name of `image_figures`.
        without: its frame for the network that is compared with.
        with_it: its frame for the other.
        replicates: of the bootstrap.

    Returns:
        Columns without, with, value, low, high, people, n, holds, reason; and the interval.
    """
    both = without.merge(with_it.drop(columns="group"), on=SAME, suffixes=("_without", "_with"))
    if both.empty:
        nothing = dict.fromkeys(("without", "with", "value", "low", "high"), np.nan)
        return nothing | {"people": 0, "n": 0, "holds": "", "reason": "no image that both were tested on"}, Interval()
    # Runs may be of no fold.
    fold, seed = (both[key].fillna(-1).to_numpy() for key in ("fold", "seed"))
    groups, of_image = np.unique(both["group"].to_numpy(dtype=np.int64), return_inverse=True)
    before, after = (_statistic(measure, both, side) for side in ("_without", "_with"))
    folds, seeds = (sorted(set(one.tolist())) if len(set(one.tolist())) > 1 else [] for one in (fold, seed))
    drawn = [poisson_weights(0, int(group), replicates) for group in groups]
    people = np.stack(drawn, axis=1)[:, of_image]
    left_out = without_each(fold, seed, folds, seeds)
    weights = np.concatenate([np.ones((1, len(both))), people, np.array(left_out).reshape(-1, len(both))]).astype(float)
    rows = after(weights) - before(weights)
    of = interval(float(rows[0]), Resampled(rows, Layout(replicates, len(folds), len(seeds))), people=len(groups))
    whole = weights[:1]
    figures = {"without": float(before(whole)[0]), "with": float(after(whole)[0]), "value": float(rows[0])}
    counts = {"people": len(groups), "n": len(both)}
    return figures | {"low": of.low, "high": of.high, "holds": of.holds, "reason": of.reason} | counts, of


def _statistic(measure: str, both: pd.DataFrame, side: str) -> _Statistic:
    value = both[f"value{side}"].to_numpy(dtype=float)
    if measure != CALIBRATION:
        return lambda weights: _over(weights @ value, weights)
    confidence = both[f"confidence{side}"].to_numpy(dtype=float)
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = (value - confidence)[:, None] * (place[:, None] == np.arange(BINS))
    return lambda weights: _over(np.abs(weights @ gaps).sum(axis=1), weights)


def _over(total: np.ndarray, weights: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / weights.sum(axis=1)
