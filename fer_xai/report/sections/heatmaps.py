"""The global heatmaps of all networks, over the mean face."""

import math
from typing import Any

import numpy as np

from fer_xai.analysis.analysis_files import read_references
from fer_xai.analysis.outputs import Analysis
from fer_xai.report.explainer_names import file_stem, named
from fer_xai.report.plots.heatmap_grid import LUMINANCE, NO_FACE, heatmap_grid
from fer_xai.report.plots.slivers import without_slivers
from fer_xai.report.plots.style import Drawing
from fer_xai.report.section import Content
from fer_xai.report.viewer.embed import viewer_parts
from fer_xai.report.viewer.viewer_data import viewer_data
from fer_xai.results.heatmap_files import read_dataset, read_mean_face
from fer_xai.results.pool import pool_heatmaps
from fer_xai.results.study import Network, Study

PLACE = 4
NAME = "Heatmaps"
HEADING = "The global heatmaps"


def content(study: Study, analysis: Analysis) -> Content:
    """A grid per explainer, networks by expressions; and how many local maps say nothing.

    Where true maps are known there is a grid per network instead, so that they stand beside its explainers.
    """
    blind = analysis.facts["baseline_explainers"]
    if analysis.facts.get("true_map_explainers"):
        grids = [
            (f"Network: {analysis.marked(label)}", _by_explainer(study, analysis, label)) for label in analysis.labels
        ]
    else:
        names = analysis.facts["explainers"]
        grids = [(f"Explainer: {named(analysis, name, blind)}", _by_network(study, analysis, name)) for name in names]
    main = next(iter(analysis.tables.values()))
    return Content(
        facts={
            "truth": bool(analysis.facts.get("true_map_explainers")),
            "grids": grids,
            "viewer": viewer_parts(viewer_data(study, analysis, _grey_face(study))),
            "reference": analysis.reference_title(main.reference),
            "measure": main.metric_title,
            "silent": silent_maps(study, analysis),
            "unseen": unseen_parts(analysis),
        },
        figures=tuple(figure for _, figure in grids),
    )


def unseen_parts(analysis: Analysis) -> list[dict[str, Any]]:
    """For each reference whose masks have pixels that under half of the images show: mean share, and the largest."""
    frame = analysis.unseen_pixels
    parts = []
    for name, rows in frame.groupby("reference", sort=False) if len(frame) else ():
        worst = rows.iloc[int(rows["share"].to_numpy().argmax())]
        if worst["share"] > 0:
            parts.append(
                {
                    "reference": analysis.reference_title(str(name)),
                    "mean": rows["share"].mean(),
                    "most": worst["share"],
                    "of": f"{worst['label']}, {worst['expression']}",
                }
            )
    return parts


def mean_face(study: Study) -> np.ndarray | None:
    """The mean face of most people that any run holds, (y, x, 3); None where there is none."""
    best, face = 0, None
    for run in study.complete:
        of_run = read_mean_face(run.paths.heatmaps)
        if of_run is not None and of_run[1] > best:
            face, best = of_run
    return face


def _grey_face(study: Study) -> np.ndarray | None:
    """The mean face (y, x) in grey, nearly white where there is none."""
    face = mean_face(study)
    if face is None:
        return None
    whole, _ = without_slivers(face, np.isfinite(face).all(axis=-1))
    return np.nan_to_num(whole @ np.array(LUMINANCE), nan=NO_FACE)


def _by_network(study: Study, analysis: Analysis, explainer: str) -> Drawing:
    """The maps of all networks by one explainer."""
    networks = [network for network in _in_order(study, analysis) if explainer in _explainers(network)]
    maps = [pool_heatmaps(network.runs, explainer, analysis.facts["expressions"]) for network in networks]
    name = file_stem("heatmaps", explainer, analysis.facts["explainers"])
    shown = [analysis.marked(network.label) for network in networks]
    scores = [_scores(analysis, explainer, network.label) for network in networks]
    words = f"by {analysis.explainer_title(explainer)}, networks in rows"
    return heatmap_grid(shown, maps, _masks(study, analysis), mean_face(study), words, name, scores)


def _by_explainer(study: Study, analysis: Analysis, label: str) -> Drawing:
    """The maps of one network by all explainers, below the true ones."""
    network = next(network for network in _in_order(study, analysis) if network.label == label)
    truth, blind = analysis.facts["true_map_explainers"], analysis.facts["baseline_explainers"]
    names = [name for name in analysis.facts["explainers"] if name in _explainers(network)]
    names.sort(key=lambda name: name not in truth)
    maps = [pool_heatmaps(network.runs, name, analysis.facts["expressions"]) for name in names]
    shown = ["true map" if name in truth else named(analysis, name, blind) for name in names]
    words = f"of {label}, the true map and explainers in rows"
    name = file_stem("heatmaps", label, analysis.labels)
    scores = [_scores(analysis, explainer, label) for explainer in names]
    return heatmap_grid(shown, maps, _masks(study, analysis), mean_face(study), words, name, scores)


def _scores(analysis: Analysis, explainer: str, label: str) -> list[float]:
    """The main measure's scores of one network's maps with the main reference, NaN where there is none."""
    main = next(iter(analysis.tables.values()))
    tables = (
        table
        for table in analysis.tables.values()
        if (table.explainer, table.reference, table.metric) == (explainer, main.reference, main.metric)
    )
    cells = {row.label: [cell.value for cell in row.cells] for table in tables for row in table.rows}
    return cells.get(label, [math.nan] * len(main.expressions))


def _in_order(study: Study, analysis: Analysis) -> list[Network]:
    networks = {network.label: network for network in study.networks}
    return [networks[label] for label in analysis.labels]


def _explainers(network: Network) -> set[str]:
    return {name for run in network.runs for name in run.record.explainers}


def _masks(study: Study, analysis: Analysis) -> dict[str, dict[str, np.ndarray]]:
    """Masks by the reference's name for people and expression, those of the main reference first."""
    masks = read_references(study.paths.analysis)
    return {analysis.reference_title(name).removeprefix("the "): masks[name] for name in analysis.facts["references"]}


def silent_maps(study: Study, analysis: Analysis) -> list[tuple[str, int, int, int, int]]:
    """Per explainer: images, and among them maps zero everywhere, not finite, and not made for want of a neutral face.

    Explainers without such maps, and runs that did not count them, are passed over.
    """
    counts = {name: [0, 0, 0, 0] for name in analysis.facts["explainers"]}
    for run in study.complete:
        with read_dataset(run.paths.heatmaps) as dataset:
            if not {"images", "empty", "not_finite"} <= set(dataset):
                continue
            for name in (name for name in run.record.explainers if name in counts):
                own = dataset.drop_dims(["y", "x"]).sel(explainer=name).sum()
                averaged, empty, not_finite = (int(own[key]) for key in ("images", "empty", "not_finite"))
                without_rest = int(own.get("without_rest", 0))
                numbers = (averaged + not_finite + without_rest, empty, not_finite, without_rest)
                for place, number in enumerate(numbers):
                    counts[name][place] += number
    return [
        (named(analysis, name, analysis.facts["baseline_explainers"]), images, empty, not_finite, without_rest)
        for name, (images, empty, not_finite, without_rest) in counts.items()
        if empty or not_finite or without_rest
    ]
