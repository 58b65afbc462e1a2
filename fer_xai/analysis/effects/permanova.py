"""Effects of factors on maps as tests of distances: `permanova.csv`."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from fer_xai.analysis.effects.distance_tests import (
    anosim,
    centroid_distances,
    distance_ranks,
    explained,
    permanova,
    permdisp,
)
from fer_xai.analysis.effects.labellings import Design, design_of
from fer_xai.analysis.effects.leaves import words_of
from fer_xai.analysis.similarity.cluster_tables import ALL
from fer_xai.analysis.similarity.map_correlations import Similarity
from fer_xai.metrics.proportion import SIGNIFICANCE

#: Columns of `permanova.csv`. `test`: permanova asks whether groups of maps differ, anosim the same by ranks, permdisp
#: whether they scatter alike. `r2` and `f` are PERMANOVA's share of variance and pseudo-F; PERMDISP has an `f` of its
#: own, ANOSIM an `r`. `q`: p adjusted over all rows of the same test (Benjamini and Hochberg). `moved` says what
#: changed labels in the `permutations`, which are all that there are where p is `exact`. expression `all`: over all.
COLUMNS = (
    *("explainer", "expression", "factor", "test", "r2", "f", "r", "p", "q", "permutations", "exact"),
    *("levels", "maps", "moved", "reason"),
)

#: Labels of a group: fewer units than this say nothing of how a group scatters, nor whether it differs.
_FEWEST = 2


@dataclass(frozen=True)
class _Test:
    """A test: what it takes from squared distances and the study's labels, and its statistic of many labellings.

    Attributes:
        prepare: of squared distances and own labels.
        statistic: of that and (p, n) labellings.
        column: where the statistic stands.
        fewest: maps that every group needs.
        observed: the statistic of the study's own labels, where it is worked out in another way.
    """

    prepare: Callable[[NDArray, NDArray], NDArray]
    statistic: Callable[[NDArray, NDArray], NDArray]
    column: str
    fewest: int = _FEWEST
    observed: Callable[[NDArray, NDArray], NDArray] | None = None


TESTS: Mapping[str, _Test] = {
    "permanova": _Test(lambda squared, _: squared, permanova, "f"),
    "permdisp": _Test(centroid_distances, permdisp, "f", fewest=3, observed=partial(permdisp, own=True)),
    "anosim": _Test(lambda squared, _: distance_ranks(squared), anosim, "r"),
}


def distance_rows_of(
    explainer: str,
    similarities: Mapping[str, Similarity],
    leaves: pd.DataFrame,
    pairs: pd.DataFrame | None,
    factors: Mapping[str, Mapping[str, str]],
) -> list[dict[str, object]]:
    """Tests of every factor of one explainer's maps.

    Args:
        explainer: its name.
        similarities: between the maps of each expression; under the empty name between all pairs of network and
            expression.
        leaves: what the maps of one expression are of, see `fer_xai.analysis.effects.leaves`.
        pairs: what all pairs of network and expression are of; None where there are none.
        factors: what is known of networks: word by factor and network, empty where unknown.

    Returns:
        Rows with the columns `COLUMNS`: three tests per factor, by expression; and over all expressions those of the
        networks' factors (of mean distances) and, of the pairs, of expression and network.
    """
    squared = {name: 2 * item.distances for name, item in similarities.items() if name}
    key = {"explainer": explainer}
    rows = [
        row
        for name, part in squared.items()
        for row in tested_factors(part, leaves, factors, key | {"expression": name})
    ]
    if pairs is not None and squared:
        every = key | {"expression": ALL}
        rows += tested_factors(np.mean(list(squared.values()), axis=0), leaves, factors, every)
        rows += tested_factors(2 * similarities[""].distances, pairs, {}, every)
    return rows


def tested_factors(
    squared: NDArray, leaves: pd.DataFrame, factors: Mapping[str, Mapping[str, str]], key: Mapping[str, object]
) -> list[dict[str, object]]:
    """Tests of every factor: of what is known of the networks, and of what tells maps of a network apart.

    Args:
        squared: (n, n) squared distances; NaN in rows of maps that are undefined, which take no part.
        leaves: one row per map.
        factors: word by factor and network.
        key: explainer and expression of the rows.
    """
    return [
        dict(key) | {"factor": factor} | row
        for factor, words in words_of(leaves, factors).items()
        for row in factor_tests(squared, words, factor, leaves)
    ]


def factor_tests(
    squared: NDArray, words: Sequence[str], factor: str, leaves: pd.DataFrame
) -> Iterator[dict[str, object]]:
    """The three tests of one factor, or one row that says why there are none."""
    known = (np.isfinite(squared).sum(1) > 1) & np.array([bool(word) for word in words], dtype=bool)
    remarks = [f"{len(words) - int(known.sum())} maps undefined or of unknown {factor}"] if not known.all() else []
    kept, small = _large_enough(words, factor, leaves, known)
    remarks += [f"groups too small: {', '.join(small)}"] if small else []
    places = [int(place) for place in np.flatnonzero(kept)]
    levels = {words[place] for place in places}
    if len(levels) < 2:
        only = {words[int(place)] for place in np.flatnonzero(known)}
        why = f"one level only: {' '.join(only)}" if len(only) == 1 else "fewer than two groups can be compared"
        yield {
            "test": "permanova",
            "maps": int(kept.sum()),
            "levels": len(levels),
            "reason": "; ".join([why, *remarks]),
        }
        return
    chosen, part = [words[place] for place in places], leaves[kept]
    design: Design = design_of(chosen, factor, part)
    labellings = design.labellings(chosen)
    # A p-value that cannot be as small as this is no test.
    if labellings.exact and len(labellings.codes) < 1 / SIGNIFICANCE:
        remarks.insert(0, f"only {len(labellings.codes)} labellings: p cannot be below {1 / len(labellings.codes):.2f}")
    common = {"permutations": len(labellings.codes), "exact": labellings.exact, "moved": labellings.moved}
    common |= {"levels": len(levels), "maps": len(chosen), "reason": "; ".join(remarks)}
    own = np.unique(chosen, return_inverse=True)[1]
    distances = squared[np.ix_(kept, kept)]
    smallest = int(np.bincount(own).min())
    for name, test in TESTS.items():
        if smallest < test.fewest:
            yield common | {"test": name, "reason": f"groups too small: {name} needs {test.fewest} maps in each"}
            continue
        data = test.prepare(distances, own)
        observed = float((test.observed or test.statistic)(data, own[None])[0])
        p = labellings.p_value(test.statistic(data, labellings.codes), observed)
        row = common | {"test": name, test.column: observed, "p": p}
        yield row | ({"r2": explained(observed, len(chosen), len(levels))} if name == "permanova" else {})


def permanova_table(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Rows as the table of `permanova.csv`, with p adjusted over all rows of the same test."""
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for _, part in table[table["p"].notna()].groupby("test"):
        table.loc[part.index, "q"] = false_discovery_control(part["p"].to_numpy(dtype=float))
    numbers = dict.fromkeys(("permutations", "levels", "maps"), "Int64")
    return table.astype(numbers | {"exact": "boolean"} | dict.fromkeys(("r2", "f", "r", "p", "q"), float))


def _large_enough(
    words: Sequence[str], factor: str, leaves: pd.DataFrame, known: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], list[str]]:
    """Which maps are of levels with two units at least, and the levels that are not."""
    unit = list(leaves.index if factor in leaves else leaves["network"])
    pairs = {(words[place], unit[place]) for place in range(len(words)) if known[place]}
    sizes = Counter(word for word, _ in pairs)
    small = sorted(word for word, size in sizes.items() if size < _FEWEST)
    return known & ~np.isin(np.array(list(words), dtype=object), small), small
