"""Whether maps that are more like people's are more faithful: a point for each network and explainer."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.plausibility import ALL
from fer_xai.analysis.words.sentences import number_of, sentence
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.report.cells import cell, number, whole
from fer_xai.report.explainer_names import explainer_order, named
from fer_xai.report.plots.style import FAINT, FURTHER, PRETRAINING, Drawing, finish, new_figure
from fer_xai.report.section import Content
from fer_xai.results.study import Study
from fer_xai.trust.measures import Measure, from_plain

PLACE = 65
NAME = "Plausible or faithful"
HEADING = "Are maps that look right to people more faithful?"

_COLOURS, _SHAPES = (*PRETRAINING.values(), *FURTHER), "osD^vPX"


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing where no explainer was tested by what asks for faithfulness."""
    if analysis.plausibility_points.empty:
        return None
    figure = draw_plausibility(analysis)
    return Content(
        facts={"sentence": plausibility_words(analysis), "scatter": figure, "rows": plausibility_rows(analysis)},
        figures=(figure,),
        tables=("plausibility",),
    )


def plausibility_words(analysis: Analysis) -> str:
    """What the tests say of the main reference and the primary measure; unclear where none says anything."""
    decided = _decided(analysis)
    if decided.empty or decided["q"].isna().all():
        reasons = sorted({str(one) for one in decided["reason"].dropna()}) if len(decided) else []
        why = f": {', '.join(reasons)}" if reasons else ""
        return f"Whether maps that are more like people's are more faithful is unclear, and was not tested{why}."
    sides: dict[str, list[str]] = {"more": [], "less": [], "unclear": []}
    for row in decided.to_dict("records"):
        sure = row["q"] <= SIGNIFICANCE
        side = "unclear" if not sure else "more" if row["r"] > 0 else "less"
        told = f" ({row['r']:.2f}, q {_p(row['q'])})" if np.isfinite(row["r"]) else ""
        sides[side].append(f"{_measure(analysis, row).title}{told}")
    over = [number_of(int(decided[f"{word}s"].max()), word) for word in ("network", "explainer")]
    reference, metric = _main(analysis)
    facts = {"reference": analysis.reference_title(reference), "metric": analysis.described[metric].title}
    return sentence("plausibility", **facts, **sides, level=SIGNIFICANCE, over=" and ".join(over))


def plausibility_rows(analysis: Analysis) -> list[dict[str, Any]]:
    """One row per reference, metric, measure and kind of correlation."""
    return [
        {
            "reference": analysis.reference_title(row["reference"]),
            "metric": analysis.described[row["metric"]].title,
            "measure": _measure(analysis, row).title,
            "over": row["over"],
            "r": cell(row, ("r", "low", "high")),
            "p": "" if pd.isna(row["p"]) else _p(row["p"]),
            "q": "" if pd.isna(row["q"]) else _p(row["q"]),
            "networks": whole(row["networks"]),
            "explainers": whole(row["explainers"]),
            "reason": row["reason"] if isinstance(row["reason"], str) else "",
        }
        for row in analysis.plausibility.to_dict("records")
    ]


def draw_plausibility(analysis: Analysis) -> Drawing:
    """A panel per measure of faithfulness: right is more like people, up is more faithful."""
    reference, metric = _main(analysis)
    points = analysis.plausibility_points
    points = points[points["reference"].eq(reference) & points["metric"].eq(metric)]
    panels = [part for _, part in points.groupby(["test", "measure"], sort=False)]
    names = explainer_order(analysis, points["explainer"].tolist())
    styles = _styles(analysis, names)
    columns = min(3, len(panels))
    lines = -(-len(panels) // columns)
    legend = -(-len(names) // (columns + 1))
    figure = new_figure(max(3.05 * columns, 5.5), 2.6 * lines + 0.3 + 0.2 * legend)
    grid = figure.subplots(lines, columns, squeeze=False)
    for axes, part in zip(grid.ravel(), panels, strict=False):
        _draw_panel(axes, analysis, part, styles)
        axes.set_xlabel(f"{analysis.described[metric].title} with {analysis.reference_title(reference)}", fontsize=8)
        if not analysis.described[metric].higher_is_better:
            axes.invert_xaxis()
    for axes in grid.ravel()[len(panels) :]:
        axes.set_axis_off()
    blind = analysis.facts["baseline_explainers"]
    handles = [Line2D([], [], ls="", ms=6, label=named(analysis, name, blind), **styles[name]) for name in names]
    figure.legend(handles=handles, loc="outside upper center", ncols=columns + 1, frameon=False, fontsize=8)
    alt = "A point for each network and explainer, by likeness to people and by faithfulness."
    return finish(figure, "plausibility", f"{alt} {plausibility_words(analysis)}")


def _draw_panel(axes: Axes, analysis: Analysis, points: pd.DataFrame, styles: dict[str, dict[str, Any]]) -> None:
    for name, part in points.groupby("explainer", sort=False):
        axes.plot(part["score"], part["faithfulness"], ls="", ms=5, **styles[str(name)])
    first = points.iloc[0]
    measure = _measure(analysis, first)
    axes.set_ylabel(measure.title if measure.higher_is_better else f"{measure.title}, low is better", fontsize=8)
    axes.tick_params(labelsize=8)
    if not measure.higher_is_better:
        axes.invert_yaxis()
    decided = _decided(analysis)
    row = decided[decided["test"].eq(first["test"]) & decided["measure"].eq(first["measure"])]
    if len(row) and np.isfinite(row["r"].iloc[0]):
        told = row.iloc[0]
        spread = f" ({told['low']:.2f} to {told['high']:.2f})" if np.isfinite(told["low"]) else ""
        axes.set_title(f"r {told['r']:.2f}{spread}, p {_p(told['p'])}", loc="left", fontsize=8.5)


def _styles(analysis: Analysis, names: list[str]) -> dict[str, dict[str, Any]]:
    """Colour and shape of each explainer; what takes no part in the correlation is hollow and grey."""
    filled = [name for name in names if name in analysis.answering]
    styles = {}
    for name in names:
        place = (filled if name in filled else [n for n in names if n not in filled]).index(name)
        shape = {"marker": _SHAPES[place % len(_SHAPES)]}
        if name in filled:
            colour = _COLOURS[place % len(_COLOURS)]
            # More explainers than colours: the next round has another shape for each colour.
            shape = {"marker": _SHAPES[(place + place // len(_COLOURS)) % len(_SHAPES)]}
            styles[name] = shape | {"mfc": colour, "mec": "white", "mew": 0.5}
        else:
            styles[name] = shape | {"mfc": "none", "mec": FAINT, "mew": 1.0}
    return styles


def _main(analysis: Analysis) -> tuple[str, str]:
    """The main reference, and the primary measure."""
    return analysis.facts["references"][0], analysis.facts["metrics"][0]


def _decided(analysis: Analysis) -> pd.DataFrame:
    """Of the main reference and the primary measure: over all points, or within the one network that there is."""
    reference, metric = _main(analysis)
    table = analysis.plausibility
    if table.empty:
        return table
    own = table[table["reference"].eq(reference) & table["metric"].eq(metric)]
    return own[own["over"].eq(ALL)] if own["over"].eq(ALL).any() else own


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else number(value)


def _measure(analysis: Analysis, row: Any) -> Measure:
    """What a measure says of itself."""
    described = from_plain(analysis.facts["trust_tests"])[row["test"]]
    return next(measure for measure in described.measures if measure.name == row["measure"])
