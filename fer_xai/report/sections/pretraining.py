"""What pretraining changes: its table and its figure."""

import math
from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.pretraining_contrasts import MAP_CORRELATION
from fer_xai.analysis.words.contrast_sentences import left_out
from fer_xai.files import file_name
from fer_xai.report.cells import cell
from fer_xai.report.plots.style import FAINT, INK, Drawing, colours_of, finish, new_figure, shorten
from fer_xai.report.section import Content
from fer_xai.results.study import Study
from fer_xai.scoring.score_tables import MEAN

PLACE = 50
NAME = "Pretraining"
HEADING = "What pretraining changes"


def content(study: Study, analysis: Analysis) -> Content:
    """Contrasts of the same network with and without pretraining, for each explainer."""
    figures = draw_contrasts(analysis)
    return Content(
        facts={"contrasts": contrast_facts(analysis), "figures": figures},
        figures=tuple(figures),
        tables=("pretraining",),
    )


def contrast_facts(analysis: Analysis) -> list[dict[str, Any]]:
    """For each explainer that has contrasts: rows of its table by pretraining, and who is left out.

    The table is of the study's first metric and reference; `pretraining.csv` holds all.
    """
    frame = analysis.pretraining
    if frame.empty:
        return []
    metric, reference = analysis.facts["metrics"][0], analysis.facts["references"][0]
    facts, drawn = [], 0
    for explainer in frame["explainer"].unique():
        own = frame[frame["explainer"].eq(explainer)]
        words = [
            (word, _table(own[own["pretrained"].eq(word)], analysis), left_out(frame, explainer, word))
            for word in own["pretrained"].unique()
        ]
        has_figure = any(rows for _, rows, _ in words)
        facts.append(
            {
                "explainer": explainer,
                "metric": analysis.described[metric].title,
                "reference": reference,
                "higher_is_better": analysis.described[metric].higher_is_better,
                "words": words,
                "figure": drawn if has_figure else None,
            }
        )
        drawn += has_figure
    return facts


def draw_contrasts(analysis: Analysis) -> list[Drawing]:
    """A figure per explainer that has contrasts: the difference of every network, and the mean."""
    metric = analysis.described[analysis.facts["metrics"][0]].title
    drawings = []
    for item in contrast_facts(analysis):
        if item["figure"] is None:
            continue
        lines = [(word, row) for word, rows, _ in item["words"] for row in reversed(rows)]
        colours = colours_of([word for word, _, _ in item["words"]])
        figure = new_figure(8.6, 0.3 * len(lines) + 1.3)
        axes = figure.add_subplot()
        for y, (word, row) in enumerate(lines):
            mean, colour = row["mean"], colours[word]
            if not math.isfinite(mean.value):
                axes.text(0.01, y, "n/a", transform=axes.get_yaxis_transform(), va="center", fontsize=8)
                continue
            if math.isfinite(mean.low):
                axes.plot([mean.low, mean.high], [y, y], color=colour, lw=2.2, solid_capstyle="round")
            axes.plot([mean.value], [y], "D" if row["label"] == MEAN else "o", color=colour, ms=7, mec="white", mew=0.8)
        for word, colour in colours.items():
            axes.plot([], [], "o", color=colour, label=f"{word} less none; diamond: mean over networks")
        axes.axvline(0, color=INK, lw=1)
        axes.set_yticks(range(len(lines)), [shorten(row["label"]) for _, row in lines])
        axes.set_ylim(-0.6, len(lines) - 0.4)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=FAINT, lw=0.3)
        axes.set_xlabel(f"difference of {metric} by {item['explainer']} ({_better(item)})")
        figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=8)
        name = "pretraining" if item["explainer"] == analysis.facts["explainers"][0] else None
        alt = (
            f"Difference of {metric} with and without pretraining by {item['explainer']}; the numbers are in the table."
        )
        drawings.append(finish(figure, name or f"pretraining_{file_name(item['explainer'])}", alt))
    return drawings


def _better(item: dict[str, Any]) -> str:
    return "above 0: better with it" if item["higher_is_better"] else "below 0: better with it"


def _table(frame: pd.DataFrame, analysis: Analysis) -> list[dict[str, Any]]:
    """A row per network, that of the mean last; none where no network could be contrasted."""
    metric, reference = analysis.facts["metrics"][0], analysis.facts["references"][0]
    names = list(dict.fromkeys(frame.loc[frame["metric"].notna(), "network"]))
    figures = {
        (row["network"], row["metric"], row["expression"] if isinstance(row["expression"], str) else ""): row
        for row in frame.to_dict("records")
        if row["metric"] == MAP_CORRELATION or (row["metric"], row["reference"]) == (metric, reference)
    }
    return [
        {
            "label": name,
            "cells": [cell(figures[name, metric, word]) for word in analysis.facts["expressions"]],
            "mean": cell(figures[name, metric, ""]),
            "ncc": cell(figures[name, MAP_CORRELATION, ""]),
        }
        for name in names
    ]
