"""How often the nodes of a dendrogram come back when the people are drawn anew: `dendrogram_nodes.csv`."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from fer_xai.analysis.similarity.dendrograms import Dendrogram, cluster
from fer_xai.analysis.similarity.map_correlations import Similarity, distances_of

#: Columns of `dendrogram_nodes.csv`, a row per node from the lowest. `support`: share of the trees of all bootstrap
#: replicates over people that have a node of just these leaves (Felsenstein 1985); empty without replicates. The
#: networks as they were trained are held fixed.
COLUMNS = ("explainer", "expression", "node", "height", "leaves", "members", "support", "replicates")

#: Between the leaves of a node; no label of a leaf holds it.
JOINT = " | "


def node_support(tree: Dendrogram, others: Sequence[Dendrogram]) -> list[float]:
    """Share of the other trees that have each node of `tree`, in the order of its merges; NaN without other trees.

    The root, which holds all leaves, is in every tree.

    Args:
        tree: whose nodes.
        others: trees of the same leaves.
    """
    seen = Counter(members for other in others for members in set(other.nodes))
    return [seen[members] / len(others) if others else float("nan") for members in tree.nodes]


def replicate_trees(similarity: Similarity, tree: Dendrogram) -> list[Dendrogram]:
    """Trees of the replicates that have all leaves of `tree`."""
    trees = (cluster(distances_of(ncc), similarity.labels) for ncc in similarity.replicates)
    return [other for other in trees if other is not None and other.labels == tree.labels]


def node_rows(expression: str, explainer: str, similarity: Similarity) -> list[dict[str, object]]:
    """Rows of one tree with the columns `COLUMNS`; none without a tree.

    Args:
        expression: of the maps, or what stands for all.
        explainer: of the maps.
        similarity: between the leaves.
    """
    tree = cluster(similarity.distances, similarity.labels)
    if tree is None:
        return []
    others = replicate_trees(similarity, tree)
    key: dict[str, object] = {"explainer": explainer, "expression": expression, "replicates": len(others)}
    return [
        key
        | {"node": number, "height": float(tree.tree[number, 2]), "support": support}
        | {"leaves": len(members), "members": JOINT.join(label for label in tree.labels if label in members)}
        for number, (members, support) in enumerate(zip(tree.nodes, node_support(tree, others), strict=True))
    ]


def node_table(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Rows as the table of `dendrogram_nodes.csv`."""
    kinds = dict.fromkeys(("node", "leaves", "replicates"), "Int64") | {"support": float, "height": float}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds)
