"""Whether networks that look alike in one respect look alike in another: Mantel tests, `mantel.csv`."""

import itertools
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_xai.analysis.effects.labellings import Design
from fer_xai.analysis.similarity.cluster_tables import ALL
from fer_xai.analysis.similarity.map_correlations import Similarity, SimilarityTables

#: Columns of `mantel.csv`. `kind` expressions: `a` and `b` are expressions, by one explainer; explainers: `a` and `b`
#: are explainers, for one expression (`all`: mean distances over the expressions). `r`: correlation of the distances
#: between the networks; `p` two-sided, of networks that change places in one of the two.
COLUMNS = ("kind", "explainer", "expression", "a", "b", "r", "p", "permutations", "exact", "networks", "reason")

#: With fewer, there are not enough ways in which networks could change places.
_FEWEST = 4

_SAME = 1e-9
_CHUNK = 2000


def mantel(one: NDArray, other: NDArray) -> tuple[float, float, int, bool]:
    """Mantel's test (1967): Pearson correlation of the distances between n objects, and its two-sided p.

    Args:
        one: (n, n) distances.
        other: (n, n) distances between the same.

    Returns:
        r and p (NaN where the distances are all the same), the number of orders of the objects looked at, and whether
        these are all (n! up to 10,000).
    """
    n = len(one)
    upper = np.triu_indices(n, 1)
    x, y = one[upper] - one[upper].mean(), other[upper] - other[upper].mean()
    norm = float(np.linalg.norm(x) * np.linalg.norm(y))
    orders = Design(tuple(range(n)), ("",) * n, "networks").labellings([f"{place:04d}" for place in range(n)])
    count = len(orders.codes)
    if not norm > _SAME:
        return float("nan"), float("nan"), count, orders.exact
    centred = np.zeros((n, n))
    centred[upper] = y
    centred += centred.T
    values = []
    for start in range(0, count, _CHUNK):
        part = orders.codes[start : start + _CHUNK]
        values.append(centred[part[:, upper[0]], part[:, upper[1]]] @ x / norm)
    r = float(x @ y / norm)
    return r, orders.p_value(np.abs(np.concatenate(values)), abs(r)), count, orders.exact


def mantel_table(tables: Sequence[SimilarityTables]) -> pd.DataFrame:
    """All pairs of expressions under each explainer, and all pairs of explainers for each expression.

    Args:
        tables: similarities of the networks' maps, one per explainer.
    """
    rows = []
    for item in tables:
        for a, b in itertools.combinations([name for name in item.networks if name], 2):
            key = {"kind": "expressions", "explainer": item.explainer, "a": a, "b": b}
            rows.append(key | _compared([item.networks[a]], [item.networks[b]]))
    for one, other in itertools.combinations(tables, 2):
        names = [name for name in one.networks if name]
        for expression, chosen in [*((name, [name]) for name in names), (ALL, names)]:
            key = {"kind": "explainers", "expression": expression, "a": one.explainer, "b": other.explainer}
            sides = ([table.networks[name] for name in chosen] for table in (one, other))
            rows.append(key | _compared(*sides))
    kinds: dict[Hashable, Any] = {
        "permutations": "Int64",
        "networks": "Int64",
        "exact": "boolean",
        "r": float,
        "p": float,
    }
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds)


def _compared(one: Sequence[Similarity], other: Sequence[Similarity]) -> dict[str, object]:
    """The test of mean distances over what is given on each side, of networks that are defined in all."""
    shared = [label for label in one[0].labels if label in other[0].labels]
    means = []
    for side in (one, other):
        places = [side[0].labels.index(label) for label in shared]
        means.append(np.mean([item.distances[np.ix_(places, places)] for item in side], axis=0))
    known = (np.isfinite(means[0]).sum(1) > 1) & (np.isfinite(means[1]).sum(1) > 1)
    number = int(known.sum())
    if number < _FEWEST:
        return {"networks": number, "reason": f"fewer than {_FEWEST} networks have a map on both sides"}
    r, p, permutations, exact = mantel(*(part[np.ix_(known, known)] for part in means))
    figures = {"r": r, "p": p, "permutations": permutations, "exact": exact, "networks": number}
    return figures | ({} if np.isfinite(r) else {"reason": "all distances are the same"})
