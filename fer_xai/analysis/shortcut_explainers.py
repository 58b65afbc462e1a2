"""Which explainers lie on a planted cue where networks use it, and not where they do not."""

import math
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score, roc_curve

from fer_xai.metrics.bootstrap import REPLICATES, poisson_weights
from fer_xai.scoring.intervals import interval
from fer_xai.scoring.resampled import Resampled
from fer_xai.trust.cue_figures import FIRST, RELEVANCE

#: Measures of an explainer: the area under its ROC, and how often the cue is its most relevant player where networks
#: use the cue and where they do not.
AUC, WHEN_USED, WHEN_NOT = "auc", "cue_first_when_used", "cue_first_when_not_used"

#: Columns of `shortcuts_roc.csv`: both rates for every cut through the relevance of the cue.
ROC_COLUMNS = ("explainer", "when_not_used", "when_used")

_PEOPLE, _NETWORKS = 0, 1


def explainer_rows(images: pd.DataFrame, blind: Collection[str], replicates: int = REPLICATES) -> list[dict]:
    """How well each explainer tells faces whose cue the network uses from faces whose cue it does not.

    The score of a face is the relevance of the cue, see `cue_figures`. What it cannot tell: the area is 1, too, where
    relevance on the cue is a little less than elsewhere and much less in other networks; how often the cue is the most
    relevant player says that. Intervals come from the bootstrap over people and trained networks, both drawn
    independently; with two or three networks that use the cue they are wide.

    Args:
        images: of all trained networks: columns explainer, trained (number of the network), group, used (bool),
            `RELEVANCE` and `FIRST`.
        blind: explainers that look at no network. The best area of theirs is chance.
        replicates: of the bootstrap.

    Returns:
        Columns explainer, measure, value, low, high, n, chance, chance_of; nothing where no network uses the cue, or
        all do.
    """
    rows: list[dict] = []
    for name, part in images.groupby("explainer", sort=False):
        known = part[np.isfinite(part[RELEVANCE])]
        weights = _weights(known, replicates)
        used, score = known["used"].to_numpy(dtype=bool), known[RELEVANCE].to_numpy(dtype=np.float64)
        if used.all() or not used.any():
            continue
        area = _area(used, score, np.ones(len(known)))
        people = known["group"].nunique()
        bounds = _bounds(area, [_area(used, score, one) for one in weights], people)
        rows.append(_row(name, AUC, area, bounds, len(known)))
        first = known[FIRST].to_numpy(dtype=np.float64)
        for measure, which in ((WHEN_USED, used), (WHEN_NOT, ~used)):
            chosen = which & np.isfinite(first)
            value = _mean(first[chosen], np.ones(int(chosen.sum())))
            bounds = _bounds(value, [_mean(first[chosen], one[chosen]) for one in weights], people)
            rows.append(_row(name, measure, value, bounds, int(chosen.sum())))
    best = max((row for row in rows if row["measure"] == AUC and row["explainer"] in blind), key=_value, default=None)
    if best is not None:
        for row in rows:
            row |= {"chance": best["value"], "chance_of": best["explainer"]} if row["measure"] == AUC else {}
    return rows


def _bounds(value: float, replicates: Sequence[float], people: int) -> tuple[float, float]:
    of = interval(value, Resampled.over_people(value, np.asarray(replicates)), (0.0, 1.0), people)
    return of.low, of.high


def roc_points(images: pd.DataFrame) -> pd.DataFrame:
    """The curve of each explainer, columns `ROC_COLUMNS`; empty where no network uses the cue, or all do.

    Args:
        images: as for `explainer_rows`.
    """
    parts = []
    for name, part in images.groupby("explainer", sort=False):
        known = part[np.isfinite(part[RELEVANCE])]
        if known["used"].nunique() == 2:
            false, true, _ = roc_curve(known["used"].to_numpy(dtype=bool), known[RELEVANCE].to_numpy(dtype=np.float64))
            parts.append(pd.DataFrame({"explainer": name, "when_not_used": false, "when_used": true}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(ROC_COLUMNS))


def _weights(images: pd.DataFrame, replicates: int) -> np.ndarray:
    """How often each image counts in each replicate, (replicates, n): as often as its person times its network."""
    groups, networks = (images[key].to_numpy(dtype=np.int64) for key in ("group", "trained"))
    drawn = [
        {int(one): poisson_weights(seed, int(one), replicates) for one in np.unique(numbers)}
        for seed, numbers in ((_PEOPLE, groups), (_NETWORKS, networks))
    ]
    columns = [
        drawn[0][g].astype(np.float64) * drawn[1][k] for g, k in zip(groups.tolist(), networks.tolist(), strict=True)
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((replicates, 0))


def _area(used: np.ndarray, score: np.ndarray, weights: np.ndarray) -> float:
    if not weights[used].any() or not weights[~used].any():
        return math.nan
    return float(roc_auc_score(used, score, sample_weight=weights))


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    return float(np.average(values, weights=weights)) if weights.any() else math.nan


def _row(explainer: object, measure: str, value: float, bounds: tuple[float, float], n: int) -> dict:
    low, high = bounds
    return {"explainer": explainer, "measure": measure, "value": value, "low": low, "high": high, "n": n}


def _value(row: dict) -> float:
    return float(row["value"])
