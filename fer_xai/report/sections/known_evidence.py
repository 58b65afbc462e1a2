"""Which explanation tells the truth: explainers ranked by known evidence, over all networks and for each."""

import math
from typing import Any

import pandas as pd
from matplotlib.ticker import MultipleLocator

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.evidence_verdicts import ALL, network_verdicts, ranked_labels, ranked_rows
from fer_xai.report.cells import cell
from fer_xai.report.explainer_names import named
from fer_xai.report.plots.style import FAINT, INK, PRETRAINING, UNKNOWN, Drawing, finish, new_figure, shorten
from fer_xai.report.section import Content
from fer_xai.results.study import Study
from fer_xai.scoring.explainer_test_rows import ANSWERS

PLACE = 7
NAME = "Known evidence"
HEADING = "Which explanation tells the truth about the network"


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing without known evidence."""
    frame = ranked_rows(analysis)
    if frame.empty:
        return None
    figure = draw_ranking(analysis, frame)
    facts = {"verdicts": network_verdicts(analysis, frame), "ranking": figure, "rows": answer_rows(analysis, frame)}
    return Content(facts=facts, figures=(figure,), tables=("trust", "trust_against"))


def draw_ranking(analysis: Analysis, frame: pd.DataFrame) -> Drawing:
    """A panel for all networks and one for each: explainers from best to worst, with intervals, beside chance.

    Args:
        analysis: of the study.
        frame: as `ranked_rows` gives it.
    """
    frame = frame[frame["answers"].eq(ANSWERS[0])]
    labels = ranked_labels(analysis, frame)
    names = list(dict.fromkeys(frame["explainer"]))
    blind = _blind(analysis, names)
    columns = min(3, len(labels))
    lines = -(-len(labels) // columns)
    figure = new_figure(2.5 * columns + 1.9, lines * (0.22 * len(names) + 0.75) + 0.3)
    grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    for axes, label in zip(grid.ravel(), labels, strict=False):
        own = frame[frame["label"].eq(label)].set_index("explainer")
        for line, name in enumerate(names):
            colour = UNKNOWN if name in blind else INK if label == ALL else PRETRAINING["imagenet"]
            row = own.loc[name] if name in own.index else None
            if row is None or not math.isfinite(row["value"]):
                axes.text(0, line, "n/a", va="center", ha="center", fontsize=7.5, color=FAINT)
                continue
            axes.plot([row["low"], row["high"]], [line, line], color=colour, lw=2, solid_capstyle="round")
            marker = "o" if name in blind else "D"
            axes.plot(row["value"], line, marker, color=colour, ms=5.5, mec="white", mew=0.7)
        chance = own["chance"].dropna()
        if len(chance):
            axes.axvline(chance.iloc[0], color=UNKNOWN, ls="--", lw=1, zorder=0)
        axes.axvline(0, color=FAINT, lw=0.6, zorder=0)
        axes.set_title(ALL if label == ALL else shorten(analysis.marked(label)), loc="left", fontsize=9)
        axes.tick_params(axis="y", length=0)
        # Panels of the upper rows have numbers of their own: below some of them is nothing.
        axes.tick_params(labelsize=8, labelbottom=True)
        axes.xaxis.set_major_locator(MultipleLocator(0.5))
        axes.set_xlabel("rank correlation", fontsize=8)
    first = grid.ravel()[0]
    first.set_yticks(range(len(names)), [named(analysis, name, blind) for name in names], fontsize=8)
    first.set_ylim(len(names) - 0.4, -0.6)
    for axes in grid.ravel()[len(labels) :]:
        axes.set_axis_off()
    alt = f"{len(names)} explainers ranked by how far they tell what networks use, beside the best baseline."
    return finish(figure, "known_evidence", alt)


def answer_rows(analysis: Analysis, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A row per explainer over all networks: rank correlation of all, right and wrong answers, beside chance."""
    own = frame[frame["label"].eq(ALL)]
    names = list(dict.fromkeys(own["explainer"]))
    blind = _blind(analysis, names)
    by_key = {(row["explainer"], row["answers"]): row for row in own.to_dict("records")}
    return [
        {
            "label": named(analysis, name, blind),
            "baseline": name in blind,
            "cells": [
                (cell(row), row.get("chance", math.nan), row.get("chance_of", ""))
                for row in (by_key.get((name, answers), {}) for answers in ANSWERS)
            ],
        }
        for name in names
    ]


def _blind(analysis: Analysis, names: list[str]) -> set[str]:
    facts = analysis.facts
    return {name for name in names if name in facts["baseline_explainers"] or name not in facts["explainers"]}
