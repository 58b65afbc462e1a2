"""Whether maps that are more like people's are more faithful, over networks and explainers: `plausibility.csv`.

Plausible is not faithful (Jacovi and Goldberg, ACL 2020): a map that looks right to people need not tell what the
network uses. Each network and explainer is a point: how alike its maps are to a reference, and what a test says of how
far they tell what the network uses.
"""

import itertools
import math
from collections.abc import Collection, Hashable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, rankdata, t

from fer_xai.analysis.effects.labellings import MOST, RANDOM, Labellings
from fer_xai.metrics.proportion import TAIL
from fer_xai.scoring.explainer_test_rows import ANSWERS
from fer_xai.trust.measures import Description

#: Columns of `plausibility_points.csv`: figures as they are, whatever their direction.
POINT_COLUMNS = (
    "network",
    "pretrained",
    "explainer",
    "reference",
    "metric",
    "score",
    "test",
    "measure",
    "faithfulness",
)

#: Rank correlations over all points, and the mean of those over the explainers of each network.
ALL, WITHIN = "all points", "within networks"

#: Columns of `plausibility.csv`. `r` is positive where maps that are more like the reference are more faithful,
#: whatever the directions of the two figures; `q`: false-discovery rate over the measures of all tests.
COLUMNS = (
    *("reference", "metric", "test", "measure", "over", "r", "low", "high", "p", "q", "permutations", "exact"),
    *("networks", "explainers", "holds", "reason"),
)

#: With fewer explainers, there are not enough ways in which they could change places.
_FEWEST = 3


def plausibility_points(metrics: pd.DataFrame, trust: pd.DataFrame, tests: Mapping[str, Description]) -> pd.DataFrame:
    """A point for each network, explainer, reference and metric, and measure of faithfulness.

    Args:
        metrics: scores of networks, columns label, whole, and those of `metrics.csv`.
        trust: what tests say, columns label and those of `trust.csv`.
        tests: what the tests say of themselves, by name.

    Returns:
        Columns `POINT_COLUMNS` and label; means over expressions, both defined. Empty where nothing was tested.
    """
    faithful = [(name, measure.name) for name, test in tests.items() for measure in test.measures if measure.faithful]
    if trust.empty or metrics.empty or not faithful:
        return pd.DataFrame(columns=[*POINT_COLUMNS, "label"])
    scores = metrics[metrics["whole"] & metrics["expression"].isna() & metrics["value"].notna()]
    mean = trust["network"].fillna("").ne("") & trust["expression"].fillna("").eq("") & trust["value"].notna()
    figures = trust[mean & trust["answers"].eq(ANSWERS[0]) & trust["step"].isna()]
    figures = figures[pd.MultiIndex.from_frame(figures[["test", "measure"]]).isin(faithful)]
    points = scores.rename(columns={"value": "score"}).merge(
        figures[["label", "explainer", "test", "measure", "value"]].rename(columns={"value": "faithfulness"}),
        on=["label", "explainer"],
    )
    return points[[*POINT_COLUMNS, "label"]].reset_index(drop=True)


def plausibility_table(
    points: pd.DataFrame, answering: Collection[str], up: Mapping[str, bool], tests: Mapping[str, Description]
) -> pd.DataFrame:
    """Rank correlations of likeness to people and faithfulness, with permutation tests.

    Neither networks nor explainers are independent pieces of evidence point by point: a network that is sure of itself
    has a large area of deletion whatever explains it, and a smooth explainer is smooth on all networks. So networks and
    explainers change places as wholes, each among themselves: if likeness and faithfulness have nothing to do with each
    other, the table of faithfulness (networks by explainers) might as well have had its rows and its columns in any
    other order. `ALL` takes all points, `WITHIN` the mean over networks of the correlation over each one's explainers,
    where explainers alone change places, the same in all networks. Spearman's correlation; p is two-sided.

    The interval is the jackknife's: each network and each explainer is left out in turn, both variances are added, and
    the quantile is Student's t (Satterthwaite). It is about networks and explainers like these. A single network has
    none: the spread of a few explainers alone gives intervals that are too narrow.

    Args:
        points: see `plausibility_points`.
        answering: explainers that look at networks and are no truth themselves: baselines know no network.
        up: whether a metric is better when higher, by name.
        tests: what the tests say of themselves, by name.

    Returns:
        Columns `COLUMNS`.
    """
    higher = {(name, measure.name): measure.higher_is_better for name, one in tests.items() for measure in one.measures}
    rows: list[dict[str, Any]] = []
    own = points[points["explainer"].isin(list(answering))]
    for words, part in own.groupby(["reference", "metric", "test", "measure"], sort=False):
        key = dict(zip(("reference", "metric", "test", "measure"), map(str, words), strict=True))
        signs = (1 if up[key["metric"]] else -1, 1 if higher[key["test"], key["measure"]] else -1)
        tables = (part.pivot(index="label", columns="explainer", values=name) for name in ("score", "faithfulness"))
        # Only explainers that all networks have can change places as wholes.
        score, faithfulness = (
            sign * table.dropna(axis="columns").to_numpy(dtype=np.float64)
            for sign, table in zip(signs, tables, strict=True)
        )
        kinds = (ALL, WITHIN) if len(score) > 1 else (WITHIN,)
        rows += [key | {"over": over} | _tested(score, faithfulness, over == WITHIN) for over in kinds]
    kinds_of: dict[Hashable, Any] = {"permutations": "Int64", "networks": "Int64", "explainers": "Int64"}
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds_of | {"exact": "boolean", "q": float})
    for _, part in table[table["p"].notna()].groupby(["reference", "metric", "over"]):
        table.loc[part.index, "q"] = false_discovery_control(part["p"].to_numpy(dtype=np.float64))
    return table


