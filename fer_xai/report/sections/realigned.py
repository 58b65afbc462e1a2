"""How far heatmaps and scores hang on the alignment of the faces."""

from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.realigned import LIKENESS
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.report.cells import cell
from fer_xai.report.plots.realigned_dots import realigned_dots
from fer_xai.report.plots.style import Drawing
from fer_xai.report.section import Content
from fer_xai.results.realigned_maps import OWN
from fer_xai.results.study import Study

PLACE = 78
NAME = "Landmarks"
HEADING = "How far heatmaps and scores hang on the landmarks"

_DIFFERENCE = ("difference", "difference_low", "difference_high")


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing unless another alignment was tried."""
    table = analysis.realigned
    if table.empty:
        return None
    table = table.fillna({"expression": "", "reason": "", "title": "", "answer": ""})
    tried = list(dict.fromkeys(table.loc[table["title"].ne("") & table["alignment"].ne(OWN), "alignment"]))
    left_out = table[table["title"].eq("")].drop_duplicates("alignment")
    figure = draw(analysis, table, tried) if tried else None
    facts = {
        "figure_of_alignments": figure,
        "networks": [_network(analysis, label, table, tried) for label in _labels(analysis, table)],
        "titles": table.loc[table["title"].ne("")].drop_duplicates("alignment").set_index("alignment")["title"],
        "left_out": list(left_out[["alignment", "reason"]].itertuples(index=False, name=None)),
        "explainer": table["explainer"].iloc[0],
        "measure": analysis.facts["metric_descriptions"][analysis.facts["primary"]]["title"],
        "margin": analysis.facts["margin"],
        "level": SIGNIFICANCE,
    }
    return Content(facts=facts, figures=(figure,) if figure else (), tables=("realigned",))


def draw(analysis: Analysis, table: pd.DataFrame, tried: list[str]) -> Drawing:
    """Means over the expressions of every network."""
    labels = _labels(analysis, table)
    likeness = {label: [cell(_row(table, label, name, LIKENESS)) for name in tried] for label in labels}
    primary = analysis.facts["primary"]
    differences = {label: [cell(_row(table, label, name, primary), _DIFFERENCE) for name in tried] for label in labels}
    words = analysis.facts["metric_descriptions"][primary]["title"], analysis.facts["margin"]
    return realigned_dots(tried, likeness, differences, words)


def _network(analysis: Analysis, label: str, table: pd.DataFrame, tried: list[str]) -> dict[str, Any]:
    primary = analysis.facts["primary"]
    rows = []
    for name in (OWN, *tried):
        score = _row(table, label, name, primary)
        rows.append(
            {
                "name": name,
                "likeness": cell(_row(table, label, name, LIKENESS)),
                "least": _least(table, label, name),
                "score": cell(score),
                "difference": cell(score, _DIFFERENCE),
                "answer": "" if score is None else score["answer"],
                "images": None if score is None else score["images"],
            }
        )
    return {"label": label, "rows": rows}


def _least(table: pd.DataFrame, label: str, name: str) -> tuple[str, float] | None:
    """The expression whose heatmap changes most."""
    own = table[table["label"].eq(label) & table["alignment"].eq(name) & table["measure"].eq(LIKENESS)]
    own = own[own["expression"].ne("") & own["value"].notna()]
    if own.empty:
        return None
    row = own.sort_values("value").iloc[0]
    return str(row["expression"]), float(row["value"])


def _row(table: pd.DataFrame, label: str, name: str, measure: str) -> dict[Any, Any] | None:
    """The row of the mean over the expressions."""
    own = table[table["label"].eq(label) & table["alignment"].eq(name) & table["measure"].eq(measure)]
    own = own[own["expression"].eq("") & own["title"].ne("")]
    return None if own.empty else own.to_dict("records")[0]


def _labels(analysis: Analysis, table: pd.DataFrame) -> list[str]:
    return [label for label in analysis.labels if label in set(table["label"])]
