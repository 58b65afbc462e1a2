"""Dendrograms of a study as a long table: heights, cophenetic correlations, and agreement with factors."""

from collections.abc import Mapping, Sequence

import pandas as pd

from fer_xai.analysis.effects.labellings import design_of
from fer_xai.analysis.effects.leaves import words_of
from fer_xai.analysis.similarity.dendrograms import LINKAGE, agreement, cluster
from fer_xai.analysis.similarity.map_correlations import Similarity
from fer_xai.results.study import Network
from fer_xai.scoring.intervals import interval
from fer_xai.scoring.score_tables import number_of_people

COLUMNS = (
    *("expression", "linkage", "root_height", "cophenetic", "k", "factor", "adjusted_rand", "low", "high"),
    *("p", "permutations", "exact", "moved", "explainer", "leaves", "reason"),
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
    leaves: pd.DataFrame,
    factors: Mapping[str, Mapping[str, str]],
    sizes: Sequence[int] = (2,),
) -> list[dict[str, object]]:
    """A row per factor and number of clusters.

    Args:
        expression: of the maps, or `ALL`.
        explainer: of the maps.
        similarity: between the leaves.
        leaves: what each leaf is of, by label, see `fer_xai.analysis.effects.leaves`.
        factors: word by factor and network; empty words are unknown.
        sizes: numbers of clusters to cut into, beside the number of words that the factor has.

    Returns:
        Rows with the columns `COLUMNS`; one without figures, with the reason, where nothing can be clustered.
    """
    tree = cluster(similarity.distances, similarity.labels)
    key: dict[str, object] = {"expression": expression, "linkage": LINKAGE, "explainer": explainer}
    if tree is None:
        return [key | {"leaves": len(similarity.labels), "reason": "fewer than two maps: no dendrogram"}]
    of = interval(tree.root, similarity.root_heights, (0.0, 2.0), number_of_people([similarity.people]))
    key |= {"root_height": tree.root, "low": of.low, "high": of.high, "cophenetic": tree.cophenetic}
    left_out = f"left out (undefined): {'; '.join(tree.left_out)}" if tree.left_out else ""
    key |= {"leaves": len(tree.labels), "reason": left_out}
    taking_part = leaves.loc[list(tree.labels)]
    rows = []
    for factor, words in words_of(taking_part, factors).items():
        known = [word for word in words if word]
        levels = len(set(known))
        labellings, how = None, {}
        if 1 < levels < len(known):
            labellings = design_of(known, factor, taking_part[[bool(word) for word in words]]).labellings(known)
            how = {"permutations": len(labellings.codes), "exact": labellings.exact, "moved": labellings.moved}
        for k in sorted({*sizes, levels}):
            if 1 < k <= len(tree.labels):
                found = agreement(tree.cut(k), words, labellings)
                reason = "; ".join(word for word in (found.reason, left_out) if word)
                figures = {"adjusted_rand": found.adjusted_rand, "p": found.p, "reason": reason}
                rows.append(key | {"factor": factor, "k": k} | figures | how)
    return rows or [key]


def cluster_table(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Rows as a table with the columns `COLUMNS`."""
    kinds = dict.fromkeys(("k", "leaves", "permutations"), "Int64") | {"exact": "boolean"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds)
