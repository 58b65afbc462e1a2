"""All figures of a report, drawn from the files of the analysis and the artefacts of the runs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fer_xai.analysis.accuracy import CHANCE, read_predictions
from fer_xai.analysis.clusters import cluster
from fer_xai.analysis.outputs import Analysis, file_name, read_matrix, read_references
from fer_xai.analysis.tables import Cell
from fer_xai.expressions import EXPRESSIONS
from fer_xai.report.dots import accuracy_dots, score_dots
from fer_xai.report.heatmap_grid import heatmap_grid
from fer_xai.report.matrices import confusions, distance_matrices
from fer_xai.report.style import Drawing
from fer_xai.report.trees import dendrograms
from fer_xai.results.classification import confusion
from fer_xai.results.heatmaps import read_mean_face
from fer_xai.results.pool import pool_heatmaps
from fer_xai.results.study import Study

# A tree with more leaves than this is no picture any more.
_MOST_LEAVES = 200


@dataclass
class Drawings:
    """The figures of the report; None where the study has nothing to show there.

    Attributes:
        scores: scores beside baselines.
        heatmaps: a grid per explainer.
        dendrograms: networks by expression.
        pairs: all pairs of network and expression in one tree.
        folds: folds of all networks by expression.
        distances: matrices by expression.
        accuracy: accuracies beside chance.
        confusion: confusion matrices.
    """

    scores: Drawing | None = None
    heatmaps: list[Drawing] = field(default_factory=list)
    dendrograms: Drawing | None = None
    pairs: Drawing | None = None
    folds: Drawing | None = None
    distances: Drawing | None = None
    accuracy: Drawing | None = None
    confusion: Drawing | None = None

    def all(self) -> Iterator[Drawing]:
        """Every figure there is."""
        single = (self.scores, self.dendrograms, self.pairs, self.folds, self.distances, self.accuracy, self.confusion)
        yield from (drawing for drawing in (*single, *self.heatmaps) if drawing is not None)


def draw_all(study: Study, analysis: Analysis) -> Drawings:
    """Draw every figure that the study has something for."""
    drawings = Drawings()
    table = next(iter(analysis.tables.values()))
    words = {label: pretrained for _, pretrained, label in analysis.facts["labels"]}
    drawings.scores = score_dots(table, words, "scores")
    drawings.heatmaps = _grids(study, analysis)
    _draw_similarity(drawings, study, analysis, words)
    _draw_accuracy(drawings, study, analysis, words)
    return drawings


def mean_face(study: Study) -> np.ndarray | None:
    """The mean face of most people that any run holds, (y, x, 3); None where there is none."""
    best, face = 0, None
    for run in study.complete:
        found = read_mean_face(run.paths.heatmaps)
        if found is not None and found[1] > best:
            face, best = found
    return face


def _grids(study: Study, analysis: Analysis) -> list[Drawing]:
    masks = next(iter(read_references(study.paths.analysis).values()))
    face = mean_face(study)
    networks = {network.label: network for network in study.networks}
    grids = []
    for number, explainer in enumerate(analysis.facts["explainers"]):
        labels = [
            label
            for label in analysis.labels
            if any(explainer in run.record.explainers for run in networks[label].runs)
        ]
        maps = [pool_heatmaps(networks[label].runs, explainer, analysis.facts["expressions"]) for label in labels]
        name = f"heatmaps_{file_name(explainer)}" if number else "heatmaps"
        grids.append(heatmap_grid(labels, maps, masks, face, explainer, name))
    return grids


def _draw_similarity(drawings: Drawings, study: Study, analysis: Analysis, words: dict[str, str]) -> None:
    explainer = analysis.facts["explainers"][0]
    expressions = analysis.facts["expressions"]

    def matrices(*, folds: bool = False) -> dict[str, pd.DataFrame]:
        read = {name: read_matrix(study.paths.analysis, analysis, name, explainer, folds) for name in expressions}
        return {name: frame for name, frame in read.items() if len(frame)}

    between = matrices()
    labels = list(next(iter(between.values())).index)
    if len(labels) > 1:
        trees = {name: cluster(frame.to_numpy(), labels) for name, frame in between.items()}
        alt = f"Dendrograms of {len(labels)} networks by expression; the roots' heights are in the table below."
        drawings.dendrograms = dendrograms(trees, words, "dendrograms", alt)
        alt = f"Distances between {len(labels)} networks, by expression; the numbers are in analysis/similarity."
        drawings.distances = distance_matrices({k: v.to_numpy() for k, v in between.items()}, labels, "distances", alt)
    pairs = read_matrix(study.paths.analysis, analysis, "", explainer)
    if 2 < len(pairs) <= _MOST_LEAVES:
        leaves = list(pairs.index)
        known = {leaf: words.get(leaf.rsplit(", ", 1)[0], "") for leaf in leaves}
        tree = {"": cluster(pairs.to_numpy(), leaves)}
        alt = f"One dendrogram of all {len(leaves)} pairs of network and expression."
        drawings.pairs = dendrograms(tree, known, "dendrogram_pairs", alt, wide=True)
    by_fold = matrices(folds=True)
    if by_fold and len(next(iter(by_fold.values()))) <= _MOST_LEAVES:
        leaves = list(next(iter(by_fold.values())).index)
        known = {leaf: words.get(leaf.rsplit(" fold ", 1)[0], "") for leaf in leaves}
        trees = {name: cluster(frame.to_numpy(), leaves) for name, frame in by_fold.items()}
        drawings.folds = dendrograms(trees, known, "dendrograms_folds", "Dendrograms of the folds of all networks.")


def _draw_accuracy(drawings: Drawings, study: Study, analysis: Analysis, words: dict[str, str]) -> None:
    frame = analysis.accuracy
    overall = frame[frame["whole"] & frame["expression"].isna()]
    if len(overall):
        cells = [Cell(*row) for row in overall[["value", "low", "high"]].astype(float).to_numpy()]
        drawings.accuracy = accuracy_dots(overall["label"].tolist(), cells, words, CHANCE, "accuracies")
    tables = {}
    for network in sorted(study.networks, key=lambda network: analysis.labels.index(network.label)):
        predictions = read_predictions(network.runs)
        if len(predictions):
            tables[network.label] = confusion(predictions)
    if tables:
        alt = "Confusion matrices of all networks, all folds together."
        drawings.confusion = confusions(tables, EXPRESSIONS, "confusions", alt)
