"""Which networks look alike: dendrograms and distances, and whether their clusters follow what is known."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer_xai.analysis.analysis_files import read_matrix
from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.similarity.cluster_tables import ALL
from fer_xai.analysis.similarity.dendrograms import Dendrogram, cluster
from fer_xai.analysis.words.tables import Cell
from fer_xai.report.cells import number
from fer_xai.report.explainer_names import file_stem, seeing
from fer_xai.report.plots.matrices import distance_matrices
from fer_xai.report.plots.style import Drawing
from fer_xai.report.plots.trees import dendrograms
from fer_xai.report.section import Content
from fer_xai.results.study import Study

PLACE = 40
NAME = "Similarity"
HEADING = "Which networks look alike"

# A tree with more leaves than this is no picture any more.
_MOST_LEAVES = 200


def content(study: Study, analysis: Analysis) -> Content:
    """For each explainer that looks at networks: trees, distances, and the table of clusters."""
    # Of maps that know nothing of the networks, it is no finding which are alike.
    likenesses = [_draw_likeness(study, analysis, name) for name in seeing(analysis)]
    parts = [part for item in likenesses for part in (item.dendrograms, item.pairs, item.folds, item.distances)]
    return Content(
        facts={
            "likenesses": likenesses,
            "networks": len(analysis.labels),
            "trees_of_all": {name: _tree_of_all(analysis, name) for name in seeing(analysis)},
            "clusters": {name: _clusters(analysis, name) for name in seeing(analysis)},
        },
        figures=tuple(part for part in parts if part is not None),
        tables=("clusters", "dendrogram_nodes"),
    )


@dataclass
class Likeness:
    """The figures of which networks look alike under one explainer.

    Attributes:
        explainer: its name.
        dendrograms: networks by expression.
        pairs: all pairs of network and expression in one tree.
        folds: folds of all networks by expression.
        distances: matrices by expression.
    """

    explainer: str
    dendrograms: Drawing | None = None
    pairs: Drawing | None = None
    folds: Drawing | None = None
    distances: Drawing | None = None


def _draw_likeness(study: Study, analysis: Analysis, explainer: str) -> Likeness:
    drawings = Likeness(explainer)
    expressions = analysis.facts["expressions"]
    pretrained = {label: word for _, word, label in analysis.facts["labels"]}
    words = {analysis.marked(label): word for label, word in pretrained.items()}

    def name(stem: str) -> str:
        return file_stem(stem, explainer, analysis.facts["explainers"])

    def matrices(*, folds: bool = False) -> dict[str, pd.DataFrame]:
        read = {word: read_matrix(study.paths.analysis, analysis, word, explainer, folds) for word in expressions}
        return {word: frame for word, frame in read.items() if len(frame)}

    between = matrices()
    labels = [analysis.marked(label) for label in next(iter(between.values())).index] if between else []
    if len(labels) > 1:
        trees = {word: cluster(frame.to_numpy(), labels) for word, frame in between.items()}
        alt = f"Dendrograms of {len(labels)} networks by expression; the roots' heights are in the table below."
        support = {word: supports(analysis, explainer, word, tree) for word, tree in trees.items()}
        drawings.dendrograms = dendrograms(trees, words, name("dendrograms"), alt, support=support)
        alt = f"Distances between {len(labels)} networks, by expression; the numbers are in analysis/similarity."
        tables = {word: frame.to_numpy() for word, frame in between.items()}
        drawings.distances = distance_matrices(tables, labels, name("distances"), alt)
    pairs = read_matrix(study.paths.analysis, analysis, "", explainer)
    if 2 < len(pairs) <= _MOST_LEAVES:
        leaves = list(pairs.index)
        known = {analysis.marked(leaf): pretrained.get(leaf.rsplit(", ", 1)[0], "") for leaf in leaves}
        leaves = [analysis.marked(leaf) for leaf in leaves]
        tree = {"": cluster(pairs.to_numpy(), leaves)}
        alt = f"One dendrogram of all {len(leaves)} pairs of network and expression."
        drawings.pairs = dendrograms(tree, known, name("dendrogram_pairs"), alt, wide=True)
    by_fold = matrices(folds=True)
    if by_fold and len(next(iter(by_fold.values()))) <= _MOST_LEAVES:
        leaves = list(next(iter(by_fold.values())).index)
        known = {leaf: pretrained.get(leaf.rsplit(" fold ", 1)[0], "") for leaf in leaves}
        trees = {word: cluster(frame.to_numpy(), leaves) for word, frame in by_fold.items()}
        alt = "Dendrograms of the folds of all networks."
        drawings.folds = dendrograms(trees, known, name("dendrograms_folds"), alt)
    return drawings


def supports(analysis: Analysis, explainer: str, expression: str, tree: Dendrogram | None) -> list[float]:
    """Support of the nodes of a tree in the order of its merges; NaN where it is not known."""
    frame = analysis.dendrogram_nodes
    if tree is None:
        return []
    if frame.empty:
        return [math.nan] * len(tree.tree)
    own = frame[frame["explainer"].eq(explainer) & frame["expression"].eq(expression)]
    by_node = dict(zip(own["node"], own["support"], strict=True))
    return [by_node.get(number, math.nan) for number in range(len(tree.tree))]


def _tree_of_all(analysis: Analysis, explainer: str) -> list[dict[Any, Any]]:
    """How well the clusters of all maps in one tree agree with their networks and expressions."""
    rows = analysis.clusters[analysis.clusters["explainer"].eq(explainer)]
    whole = rows[rows["expression"].eq(ALL) & rows["factor"].isin(["network", "expression"])]
    return whole[(whole["k"] > 2) & whole["adjusted_rand"].notna()].to_dict("records")


def _clusters(analysis: Analysis, explainer: str) -> list[dict[str, Any]]:
    """Rows of the table of dendrograms, a block per tree."""
    rows = analysis.clusters
    rows = rows[rows["explainer"].eq(explainer)]
    whole = rows["expression"].eq(ALL)
    largest = rows.groupby(["expression", "factor"])["k"].transform("max")
    rows = rows[~whole | rows["factor"].isna() | rows["k"].eq(largest)]
    table = []
    for expression, part in rows.groupby("expression", sort=False):
        for place, row in enumerate(part.to_dict("records")):
            table.append(
                {
                    "first": place == 0,
                    "rows": len(part),
                    "expression": "all together" if expression == ALL else expression,
                    "root": Cell(row["root_height"], row["low"], row["high"]),
                    "cophenetic": number(row["cophenetic"]),
                    "factor": row["factor"] if isinstance(row["factor"], str) else "",
                    "k": "" if pd.isna(row["k"]) else int(row["k"]),
                    "ari": number(row["adjusted_rand"]),
                    "p": number(row["p"]),
                    "remark": row["reason"] if isinstance(row["reason"], str) else "",
                }
            )
    return table
