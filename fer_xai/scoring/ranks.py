"""Ranks of networks and of expressions with 95 % intervals, over the cells that all of them have.

Maps that show nothing take no part, nor does what lacks more than half of the cells: one blind network does not decide
over what the others are ranked.

A network's rank is at best one more than the number of networks that are shown to be better, and at worst as many as
there are less those that are shown to be worse. Shown is what a paired t test tells, on the bootstrap over people and
the trainings that are left out, with Bonferroni's correction for the number of others (Mogstad, Romano, Shaikh and
Wilhelm 2024). Bootstrapping the ranks themselves would not hold the truth where networks are nearly alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from fer_xai.metrics.proportion import TAIL
from fer_xai.scoring.intervals import Interval, interval, mean_over
from fer_xai.scoring.resampled import Resampled, stacked
from fer_xai.scoring.score_tables import Scores, number_of_people

#: Columns of `ranks.csv`. `what`: network or expression; `value`: its mean over the `cells` that all have; `rank`: 1 is
#: the best `of` so many, means that are equal share one; `low` and `high`: the 95 % interval of the rank.
COLUMNS = (
    *("explainer", "reference", "metric", "what", "name", "value"),
    *("rank", "low", "high", "of", "cells", "holds", "reason"),
)

NETWORK, EXPRESSION = "network", "expression"
#: Why there is no rank.
NO_COMMON = "no cell is defined for all"


@dataclass(frozen=True)
class Ranks:
    """Ranks of k things.

    Attributes:
        kept: (k,) bool: things with at least half of the cells; the others have no rank.
        cells: number of cells that all of the kept ones have.
        values: (k,) means over these; NaN where there is no rank.
        ranks: (k,) from 1, the best; likewise.
        low: (k,) lower ends of the intervals; NaN where there is none.
        high: (k,) upper ends.
        holds: what the intervals hold; empty where there is none.
        reason: why there is no interval or no rank; empty where there is one.
    """

    kept: np.ndarray
    cells: int
    values: np.ndarray
    ranks: np.ndarray
    low: np.ndarray
    high: np.ndarray
    holds: str
    reason: str


def ranks_of(
    values: np.ndarray,
    resampled: Resampled,
    *,
    higher_is_better: bool,
    people: int | None,
    corrected: bool,
) -> Ranks:
    """Rank things by their means over the cells that all of them have.

    Args:
        values: (k, c) scores; NaN where undefined.
        resampled: (row, k, c) the same from resampled people and trainings.
        higher_is_better: direction.
        people: how many people the scores rest on; None where that is not known.
        corrected: whether the bootstrap's shift is taken off.
    """
    known = np.isfinite(values)
    kept = known.any(1) & (2 * known.sum(1) >= known.shape[1])
    common = known[kept].all(0) if kept.any() else np.zeros(values.shape[1], bool)
    nothing = np.full(len(values), np.nan)
    if not common.any():
        return Ranks(kept, 0, nothing, nothing, nothing, nothing, "", NO_COMMON)
    number, cells = int(kept.sum()), int(common.sum())
    # From here on, less is better.
    sign = -1.0 if higher_is_better else 1.0
    means = values[np.ix_(kept, common)].mean(1)
    over_cells = mean_over(
        resampled.each(lambda rows: sign * rows[:, kept][:, :, common]), np.ones((number, cells), bool), 2
    )
    ranks = np.array([1 + (sign * means < own).sum() for own in sign * means])
    differences = _differences(sign * means, over_cells, people, corrected)
    known = [item for item in differences.values() if item.holds]
    reason = "" if known else next((item.reason for item in differences.values()), "there is nothing to compare with")
    low, high = nothing, nothing
    if known:
        lowest, highest = _bounds(differences, number)
        # A mean that its bias puts on the other side of another one still has its own rank in its interval.
        low, high = (_placed(part, kept) for part in (np.minimum(lowest, ranks), np.maximum(highest, ranks)))
    holds = known[0].holds if known else ""
    return Ranks(kept, cells, _placed(means, kept), _placed(ranks, kept), low, high, holds, reason)


def _placed(values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Values of the kept ones among all; NaN for the others."""
    whole = np.full(len(kept), np.nan)
    whole[kept] = values
    return whole


def _bounds(differences: Mapping[tuple[int, int], Interval], number: int) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest ranks by what is shown of the pairs; what cannot be tested is not shown."""
    better, worse = np.zeros((2, number), dtype=np.int64)
    for (i, j), item in differences.items():
        if item.p() <= 2 * TAIL / (number - 1):
            first, second = (i, j) if item.centre < 0 else (j, i)
            worse[first] += 1
            better[second] += 1
    return 1 + better, number - worse


def rank_rows(scores: Sequence[Scores], blind: np.ndarray, higher_is_better: bool) -> list[dict[str, object]]:
    """Ranks of the networks over their expressions, and of the expressions over the networks.

    Args:
        scores: of all networks, by one explainer, reference and metric.
        blind: (network, expression) bool, maps that show nothing.
        higher_is_better: direction of the metric.
    """
    first = scores[0]
    key = {"explainer": first.explainer, "reference": first.reference, "metric": first.metric}
    values = np.where(blind, np.nan, [item.values for item in scores])
    resampled = stacked([item.resampled for item in scores])
    people = number_of_people([item.people for item in scores])
    networks = [item.pool.network.label if item.pool else "" for item in scores]
    rows: list[dict[str, object]] = []
    for what, names, matrix, drawn in (
        (NETWORK, networks, values, resampled),
        (EXPRESSION, first.expressions, values.T, resampled.each(lambda figures: figures.swapaxes(1, 2))),
    ):
        found = ranks_of(matrix, drawn, higher_is_better=higher_is_better, people=people, corrected=first.corrected)
        for place, name in enumerate(names):
            figures = {
                "value": found.values[place],
                "rank": found.ranks[place],
                "low": found.low[place],
                "high": found.high[place],
            }
            about = {"of": int(found.kept.sum()), "cells": found.cells, "holds": found.holds, "reason": found.reason}
            rows.append(key | {"what": what, "name": name} | figures | about)
    return rows


def rank_table(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Rows as the table of `ranks.csv`."""
    counts = dict.fromkeys(("rank", "low", "high", "of", "cells"), "Int64")
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(counts)


def _differences(
    means: np.ndarray, resampled: Resampled, people: int | None, corrected: bool
) -> dict[tuple[int, int], Interval]:
    """Intervals of how much more the first of every pair has than the second."""
    return {
        (i, j): interval(
            float(means[i] - means[j]),
            resampled.each(lambda rows, i=i, j=j: rows[:, i] - rows[:, j]),  # type: ignore[misc]
            people=people,
            corrected=corrected,
        )
        for i, j in combinations(range(len(means)), 2)
    }
