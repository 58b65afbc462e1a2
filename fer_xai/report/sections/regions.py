"""What each region of the face speaks for, as matrices that are read directly: rows regions, columns expressions."""

import math
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.files import file_name
from fer_xai.report.cells import cell
from fer_xai.report.plots.signed import signed_matrix
from fer_xai.report.plots.style import Drawing, finish, new_figure, shorten
from fer_xai.report.section import Content
from fer_xai.results.study import Study

#: Name of the panel of the mean over the networks.
ALL = "mean over the networks"


PLACE = 80
NAME = "Regions"
HEADING = "What each region of the face speaks for"


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing unless an explainer values regions."""
    figures = draw_regions(analysis)
    if not figures:
        return None
    regions = list(zip(region_facts(analysis), figures, strict=True))
    return Content(facts={"regions": regions}, figures=tuple(figures), tables=("regions",))


def draw_regions(analysis: Analysis) -> list[Drawing]:
    """A figure per explainer that values regions, a panel per network, all in one scale of colours."""
    drawings = []
    for explainer, part in _by_explainer(analysis):
        panels = _panels(analysis, part)
        regions, expressions = list(dict.fromkeys(part["region"])), list(analysis.facts["expressions"])
        columns = min(3, len(panels))
        lines = -(-len(panels) // columns)
        width = 0.52 * len(expressions) + 0.4
        figure = new_figure(columns * width + 1.9, lines * (0.3 * len(regions) + 0.45) + 0.8)
        grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
        known = np.abs(np.concatenate([matrix[np.isfinite(matrix)] for matrix in panels.values()]))
        top = float(known.max()) if known.size and known.max() > 0 else 1.0
        # Two figures of the largest value, however small all of them are.
        digits = max(2, 1 - math.floor(math.log10(top)))
        image = None
        for number, (axes, (title, matrix)) in enumerate(zip(grid.ravel(), panels.items(), strict=False)):
            axes.set_title(shorten(title), loc="left", fontsize=9)
            image = signed_matrix(axes, matrix, regions, expressions, top, digits)
            # Also where the place below is empty.
            axes.tick_params(labelbottom=number + columns >= len(panels))
        for axes in grid.ravel()[len(panels) :]:
            axes.set_axis_off()
        label = "value (against − 0 + for the expression)"
        assert image is not None
        figure.colorbar(image, ax=grid, label=label, shrink=0.8, pad=0.01).outline.set_visible(False)
        alt = f"Values of {len(regions)} regions of the face by {explainer} for each expression, {len(panels)} panels."
        drawings.append(finish(figure, f"regions_{file_name(explainer)}", alt))
    return drawings


def region_facts(analysis: Analysis) -> list[dict[str, Any]]:
    """For each explainer that values regions, a table per network: region, and a cell per expression and their mean."""
    expressions = [*analysis.facts["expressions"], ""]
    facts = []
    for explainer, part in _by_explainer(analysis):
        tables = []
        for label in dict.fromkeys(part["label"]):
            own = part[part["label"].eq(label)]
            cells = {(row["region"], row["expression"]): row for row in own.to_dict("records")}
            rows = [
                (region, [cell(cells.get((region, name))) for name in expressions])
                for region in dict.fromkeys(own["region"])
            ]
            tables.append((label, rows))
        facts.append({"explainer": explainer, "tables": tables})
    return facts


def _by_explainer(analysis: Analysis) -> list[tuple[str, pd.DataFrame]]:
    if analysis.regions.empty:
        return []
    frame = analysis.regions.fillna({"expression": ""})
    return [(str(name), part) for name, part in frame.groupby("explainer", sort=False)]


def _panels(analysis: Analysis, part: pd.DataFrame) -> dict[str, np.ndarray]:
    regions = list(dict.fromkeys(part["region"]))
    panels = {}
    for label in [label for label in analysis.labels if label in set(part["label"])]:
        own = part[part["label"].eq(label)].pivot(index="region", columns="expression", values="value")
        panels[label] = own.reindex(index=regions, columns=list(analysis.facts["expressions"])).to_numpy(dtype=float)
    if len(panels) > 1:
        stack = np.stack(list(panels.values()))
        known = np.isfinite(stack)
        with np.errstate(invalid="ignore"):
            panels = {ALL: np.where(known, stack, 0).sum(0) / known.sum(0), **panels}
    return panels
