"""How steady heatmaps are from person to person and from training to training, and where maps differ."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.analysis.analysis_files import read_difference_maps
from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.subjects.map_differences import (
    ANSWERS,
    EXPLAINERS,
    GROUPS,
    NETWORKS,
    OVER_NETWORKS,
    PRETRAINING,
)
from fer_xai.files import file_name
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.report.cells import cell
from fer_xai.report.explainer_names import seeing
from fer_xai.report.plots.difference_grid import Compared, difference_grid
from fer_xai.report.plots.style import Drawing, shorten
from fer_xai.report.section import Content
from fer_xai.results.study import Study
from fer_xai.scoring.map_reliability import ATTAINABLE, BOTH, KINDS, TWO, attainable_kind

PLACE = 35
NAME = "Person by person"
HEADING = "How steady the heatmaps are, and where they differ"

#: What comparisons of a kind are called.
TITLES = {
    OVER_NETWORKS: "With and without pretraining, networks as the units",
    PRETRAINING: "With and without pretraining, people as the units",
    NETWORKS: "One network and another",
    EXPLAINERS: "One explainer and another",
    ANSWERS: "Right and wrong answers to the same people",
    GROUPS: "Groups of people",
}
#: Rows of one figure: those with the largest significant area.
_MOST = 12
#: The measure that the root of the reliability is the ceiling of.
_CORRELATION = "ncc"


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing where runs keep no maps of single people, and no network's pretraining differs."""
    differences = analysis.map_differences
    if analysis.map_reliability.empty and (differences.empty or differences["q"].isna().all()):
        return None
    compared, answering = list(_compared(study, analysis)), seeing(analysis)
    return Content(
        facts={
            "steady": [(analysis.explainer_title(name), _steady(analysis, name)) for name in seeing(analysis)],
            "reference": analysis.reference_title(analysis.facts["references"][0]),
            "spread": [(analysis.explainer_title(name), _spread(analysis, name)) for name in seeing(analysis)],
            "compared": compared,
            "one_explainer": analysis.explainer_title(answering[0]) if len(answering) > 1 else "",
            "level": SIGNIFICANCE,
        },
        figures=tuple(item["figure"] for item in compared if item["figure"] is not None),
        heading=None if len(analysis.map_reliability) else "Where maps differ",
        tables=("map_reliability", "people_heterogeneity", "map_differences"),
    )


def _steady(analysis: Analysis, explainer: str) -> list[dict[str, Any]]:
    """Of each network, scores with the main reference beside what they could reach, and reliabilities."""
    frame = analysis.map_reliability
    if frame.empty:
        return []
    own = frame[frame["explainer"].eq(explainer)]
    scores = analysis.metrics
    same = scores["explainer"].eq(explainer) & scores["reference"].eq(analysis.facts["references"][0])
    scores = scores[scores["whole"] & same]
    rows = []
    for label in (label for label in analysis.labels if label in set(own["label"])):
        cells = {(row["kind"], row["expression"]): row for row in own[own["label"].eq(label)].to_dict("records")}
        beside = scores[scores["label"].eq(label)].to_dict("records")
        of_measure = {(row["metric"], row["expression"]): row for row in beside}
        names = analysis.facts["expressions"]
        lines = []
        for metric in _measures(analysis):
            best = ATTAINABLE if metric == _CORRELATION else attainable_kind(metric)
            if not any(kind == best for kind, _ in cells):
                continue
            title = analysis.described[metric].title
            lines.append((title, [cell(of_measure.get((metric, name), {})) for name in names]))
            lines.append((f"attainable {title}", [cell(cells.get((best, name), {})) for name in names]))
        for kind in (name for name in KINDS if name != ATTAINABLE):
            title = kind if kind == TWO else f"reliability over {kind}"
            lines.append((title, [cell(cells.get((kind, name), {})) for name in names]))
        remarks = dict.fromkeys(
            row["remark"] for (kind, _), row in cells.items() if kind == BOTH and isinstance(row["remark"], str)
        )
        rows.append({"label": label, "lines": lines, "remark": "; ".join(remarks)})
    return rows