def _tested(score: NDArray, faithfulness: NDArray, by_network: bool) -> dict[str, Any]:
    """The correlation of two tables (networks, explainers), its interval and its test."""
    networks, explainers = score.shape
    found: dict[str, Any] = {"networks": networks, "explainers": explainers, "holds": "", "reason": ""}
    if explainers < _FEWEST:
        return found | {"reason": f"fewer than {_FEWEST} explainers that all networks have"}
    r = _correlation(score, faithfulness, by_network)
    if not math.isfinite(r):
        return found | {"reason": "all figures are the same"}
    one, other = (_ranked(table, by_network) for table in (score, faithfulness))
    orders = _orders(networks, explainers, not by_network)
    # Ranks change places with what they are the ranks of.
    permuted = other.reshape(-1)[orders.codes] @ one.reshape(-1)
    found |= {"r": r, "p": orders.p_value(np.abs(permuted), abs(float((one * other).sum())))}
    found |= {"permutations": len(orders.codes), "exact": orders.exact}
    if networks < 2:
        return found | {"reason": "no interval: one network"}
    low, high = _interval(r, score, faithfulness, by_network)
    if not math.isfinite(low):
        return found | {"reason": "no interval: without one of them all figures are the same, or nothing changes"}
    return found | {"low": low, "high": high, "holds": "networks and explainers"}


def _correlation(score: NDArray, faithfulness: NDArray, by_network: bool) -> float:
    """Spearman's, over all cells or the mean of that over each row; rows that are the same throughout have none."""
    one, other = (_ranked(table, by_network) for table in (score, faithfulness))
    varying = (one.any(axis=1) & other.any(axis=1)).sum() if by_network else one.any() and other.any()
    return float((one * other).sum() / varying) if varying else math.nan


def _ranked(table: NDArray, by_network: bool) -> NDArray[np.float64]:
    """Ranks less their mean, of length 1: over all cells, or of each row; 0 where all are the same."""
    ranks = rankdata(table, axis=1) if by_network else rankdata(table).reshape(1, -1)
    away = ranks - ranks.mean(axis=1, keepdims=True)
    length = np.linalg.norm(away, axis=1, keepdims=True)
    return (away / np.where(length > 0, length, 1)).reshape(table.shape)


@cache
def _orders(networks: int, explainers: int, of_networks: bool) -> Labellings:
    """Orders of the cells of a table whose columns, and rows if so wished, change places as wholes."""
    ways = math.factorial(explainers) * (math.factorial(networks) if of_networks else 1)
    if ways <= MOST:
        rows = list(itertools.permutations(range(networks))) if of_networks else [tuple(range(networks))]
        pairs = list(itertools.product(rows, itertools.permutations(range(explainers))))
        of_rows, of_columns = (np.array(part) for part in zip(*pairs, strict=True))
    else:
        rng = np.random.default_rng(0)
        of_rows, of_columns = (np.tile(np.arange(number), (RANDOM, 1)) for number in (networks, explainers))
        of_rows = rng.permuted(of_rows, axis=1) if of_networks else of_rows
        of_columns = rng.permuted(of_columns, axis=1)
    cells = of_rows[:, :, None] * explainers + of_columns[:, None, :]
    moved = "networks and explainers" if of_networks else "explainers"
    return Labellings(cells.reshape(len(cells), -1).astype(np.int16), ways <= MOST, moved)


def _interval(r: float, score: NDArray, faithfulness: NDArray, by_network: bool) -> tuple[float, float]:
    """95 % by leaving out each network and each explainer in turn."""
    variances = []
    for axis, number in enumerate(score.shape):
        left = [
            _correlation(np.delete(score, i, axis), np.delete(faithfulness, i, axis), by_network) for i in range(number)
        ]
        variances.append((number - 1) * float(np.var(left)))
    variance = sum(variances)
    if not variance > 0:
        return math.nan, math.nan
    freedom = variance**2 / sum(v**2 / (n - 1) for v, n in zip(variances, score.shape, strict=True))
    half = float(t.ppf(1 - TAIL, freedom)) * math.sqrt(variance)
    return max(-1.0, r - half), min(1.0, r + half)
