"""The global heatmaps of all networks, over the mean face."""

import numpy as np

from fer_xai.analysis.outputs import Analysis, read_references
from fer_xai.report.explainer_names import file_stem, named
from fer_xai.report.plots.heatmap_grid import heatmap_grid
from fer_xai.report.plots.style import Drawing
from fer_xai.report.section import Content
from fer_xai.results.heatmaps import read_dataset, read_mean_face
from fer_xai.results.pool import pool_heatmaps
from fer_xai.results.study import Study

PLACE = 20
NAME = "Heatmaps"
HEADING = "The global heatmaps"


def content(study: Study, analysis: Analysis) -> Content:
    """A grid per explainer, networks by expressions; and how many local maps say nothing."""
    blind = analysis.facts["baseline_explainers"]
    grids = [(named(name, blind), _grid(study, analysis, name)) for name in analysis.facts["explainers"]]
    main = next(iter(analysis.tables.values()))
    return Content(
        facts={"grids": grids, "reference": main.reference, "silent": silent_maps(study, analysis)},
        figures=tuple(figure for _, figure in grids),
    )


def mean_face(study: Study) -> np.ndarray | None:
    """The mean face of most people that any run holds, (y, x, 3); None where there is none."""
    best, face = 0, None
    for run in study.complete:
        of_run = read_mean_face(run.paths.heatmaps)
        if of_run is not None and of_run[1] > best:
            face, best = of_run
    return face


def _grid(study: Study, analysis: Analysis, explainer: str) -> Drawing:
    masks = next(iter(read_references(study.paths.analysis).values()))
    networks = {network.label: network for network in study.networks}
    labels = [
        label for label in analysis.labels if any(explainer in run.record.explainers for run in networks[label].runs)
    ]
    maps = [pool_heatmaps(networks[label].runs, explainer, analysis.facts["expressions"]) for label in labels]
    name = file_stem("heatmaps", explainer, analysis.facts["explainers"])
    shown = [analysis.marked(label) for label in labels]
    return heatmap_grid(shown, maps, masks, mean_face(study), explainer, name)


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
        (named(name, analysis.facts["baseline_explainers"]), images, empty, not_finite, without_rest)
        for name, (images, empty, not_finite, without_rest) in counts.items()
        if empty or not_finite or without_rest
    ]
