"""Whether explainers agree: on the same network with each other, beside networks under the same explainer."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from fer_xai.analysis.similarity.map_correlations import SimilarityTables
from fer_xai.metrics.correlation import compare, ncc_of_pairs
from fer_xai.metrics.ncc import NCC
from fer_xai.metrics.resolution import halved, halved_valid
from fer_xai.scoring.intervals import interval, mean_known, mean_over
from fer_xai.scoring.pooled_maps import PooledMaps
from fer_xai.scoring.resampled import Resampled, stacked
from fer_xai.scoring.score_tables import number_of_people

#: Columns of `agreement.csv`. `a` and `b` are explainers: where they differ, `ncc` is the mean over networks of the
#: correlation of their maps of the same network, and `n` the number of networks; where they are the same, it is the
#: mean over pairs of networks under that explainer, and `n` the number of pairs. expression empty: the mean of all.
COLUMNS = ("a", "b", "expression", "ncc", "low", "high", "n", "holds")

_Rows = list[tuple[object, ...]]
# Of replicates only the spread is used: they are compared on the grid on which NCC's scores of them are taken.
_HALVED = NCC.needs.replicates_halved


def agreement(
    maps: Sequence[PooledMaps], expressions: tuple[str, ...], similarities: Sequence[SimilarityTables]
) -> pd.DataFrame:
    """NCC of the global maps of every pair of explainers, and of networks under each.

    Args:
        maps: of the study's networks, by one explainer after the other, in the order of the table.
        expressions: expressions of the study's maps.
        similarities: of the networks, one per explainer.

    Returns:
        Columns `COLUMNS`, with intervals from the bootstrap over people where runs have replicates.
    """
    rows = [row for item in similarities for row in _between_networks(item, expressions)]
    read = {item.explainer: item for item in maps}
    found = {pair: part for pairs in _of_the_same_networks(read).items() for pair, part in _between(*pairs, read)}
    rows += [row for pair in itertools.combinations(read, 2) for row in found.get(pair, [])]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"n": "Int64"})


def _between_networks(tables: SimilarityTables, expressions: Sequence[str]) -> _Rows:
    similarities = [tables.networks[name] for name in expressions]
    upper = np.triu_indices(len(similarities[0].labels), 1)
    if not len(upper[0]):
        return []
    values = np.stack([item.ncc[upper] for item in similarities], axis=1)
    resampled = stacked([item.resampled.each(lambda rows: rows[:, *upper]) for item in similarities], axis=2)
    people = number_of_people([item.people for item in similarities])
    return _rows(tables.explainer, tables.explainer, expressions, values, resampled, people)


def _of_the_same_networks(read: Mapping[str, PooledMaps]) -> dict[frozenset[str], list[tuple[str, str]]]:
    """Pairs of explainers by the networks that both have explained, so that the maps of these are read once."""
    labels = {name: frozenset(pool.network.label for pool in maps.pools) for name, maps in read.items()}
    pairs: dict[frozenset[str], list[tuple[str, str]]] = {}
    for a, b in itertools.combinations(read, 2):
        pairs.setdefault(labels[a] & labels[b], []).append((a, b))
    pairs.pop(frozenset(), None)
    return pairs


def _between(
    shared: frozenset[str], pairs: Sequence[tuple[str, str]], read: Mapping[str, PooledMaps]
) -> Iterator[tuple[tuple[str, str], _Rows]]:
    """Rows of pairs of explainers that have explained the same networks."""
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    count = min(read[name].replicates for name in names)
    kept = {name: [pool.network.label in shared for pool in read[name].pools] for name in names}
    maps = {name: read[name].only(kept[name], replicates=count) for name in names}
    one = maps[names[0]]
    resampled = {pair: [np.empty((0, len(one.pools), len(one.expressions)))] for pair in pairs}
    for part in zip(*(maps[name].resampled_parts(len(names)) for name in names), strict=True):
        halves = {name: halved(rows, _HALVED) for name, rows in zip(names, part, strict=True)}
        for a, b in pairs:
            resampled[a, b].append(_ncc_by_row(maps[a], maps[b], halves[a], halves[b]))
    for a, b in pairs:
        values = [
            [_ncc((x.mean[e], y.mean[e]), (x.valid[e], y.valid[e])) for e in range(len(one.expressions))]
            for x, y in zip(maps[a].maps, maps[b].maps, strict=True)
        ]
        people = number_of_people([item.people for item in maps[a].maps])
        spread = Resampled(np.concatenate(resampled[a, b]), one.layout)
        yield (a, b), _rows(a, b, one.expressions, np.array(values), spread, people)


def _ncc_by_row(one: PooledMaps, other: PooledMaps, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(row, pool, expression) NCC of (pool, row, expression, y, x) maps over the pixels that both explainers have."""
    valid = halved_valid(one.halved_valid() & other.halved_valid(), _HALVED)
    result = np.full((left.shape[1], *valid.shape[:2]), np.nan)
    for g, e in np.ndindex(valid.shape[:2]):
        if valid[g, e].any():
            result[:, g, e] = ncc_of_pairs(left[g, :, e][:, valid[g, e]], right[g, :, e][:, valid[g, e]])
    return result


def _ncc(maps: Sequence[np.ndarray], valid: Sequence[np.ndarray]) -> float:
    return float(compare(np.stack(maps), np.stack(valid))[0][0, 1])


def _rows(
    a: str, b: str, expressions: Sequence[str], values: np.ndarray, resampled: Resampled, people: int | None
) -> _Rows:
    """Means over the first dimension of values (k, expression); resampled are (row, k, expression)."""
    known = np.isfinite(values)
    means, spread = mean_known(values, 0), mean_over(resampled, known, 1)
    n = known.sum(0)
    every = float(mean_known(means))
    figures = [(name, means[e], spread.each(lambda rows, e=e: rows[:, e]), n[e]) for e, name in enumerate(expressions)]  # type: ignore[misc]
    figures.append(("", every, mean_over(spread, np.isfinite(means), 1), n.max()))
    rows: _Rows = []
    for name, value, drawn, number in figures:
        of = interval(value, drawn, (-1, 1), people)
        rows.append((a, b, name, value, of.low, of.high, number, of.holds))
    return rows