def _measures(analysis: Analysis) -> list[str]:
    """Measures that stand beside what they could reach: the correlation, and the first two of the study."""
    known = analysis.facts["metrics"]
    return list(dict.fromkeys([*(name for name in known if name == _CORRELATION), *known[:2]]))


def _spread(analysis: Analysis, explainer: str) -> list[dict[str, Any]]:
    """Each network's mean NCC of a person's map with the mean of the others, by expression."""
    frame = analysis.people_heterogeneity
    if frame.empty:
        return []
    own = frame[frame["explainer"].eq(explainer)]
    rows = []
    for label in (label for label in analysis.labels if label in set(own["label"])):
        by_name = {row["expression"]: row for row in own[own["label"].eq(label)].to_dict("records")}
        found = [by_name.get(name, {}) for name in analysis.facts["expressions"]]
        lowest = [row.get("lowest", np.nan) for row in found]
        reasons = dict.fromkeys(row["reason"] for row in found if isinstance(row.get("reason"), str))
        rows.append({"label": label, "cells": [cell(row) for row in found], "lowest": lowest})
        rows[-1]["reason"] = "; ".join(reasons)
    return rows


def _compared(study: Study, analysis: Analysis) -> Iterator[dict[str, Any]]:
    """A figure and a few words for each kind of comparison; pretraining and groups by the main explainer."""
    frame = analysis.map_differences
    if frame.empty:
        return
    frame = frame[frame["kind"].eq(EXPLAINERS) | frame["explainer"].eq(seeing(analysis)[0])]
    maps = read_difference_maps(study.paths.analysis)
    for kind in (name for name in TITLES if frame["kind"].eq(name).any()):
        own = frame[frame["kind"].eq(kind)]
        tested = own[own["q"].notna()]
        seen = tested[tested["q"] <= SIGNIFICANCE]
        facts = {"kind": kind, "title": TITLES[kind], "tests": len(tested), "seen": len(seen)}
        facts["untested"] = len(own) - len(tested)
        facts["reasons"] = list(dict.fromkeys(own.loc[own["q"].isna(), "reason"]))
        facts["rows"] = [_row(row) for row in seen.sort_values(["q", "p"], kind="stable").to_dict("records")]
        yield facts | {"figure": None if maps is None else _figure(kind, own, maps, analysis.facts["expressions"])}


def _title(row: Any) -> str:
    label = f", {row['label']}" if isinstance(row["label"], str) else ""
    return f"{row['first']} less {row['second']}{label}"


def _lines(row: Any) -> str:
    """The same for a row of a figure, in lines."""
    parts = (row["first"], f"less {row['second']}", row["label"] if isinstance(row["label"], str) else "")
    return "\n".join(shorten(part) for part in parts if part)


def _row(row: Any) -> dict[str, Any]:
    return {
        "title": _title(row),
        "expression": row["expression"],
        "more": f"{100 * row['more']:.0f} %",
        "less": f"{100 * row['less']:.0f} %",
        "units": f"{row['networks']} networks" if row["kind"] == OVER_NETWORKS else f"{row['people']} people",
        "p": f"{row['p']:.4f}",
        "q": f"{row['q']:.4f}",
    }


def _figure(
    kind: str, own: pd.DataFrame, maps: tuple[np.ndarray, np.ndarray], expressions: list[str]
) -> Drawing | None:
    """The comparisons with the largest significant area, in the order of the table."""
    own = own[own["map"].notna()]
    if own.empty:
        return None
    titles = own.apply(_lines, axis=1)
    area = (own["more"] + own["less"]).groupby(titles).sum()
    chosen = set(area.sort_values(ascending=False, kind="stable").index[:_MOST])
    labels = [title for title in dict.fromkeys(titles) if title in chosen]
    cells: list[list[Compared]] = []
    for label in labels:
        places = own[titles.eq(label)].set_index("expression")["map"]
        cells.append(
            [(maps[0][places[name]], maps[1][places[name]]) if name in places.index else None for name in expressions]
        )
    alt = f"{TITLES[kind]}: differences of maps in {len(labels)} rows, {len(expressions)} expressions in columns; "
    alt += "outlined where significant. The table beside it has the figures."
    return difference_grid(labels, cells, expressions, SIGNIFICANCE, file_name(f"map_differences_{kind}"), alt)
