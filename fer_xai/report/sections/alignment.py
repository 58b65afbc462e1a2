"""Does looking where people look help? Networks drawn to references, beside none and beside a wrong reference."""

import math
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import pandas as pd

from fer_xai.analysis.alignment.alignment_table import NEARNESS, NONE, OTHERS, UNCLEAR
from fer_xai.analysis.outputs import Analysis
from fer_xai.report.cells import cell, number
from fer_xai.report.plots.style import FAINT, INK, UNKNOWN, Drawing, finish, new_figure
from fer_xai.report.section import Content
from fer_xai.results.study import Study

PLACE = 9
NAME = "Alignment"
HEADING = "What drawing maps to a reference does to a network"

#: The figure on which the sentence rests.
ACCURACY = ("accuracy", "accuracy_elsewhere")


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing where no network was drawn to a reference."""
    if analysis.alignment.empty:
        return None
    figure = draw_differences(analysis)
    facts = {
        "sentences": sentences(analysis),
        "tables": [table_facts(analysis, against) for against in (NONE, OTHERS)],
        "strengths": strength_facts(analysis),
        "differences": figure,
    }
    return Content(facts=facts, figures=(figure,), tables=("alignment",))


def sentences(analysis: Analysis) -> list[str]:
    """What is shown of each network that validation has chosen, against none and against a wrong reference."""
    frame = _chosen(analysis)
    found = []
    for label, own in frame.groupby("label", sort=False):
        words = []
        for against, rest in ((NONE, "the one drawn nowhere"), (OTHERS, "the one drawn to other expressions' maps")):
            part = own[own["against"].eq(against)]
            if part.empty:
                continue
            shown = part[part["verdict"].ne(UNCLEAR)]
            said = [f"{row['title']} {row['verdict']}" for row in shown.to_dict("records")]
            open_ones = len(said) < len(part)
            if not said:
                words.append(f"beside {rest}, all is unclear")
            else:
                words.append(f"beside {rest}, {', '.join(said)}{' and all else unclear' if open_ones else ''}")
        found.append(f"{label}: {'; '.join(words)}.")
    return found


def table_facts(analysis: Analysis, against: str) -> dict[str, Any]:
    """The differences of chosen networks from one thing that they are compared with, measures in columns."""
    frame = _chosen(analysis)
    frame = frame[frame["against"].eq(against)]
    names = list(dict.fromkeys(frame["measure"]))
    titles = dict(zip(frame["measure"], frame["title"], strict=True))
    by_key = {(row["label"], row["measure"]): row for row in frame.to_dict("records")}
    return {
        "against": against,
        "titles": [titles[name] for name in names],
        "rows": [
            {
                "label": label,
                "cells": [(cell(by_key.get((label, name))), _verdict(by_key, label, name)) for name in names],
            }
            for label in dict.fromkeys(frame["label"])
        ],
    }


def strength_facts(analysis: Analysis) -> list[dict[str, Any]]:
    """A row per aligned network, whether chosen or not: what validation and test say of its strength."""
    frame = analysis.alignment
    frame = frame[frame["against"].eq(NONE)]
    rows = []
    for label, own in frame.groupby("label", sort=False):
        by_measure = {row["measure"]: row for row in own.to_dict("records")}
        first = own.iloc[0]
        rows.append(
            {
                "label": label,
                "chosen": bool(first["chosen"]),
                "validation": number(float(first["validation"])),
                "validation_none": number(float(first["validation_none"])),
                "accuracy": cell(next((by_measure[name] for name in ACCURACY if name in by_measure), None)),
                "nearness": cell(by_measure.get(NEARNESS)),
                "remark": first["reason"] if isinstance(first["reason"], str) and first["chosen"] else "",
            }
        )
    return rows


def draw_differences(analysis: Analysis) -> Drawing:
    """A panel per measure: the difference that each reference makes to none, with its interval."""
    frame = _chosen(analysis)
    frame = frame[frame["against"].eq(NONE)]
    labels, names = list(dict.fromkeys(frame["label"])), list(dict.fromkeys(frame["measure"]))
    columns = min(3, max(1, len(names)))
    lines = max(1, -(-len(names) // columns))
    figure = new_figure(2.6 * columns + 1.8, lines * (0.34 * len(labels) + 1.0) + 0.2)
    grid = figure.subplots(lines, columns, squeeze=False, sharey=True)
    for axes, name in zip(grid.ravel(), names, strict=False):
        own = frame[frame["measure"].eq(name)]
        for row in own.to_dict("records"):
            line, colour = labels.index(row["label"]), UNKNOWN if row["verdict"] == UNCLEAR else INK
            if math.isfinite(row["low"]):
                axes.plot([row["low"], row["high"]], [line, line], color=colour, lw=2, solid_capstyle="round")
            if math.isfinite(row["value"]):
                axes.plot(row["value"], line, "o", color=colour, ms=5.5, mec="white", mew=0.7)
        axes.axvline(0, color=FAINT, lw=0.8, zorder=0)
        axes.set_title(_title(own.to_dict("records")[0]), loc="left", fontsize=8)
        axes.tick_params(axis="y", length=0, labelsize=7.5)
        axes.tick_params(axis="x", labelsize=7)
    first = grid.ravel()[0]
    first.set_yticks(range(len(labels)), _names(analysis, frame, labels))
    first.set_ylim(max(len(labels), 1) - 0.4, -0.6)
    for axes in grid.ravel()[len(names) :]:
        axes.set_axis_off()
    alt = "Differences from the network whose maps were drawn nowhere, by measure; the numbers are in the table."
    return finish(figure, "alignment", alt)


def _title(row: Mapping[Any, Any]) -> str:
    return fill(str(row["title"]) if row["higher_is_better"] else f"{row['title']}; low is better", 34)


def _names(analysis: Analysis, frame: pd.DataFrame, labels: Sequence[str]) -> list[str]:
    """What each network was drawn to, where that tells them apart; else what tables call it."""
    rows = frame.drop_duplicates("label").set_index("label").loc[list(labels)]
    titles = map(analysis.reference_title, rows["reference"])
    names = [f"{title}, {strength:g}" for title, strength in zip(titles, rows["strength"].astype(float), strict=True)]
    plain = names if len(set(names)) == len(names) else list(labels)
    marks = (analysis.marked(label).removeprefix(label) for label in labels)
    return [fill(f"{name}{mark}", 28) for name, mark in zip(plain, marks, strict=True)]


def _chosen(analysis: Analysis) -> pd.DataFrame:
    frame = analysis.alignment
    return frame[frame["chosen"].fillna(False).astype(bool)]


def _verdict(by_key: Mapping[tuple[Any, Any], Mapping[Any, Any]], label: str, name: str) -> str:
    return str(by_key[label, name]["verdict"]) if (label, name) in by_key else ""
