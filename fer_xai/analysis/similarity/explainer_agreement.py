"""Whether explainers agree: on the same network with each other, beside networks under the same explainer."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_xai.analysis.similarity.map_correlations import SimilarityTables, compare
from fer_xai.results.study import Network
from fer_xai.scoring.intervals import interval, mean_known, mean_over
from fer_xai.scoring.pooled_maps import PooledMaps, all_runs, pool_maps
from fer_xai.scoring.resampled import Resampled, stacked
from fer_xai.scoring.scores import number_of_people

#: Columns of `agreement.csv`. `a` and `b` are explainers: where they differ, `ncc` is the mean over networks of the
#: correlation of their maps of the same network, and `n` the number of networks; where they are the same, it is the
#: mean over pairs of networks under that explainer, and `n` the number of pairs. expression empty: the mean of all.
COLUMNS = ("a", "b", "expression", "ncc", "low", "high", "n")


def agreement(
    explainers: Sequence[str],
    networks: Sequence[Network],
    expressions: tuple[str, ...],
    similarities: Sequence[SimilarityTables],
) -> pd.DataFrame:
    """NCC of the global maps of every pair of explainers, and of networks under each.

    Args:
        explainers: in the order of the table.
        networks: the study's networks.
        expressions: expressions of the study's maps.
        similarities: of the networks, one per explainer.

    Returns:
        Columns `COLUMNS`, with intervals from the bootstrap over people where runs have replicates.
    """
    rows = [row for item in similarities for row in _between_networks(item, expressions)]
    read = {name: pool_maps([all_runs(network) for network in networks], name, expressions) for name in explainers}
    for a, b in itertools.combinations(explainers, 2):
        rows += _between_explainers(read[a], read[b])
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"n": "Int64"})


def _between_networks(tables: SimilarityTables, expressions: Sequence[str]) -> list[tuple[object, ...]]:
    similarities = [tables.networks[name] for name in expressions]
    upper = np.triu_indices(len(similarities[0].labels), 1)
    if not len(upper[0]):
        return []
    values = np.stack([item.ncc[upper] for item in similarities], axis=1)
    resampled = stacked([item.resampled.each(lambda rows: rows[:, *upper]) for item in similarities], axis=2)
    people = number_of_people([item.people for item in similarities])
    return _rows(tables.explainer, tables.explainer, expressions, values, resampled, people)


def _between_explainers(one: PooledMaps, other: PooledMaps) -> list[tuple[object, ...]]:
    """Of networks that both have explained."""
    shared = {pool.network.label for pool in one.pools} & {pool.network.label for pool in other.pools}
    if not shared:
        return []
    count = min(one.replicates, other.replicates)
    a, b = (rows.only([pool.network.label in shared for pool in rows.pools], replicates=count) for rows in (one, other))
    pairs = [
        [_ncc((x.mean[e], y.mean[e]), (x.valid[e], y.valid[e])) for e in range(len(one.expressions))]
        for x, y in zip(a.maps, b.maps, strict=True)
    ]
    valid = a.halved_valid(), b.halved_valid()
    rows = [np.empty((0, len(shared), len(one.expressions)))]
    for left, right in zip(a.resampled_parts(), b.resampled_parts(), strict=True):
        part = np.empty((left.shape[1], len(shared), len(one.expressions)))
        for g, r, e in np.ndindex(left.shape[:3]):
            maps = (left[g, r, e], right[g, r, e])
            part[r, g, e] = _ncc(maps, [ok[g, e] & np.isfinite(x) for ok, x in zip(valid, maps, strict=True)])
        rows.append(part)
    resampled = Resampled(np.concatenate(rows), a.layout)
    people = number_of_people([maps.people for maps in a.maps])
    return _rows(one.explainer, other.explainer, one.expressions, np.array(pairs), resampled, people)


def _ncc(maps: Sequence[np.ndarray], valid: Sequence[np.ndarray]) -> float:
    return float(compare(np.stack(maps), np.stack(valid))[0][0, 1])


def _rows(
    a: str, b: str, expressions: Sequence[str], values: np.ndarray, resampled: Resampled, people: int | None
) -> list[tuple[object, ...]]:
    """Means over the first dimension of values (k, expression); resampled are (row, k, expression)."""
    known = np.isfinite(values)
    means, spread = mean_known(values, 0), mean_over(resampled, known, 1)
    n = known.sum(0)
    every = float(mean_known(means))
    figures = [(name, means[e], spread.each(lambda rows, e=e: rows[:, e]), n[e]) for e, name in enumerate(expressions)]  # type: ignore[misc]
    figures.append(("", every, mean_over(spread, np.isfinite(means), 1), n.max()))
    rows: list[tuple[object, ...]] = []
    for name, value, drawn, number in figures:
        of = interval(value, drawn, (-1, 1), people)
        rows.append((a, b, name, value, of.low, of.high, number))
    return rows
