"""The most and least typical local heatmaps, drawn in the canonical face; over faces only where runs kept them."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.collections import LineCollection

from fer_xai.analysis.outputs import Analysis
from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.files import file_name
from fer_xai.report.plots.masks_figure import FACE_LINES
from fer_xai.report.plots.style import HEAT, Drawing, finish, new_figure
from fer_xai.report.section import Content
from fer_xai.results.heatmap_files import read_dataset
from fer_xai.results.study import Network, Study

# Every third pixel is enough for small maps.
_STEP, _GAP = 3, 4
_KINDS = ("most", "least")
_GREY = 0.88
#: Share of the face in a picture of a map over it.
_FACE = 0.6


PLACE = 30
NAME = "Examples"
HEADING = "The most and least typical single heatmaps"


def content(study: Study, analysis: Analysis) -> Content | None:
    """A figure per network and explainer of runs that kept local heatmaps."""
    examples = draw_examples(study, analysis)
    if not examples:
        return None
    return Content(facts={"examples": examples}, figures=tuple(figure for _, figure in examples))


def draw_examples(study: Study, analysis: Analysis) -> list[tuple[str, Drawing]]:
    """A figure per network and explainer of runs that kept local heatmaps, with a title for each."""
    drawings = []
    networks = {network.label: network for network in study.networks}
    for label in analysis.labels:
        for explainer in analysis.facts["explainers"]:
            chosen = _chosen(networks[label], explainer, analysis.facts["expressions"])
            if chosen:
                shown = any(
                    cell[2] is not None for kinds in chosen.values() for cells in kinds.values() for cell in cells
                )
                title = f"{label}, {explainer}" + (" (shows faces: keep this report on this machine)" if shown else "")
                name = f"examples_{file_name(label)}_{file_name(explainer)}"
                drawings.append((title, _draw(chosen, f"{explainer} of {label}", name)))
    return drawings


#: NCC with the global map, the map, and the face behind it or None.
_Cell = tuple[float, np.ndarray, np.ndarray | None]


def _chosen(network: Network, explainer: str, expressions: Sequence[str]) -> dict[str, dict[str, list[_Cell]]]:
    """By expression and kind the extremes of all runs of the network: NCC with the run's global map, and the map."""
    by_expression: dict[str, dict[str, list[_Cell]]] = {}
    places = 0
    for run in network.runs:
        if not run.paths.examples.exists() or explainer not in run.record.explainers:
            continue
        with read_dataset(run.paths.examples) as dataset:
            if explainer not in dataset["explainer"].values:
                continue
            own = dataset.sel(explainer=explainer).load()
        places = max(places, own.sizes["rank"])
        for expression in own["expression"].values:
            for kind in _KINDS:
                part = own.sel(expression=expression, kind=kind)
                faces = (
                    part["face"].values[:, ::_STEP, ::_STEP] / 255 if "face" in part else [None] * part.sizes["rank"]
                )
                cells = [
                    (float(ncc), heatmap[::_STEP, ::_STEP], face)
                    for ncc, heatmap, face in zip(part["ncc"].values, part["heatmap"].values, faces, strict=True)
                    if np.isfinite(ncc)
                ]
                by_expression.setdefault(str(expression), {}).setdefault(kind, []).extend(cells)
    ordered = {}
    for expression in [name for name in expressions if name in by_expression]:
        kinds = {
            kind: sorted(cells, key=lambda cell: cell[0], reverse=kind == "most")[:places]
            for kind, cells in by_expression[expression].items()
        }
        if any(kinds.values()):
            ordered[expression] = kinds
    return ordered


def _draw(chosen: dict[str, dict[str, list[_Cell]]], words: str, name: str) -> Drawing:
    places = max(len(cells) for kinds in chosen.values() for cells in kinds.values())
    height, width = next(c[1].shape for kinds in chosen.values() for cells in kinds.values() for c in cells)
    step_y, step_x = height + _GAP + 14, width + _GAP
    middle = places * step_x + 3 * _GAP
    canvas = np.ones((len(chosen) * step_y, middle + places * step_x, 3))
    lines: list[np.ndarray] = []
    texts = []
    for row, kinds in enumerate(chosen.values()):
        for kind, start in zip(_KINDS, (0, middle), strict=True):
            for place, (ncc, heatmap, face) in enumerate(kinds[kind]):
                y, x = row * step_y, start + place * step_x
                coloured = _coloured(heatmap)
                canvas[y : y + height, x : x + width] = coloured if face is None else _over(coloured, face)
                lines += [line + np.array([x, y]) for line in _lines()] if face is None else []
                texts.append((x + width / 2, y + height + 7, f"{ncc:.2f}"))
    inches = 0.0095
    size = (canvas.shape[1] * inches + 1.2, canvas.shape[0] * inches + 0.45)
    figure = new_figure(*size)
    axes = figure.add_subplot()
    axes.imshow(canvas, interpolation="bilinear")
    axes.add_collection(LineCollection(lines, colors="white", linewidths=0.5))
    for x, y, text in texts:
        axes.text(x, y, text, ha="center", va="center", fontsize=6.5)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.set_yticks([row * step_y + height / 2 for row in range(len(chosen))], list(chosen), fontsize=8)
    centres = [places * step_x / 2, middle + places * step_x / 2]
    axes.set_xticks(centres, ["most typical", "least typical"], fontsize=8.5, fontweight="bold")
    alt = f"The most and least typical local heatmaps by {words}, by expression, with their NCC with the global one."
    return finish(figure, name, alt, inline="png", dpi=110, local=True)


def _coloured(heatmap: np.ndarray) -> np.ndarray:
    """A map from its minimum to its maximum; grey where it is not valid."""
    known = np.isfinite(heatmap)
    values = heatmap[known]
    spread = np.ptp(values) if values.size else 0.0
    stretched = (np.where(known, heatmap, 0) - (values.min() if values.size else 0)) / (spread or 1.0)
    return np.where(known[..., None], mpl.colormaps[HEAT](stretched)[..., :3], _GREY)


def _over(coloured: np.ndarray, face: np.ndarray) -> np.ndarray:
    """A coloured map over the grey form of its face."""
    return (1 - _FACE) * coloured + _FACE * face.mean(axis=-1, keepdims=True)


def _lines() -> list[np.ndarray]:
    return [CANONICAL_POINTS[[*points, points[0]] if closed else list(points)] / _STEP for points, closed in FACE_LINES]
