"""What networks use: what each action unit of a drawn face is worth to them, beside the prototypes of FACS."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.unit_order import unit_number
from fer_xai.analysis.words.units_in_use import all_folds, cells_of, known_units, most_used, units_in_use
from fer_xai.face.prototypes import PROTOTYPES
from fer_xai.report.cells import cell
from fer_xai.report.plots.signed import signed_matrix
from fer_xai.report.plots.style import INK, Drawing, finish, new_figure, shorten
from fer_xai.report.section import Content
from fer_xai.results.study import Study

PLACE = 6
NAME = "Action units"
HEADING = "What the networks use: the worth of each action unit, by intervention"

#: Name of the panel that the networks are held against.
PROTOTYPE = "FACS prototype (intensity)"


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing without known evidence."""
    frame = all_folds(analysis)
    if frame.empty:
        return None
    figure = draw_action_units(analysis, frame)
    facts = {"networks": network_facts(analysis, frame), "units_figure": figure}
    return Content(facts=facts, figures=(figure,), tables=("action_units",))


def draw_action_units(analysis: Analysis, frame: pd.DataFrame) -> Drawing:
    """A panel per network, all in one scale of colours, after one of the prototypes; rows units, columns expressions.

    Units that join otherwise from face to face make dozens of rows of a face or two: only those that enough faces show
    are drawn, if there are any, and the tables hold all.

    Args:
        analysis: of the study.
        frame: its `action_units`, over all folds.
    """
    expressions = list(analysis.facts["expressions"])
    panels = {label: cells_of(frame, label) for label in _labels(analysis, frame)}
    units = drawn_units(panels, expressions)
    columns = min(3, len(panels) + 1)
    lines = -(-(len(panels) + 1) // columns)
    width = 0.4 * len(expressions) + 0.2
    figure = new_figure(columns * width + 0.085 * max(map(len, units)) + 0.3, lines * (0.22 * len(units) + 0.3) + 1.5)
    grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    worth = np.abs([row["value"] for cells in panels.values() for row in cells.values()])
    top = float(np.nanmax(worth)) if np.isfinite(worth).any() and np.nanmax(worth) > 0 else 1.0
    # Two figures of the largest value, however small all of them are.
    digits = max(1, 1 - math.floor(math.log10(top)))
    prototype = np.array([[_prototype(unit, expression) for expression in expressions] for unit in units])
    first = grid.ravel()[0]
    signed_matrix(first, prototype, units, expressions, 1.0, digits=1, missing="", sign="")
    first.set_title(PROTOTYPE, loc="left", fontsize=9)
    image = None
    for axes, (label, cells) in zip(grid.ravel()[1:], panels.items(), strict=False):
        matrix = np.array([[_value(cells.get((unit, e))) for e in expressions] for unit in units])
        axes.set_title(shorten(analysis.marked(label)), loc="left", fontsize=9)
        image = signed_matrix(axes, matrix, units, expressions, top, digits, missing="")
        for number, expression in enumerate(expressions):
            unit = most_used(cells, expression)
            if unit is not None:
                corner = (number - 0.5, units.index(unit) - 0.5)
                axes.add_patch(Rectangle(corner, 1, 1, fill=False, ec=INK, lw=1.6))
    shown = len(panels) + 1
    for number, axes in enumerate(grid.ravel()):
        axes.tick_params(labelbottom=number + columns >= shown)
    for axes in grid.ravel()[shown:]:
        axes.set_axis_off()
    assert image is not None
    label = "worth to the network (below zero: against the expression)"
    bar = figure.colorbar(image, ax=grid, label=label, location="bottom", shrink=0.4, aspect=40, pad=0.02)
    bar.outline.set_visible(False)
    alt = f"What {len(units)} action units are worth to {len(panels)} networks for each expression, beside FACS."
    return finish(figure, "action_units", alt)


def drawn_units(
    panels: Mapping[str, Mapping[tuple[str, str], Mapping[Any, Any]]], expressions: Sequence[str]
) -> list[str]:
    """The units that enough faces show for some network and expression; all where no unit has enough.

    Args:
        panels: by network, its rows by unit and expression.
        expressions: the columns.
    """
    known = {unit for cells in panels.values() for e in expressions for unit in known_units(cells, e)}
    every = {unit for cells in panels.values() for unit, _ in cells}
    return sorted(known or every, key=unit_number)


def network_facts(analysis: Analysis, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """For each network what it names every expression by, and a table of units with a cell per expression and the mean.

    Args:
        analysis: of the study.
        frame: its `action_units`, over all folds.
    """
    facts: list[dict[str, Any]] = []
    for label in _labels(analysis, frame):
        cells = cells_of(frame, label)
        units = sorted({unit for unit, _ in cells}, key=unit_number)
        visible = {unit for (unit, _), row in cells.items() if row["n"]}
        places = [*analysis.facts["expressions"], ""]
        facts.append(
            {
                "label": label,
                "uses": [(e, units_in_use(cells, e)) for e in places[:-1] if known_units(cells, e)],
                "rows": [(unit, [cell(cells.get((unit, place))) for place in places]) for unit in units],
                "invisible": [unit for unit in units if unit not in visible],
            }
        )
    return facts


def _prototype(unit: str, expression: str) -> float:
    """Intensity of a unit in an expression's prototype, the largest of several that are one player; NaN without it."""
    weights = PROTOTYPES.get(expression, {})
    found = [weights[number] for number in unit_number(unit)[1] if number in weights]
    return max(found, default=math.nan)


def _labels(analysis: Analysis, frame: pd.DataFrame) -> list[str]:
    return [label for label in analysis.labels if label in set(frame["label"])]


def _value(row: Mapping[Any, Any] | None) -> float:
    return math.nan if row is None else float(row["value"])
