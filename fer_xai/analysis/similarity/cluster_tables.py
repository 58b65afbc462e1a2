"""Dendrograms of a study as a long table: heights, cophenetic correlations, and agreement with factors."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fer_xai.analysis.similarity.dendrograms import LINKAGE, Agreement, Dendrogram, agreement, cluster
from fer_xai.analysis.similarity.map_correlations import Similarity, distances_of
from fer_xai.metrics.proportion import TAIL
from fer_xai.results.study import Network
from fer_xai.scoring.intervals import interval

COLUMNS = (
    *("expression", "linkage", "root_height", "cophenetic", "k", "factor", "adjusted_rand", "low", "high"),
    *("p", "adjusted_rand_low", "adjusted_rand_high", "explainer", "leaves", "reason"),
)

#: What stands for the expression where the leaves are all pairs of network and expression.
ALL = "all"


def factors_of(networks: Sequence[Network]) -> dict[str, dict[str, str]]:
    """Words by factor and network label, for all factors that any network has; pretrained first."""
    names = dict.fromkeys(["pretrained", *(name for network in networks for name in sorted(network.factors))])
    return {name: {network.label: network.factors.get(name, "") for network in networks} for name in names}


def cluster_rows(
    expression: str,
    explainer: str,
    similarity: Similarity,
    factors: Mapping[str, Mapping[str, str]],
    sizes: Sequence[int] = (2,),
) -> list[dict[str, object]]:
    """A row per factor and number of clusters.

    Args:
        expression: of the maps, or `ALL`.
        explainer: of the maps.
        similarity: between the leaves.
        factors: word by factor and leaf; empty words are unknown.
        sizes: numbers of clusters to cut into, beside the number of words that the factor has.

    Returns:
        Rows with the columns `COLUMNS`; one without figures, with the reason, where nothing can be clustered.
    """
    tree = cluster(similarity.distances, similarity.labels)
    key: dict[str, object] = {"expression": expression, "linkage": LINKAGE, "explainer": explainer}
    if tree is None:
        return [key | {"leaves": len(similarity.labels), "reason": "fewer than two maps: no dendrogram"}]
    low, high = interval(tree.root, similarity.root_heights, (0.0, 2.0))
    key |= {"root_height": tree.root, "low": low, "high": high, "cophenetic": tree.cophenetic}
    left_out = f"left out (undefined): {'; '.join(tree.left_out)}" if tree.left_out else ""
    key |= {"leaves": len(tree.labels), "reason": left_out}
    trees = _replicate_trees(similarity, tree)
    rows = []
    for factor, words in factors.items():
        own = [words.get(label, "") for label in tree.labels]
        levels = len({word for word in own if word})
        for k in sorted({*sizes, levels}):
            if 1 < k <= len(tree.labels):
                rows.append(key | {"factor": factor, "k": k} | _agreement(tree, trees, own, k, left_out))
    return rows or [key]


def cluster_table(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Rows as a table with the columns `COLUMNS`."""
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"k": "Int64", "leaves": "Int64"})


def _agreement(
    tree: Dendrogram, trees: Sequence[Dendrogram], words: Sequence[str], k: int, left_out: str
) -> dict[str, object]:
    of_tree: Agreement = agreement(tree.cut(k), words)
    spread = [agreement(other.cut(k), words, permutations=0).adjusted_rand for other in trees]
    low, high = np.nan, np.nan
    if spread and np.isfinite(of_tree.adjusted_rand):
        # The index moves in leaps: its bounds are the replicates' own, stretched to hold the value where they do not.
        bounds = np.quantile(spread, [TAIL, 1 - TAIL])
        low, high = min(bounds[0], of_tree.adjusted_rand), max(bounds[1], of_tree.adjusted_rand)
    reason = "; ".join(word for word in (of_tree.reason, left_out) if word)
    return {
        "adjusted_rand": of_tree.adjusted_rand,
        "p": of_tree.p,
        "adjusted_rand_low": low,
        "adjusted_rand_high": high,
        "reason": reason,
    }


def _replicate_trees(similarity: Similarity, tree: Dendrogram) -> list[Dendrogram]:
    trees = [cluster(distances_of(ncc), similarity.labels) for ncc in similarity.replicates]
    return [other for other in trees if other is not None and other.labels == tree.labels]
