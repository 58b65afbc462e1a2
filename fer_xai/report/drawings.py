"""All figures of a report, drawn from the files of the analysis and the artefacts of the runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fer_xai.analysis.accuracy import read_predictions
from fer_xai.analysis.clusters import cluster
from fer_xai.analysis.outputs import Analysis, file_name, read_matrix, read_references
from fer_xai.analysis.tables import Cell
from fer_xai.report.agreement import draw_agreement
from fer_xai.report.dots import accuracy_dots, score_dots
from fer_xai.report.examples import draw_examples
from fer_xai.report.heatmap_grid import heatmap_grid
from fer_xai.report.matrices import confusions, distance_matrices
from fer_xai.report.pretraining import draw_contrasts
from fer_xai.report.regions import draw_regions
from fer_xai.report.style import Drawing
from fer_xai.report.trees import dendrograms
from fer_xai.report.trust import draw_trust
from fer_xai.results.classification import BALANCED, classes_of, confusion
from fer_xai.results.heatmaps import read_mean_face
from fer_xai.results.pool import pool_heatmaps
from fer_xai.results.study import Study

# A tree with more leaves than this is no picture any more.
_MOST_LEAVES = 200


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


@dataclass
class Drawings:
    """The figures of the report; None where the study has nothing to show there.

    Attributes:
        scores: scores beside baselines, one per explainer.
        heatmaps: a grid per explainer.
        examples: titles and figures of local heatmaps.
        likeness: one per explainer that looks at networks.
        contrasts: of pretraining, one per explainer that has any.
        agreement: of explainers.
        trust: curves of tests of the explainers.
        regions: values of face regions, one per explainer that gives them.
        accuracy: accuracies beside the floor.
        confusion: confusion matrices.
    """

    scores: list[Drawing] = field(default_factory=list)
    heatmaps: list[Drawing] = field(default_factory=list)
    examples: list[tuple[str, Drawing]] = field(default_factory=list)
    likeness: list[Likeness] = field(default_factory=list)
    contrasts: list[Drawing] = field(default_factory=list)
    agreement: Drawing | None = None
    trust: Drawing | None = None
    regions: list[Drawing] = field(default_factory=list)
    accuracy: Drawing | None = None
    confusion: Drawing | None = None

    def all(self) -> Iterator[Drawing]:
        """Every figure there is."""
        alike = [part for item in self.likeness for part in (item.dendrograms, item.pairs, item.folds, item.distances)]
        examples = [drawing for _, drawing in self.examples]
        single = (self.agreement, self.trust, self.accuracy, self.confusion)
        found = (*self.scores, *self.heatmaps, *examples, *alike, *self.contrasts, *self.regions, *single)
        yield from (drawing for drawing in found if drawing is not None)


def draw_all(study: Study, analysis: Analysis) -> Drawings:
    """Draw every figure that the study has something for."""
    drawings = Drawings()
    words = {label: pretrained for _, pretrained, label in analysis.facts["labels"]}
    explainers, blind = analysis.facts["explainers"], analysis.facts["baseline_explainers"]
    main = next(iter(analysis.tables.values()))
    for table in analysis.tables.values():
        if (table.metric, table.reference) == (main.metric, main.reference):
            drawings.scores.append(score_dots(table, words, _named("scores", table.explainer, explainers)))
    drawings.heatmaps = _grids(study, analysis)
    drawings.examples = draw_examples(study, analysis)
    # Of maps that know nothing of the networks, it is no finding which are alike.
    seeing = [name for name in explainers if name not in blind] or explainers
    drawings.likeness = [_draw_likeness(study, analysis, words, name) for name in seeing]
    drawings.contrasts = draw_contrasts(analysis)
    drawings.agreement = draw_agreement(analysis)
    drawings.trust = draw_trust(analysis)
    drawings.regions = draw_regions(analysis)
    _draw_accuracy(drawings, study, analysis, words)
    return drawings


def _named(stem: str, explainer: str, explainers: Sequence[str]) -> str:
    """File name of a figure; those of the main explainer do not name it."""
    return stem if explainer == explainers[0] else f"{stem}_{file_name(explainer)}"


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
    for explainer in analysis.facts["explainers"]:
        labels = [
            label
            for label in analysis.labels
            if any(explainer in run.record.explainers for run in networks[label].runs)
        ]
        maps = [pool_heatmaps(networks[label].runs, explainer, analysis.facts["expressions"]) for label in labels]
        name = _named("heatmaps", explainer, analysis.facts["explainers"])
        shown = [analysis.marked(label) for label in labels]
        grids.append(heatmap_grid(shown, maps, masks, face, explainer, name))
    return grids


def _draw_likeness(study: Study, analysis: Analysis, words: dict[str, str], explainer: str) -> Likeness:
    drawings = Likeness(explainer)
    expressions = analysis.facts["expressions"]

    pretrained, words = words, {analysis.marked(label): word for label, word in words.items()}

    def name(stem: str) -> str:
        return _named(stem, explainer, analysis.facts["explainers"])

    def matrices(*, folds: bool = False) -> dict[str, pd.DataFrame]:
        read = {word: read_matrix(study.paths.analysis, analysis, word, explainer, folds) for word in expressions}
        return {word: frame for word, frame in read.items() if len(frame)}

    between = matrices()
    labels = [analysis.marked(label) for label in next(iter(between.values())).index] if between else []
    if len(labels) > 1:
        trees = {word: cluster(frame.to_numpy(), labels) for word, frame in between.items()}
        alt = f"Dendrograms of {len(labels)} networks by expression; the roots' heights are in the table below."
        drawings.dendrograms = dendrograms(trees, words, name("dendrograms"), alt)
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


def _draw_accuracy(drawings: Drawings, study: Study, analysis: Analysis, words: dict[str, str]) -> None:
    frame = analysis.accuracy
    overall = frame[frame["whole"] & frame["expression"].isna()]
    if len(overall):
        cells = [Cell(*row) for row in overall[list(BALANCED)].astype(float).to_numpy()]
        labels = [analysis.marked(label) for label in overall["label"]]
        pretrained = {analysis.marked(label): word for label, word in words.items()}
        floor = float(overall["floor"].iloc[0])
        drawings.accuracy = accuracy_dots(labels, cells, pretrained, floor, analysis.facts["floor"], "accuracies")
    named = {}
    for network in sorted(study.networks, key=lambda network: analysis.labels.index(network.label)):
        predictions = read_predictions(network.trained)
        if len(predictions):
            named[analysis.marked(network.label)] = predictions
    if named:
        classes = classes_of(next(iter(named.values())))
        tables = {label: confusion(predictions, classes) for label, predictions in named.items()}
        alt = "Confusion matrices of all networks, all folds together."
        drawings.confusion = confusions(tables, classes, "confusions", alt)
