"""Planted shortcuts: which networks use the cue, what that costs them, and which explainers say so."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.shortcut_explainers import AUC, WHEN_NOT, WHEN_USED
from fer_xai.analysis.shortcut_limit import AT_BASE_RATE, UNCLEAR, USES
from fer_xai.analysis.shortcuts import COST, WITH_CUE, WITHOUT_CUE
from fer_xai.analysis.words.sentences import sentence
from fer_xai.report.cells import cell
from fer_xai.report.explainer_names import explainer_order, named
from fer_xai.report.plots.style import FAINT, FURTHER, INK, PRETRAINING, Drawing, finish, new_figure, shorten
from fer_xai.report.section import Content
from fer_xai.results.study import Study
from fer_xai.trust.cue_figures import VALUE

PLACE = 8
NAME = "Shortcuts"
HEADING = "Planted shortcuts: who uses the cue, and which explainer says so"

_COLOURS = {AT_BASE_RATE: FAINT, UNCLEAR: INK, USES: PRETRAINING["none"]}
_LINES = (*PRETRAINING.values(), *FURTHER)


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing without a planted cue."""
    frame = analysis.shortcuts
    if frame.empty:
        return None
    figure = draw_shortcuts(analysis)
    facts = {
        "cue": frame["cue"].iloc[0],
        "cue_expression": frame["cue_expression"].iloc[0],
        "base_rate": f"{frame['cue_base_rate'].iloc[0]:.0%}",
        "networks": network_facts(analysis),
        "explainers": explainer_facts(analysis),
        "answer": answer(analysis),
        "shortcuts_figure": figure,
    }
    return Content(facts=facts, figures=(figure,), tables=("shortcuts",))


def network_facts(analysis: Analysis) -> list[dict[str, Any]]:
    """One row per network and rate: worth of the cue, verdict, and what it costs."""
    frame = _of_networks(analysis)
    rows = []
    for label in _labels(analysis):
        own = frame[frame["label"].eq(label) & frame["fold"].isna()]
        worth = own[own["measure"].eq(VALUE)].iloc[0]
        by_key = {(row["measure"], row["expression"]): row for row in own.to_dict("records")}
        rows.append(
            {
                "label": label,
                "rate": f"{worth['cue_rate']:.0%}",
                "value": cell(worth),
                "limit": cell({"value": worth["limit"]}),
                "verdict": worth["verdict"],
                "remark": worth["remark"] if isinstance(worth["remark"], str) else "",
                "base_networks": int(worth["base_networks"]),
                "costs": [
                    cell(by_key.get((measure, expression)))
                    for expression in ("", worth["cue_expression"])
                    for measure in (WITHOUT_CUE, WITH_CUE, COST)
                ],
            }
        )
    return rows


def explainer_facts(analysis: Analysis) -> list[dict[str, Any]]:
    """One row per explainer, those that tell best first."""
    frame = _of_explainers(analysis)
    by_key = {(row["explainer"], row["measure"]): row for row in frame.to_dict("records")}
    areas = frame[frame["measure"].eq(AUC)].sort_values("value", ascending=False, kind="stable")
    blind = _blind(analysis, areas["explainer"].tolist())
    return [
        {
            "label": named(analysis, name, blind),
            "baseline": name in blind,
            "cells": [cell(by_key.get((name, measure))) for measure in (AUC, WHEN_USED, WHEN_NOT)],
        }
        for name in areas["explainer"]
    ]


def answer(analysis: Analysis) -> str:
    """Which networks use the cue, and which explainers tell it better than what looks at no network."""
    rows = _of_networks(analysis)
    single = rows[rows["measure"].eq(VALUE) & rows["fold"].notna() & rows["verdict"].ne(AT_BASE_RATE)]
    if single.empty:
        return sentence("nothing_planted")
    verdicts = single["verdict"].tolist()
    areas = _of_explainers(analysis)
    areas = areas[areas["measure"].eq(AUC)].sort_values("value", ascending=False, kind="stable")
    blind = _blind(analysis, areas["explainer"].tolist())
    better = areas[~areas["explainer"].isin(blind) & (areas["low"] > areas["chance"])]["explainer"]
    return sentence(
        "use_of_cue",
        uses=verdicts.count(USES),
        unclear=verdicts.count(UNCLEAR),
        trained=len(single),
        compared=len(areas) > 0,
        better=[named(analysis, name, blind) for name in better],
    )


def draw_shortcuts(analysis: Analysis) -> Drawing:
    """Left the worth of the cue to every trained network, beside the limit; right the curve of each explainer."""
    labels = _labels(analysis)
    figure = new_figure(9.4, max(3.6, 0.34 * len(labels) + 1.9))
    left, right = figure.subplots(1, 2)
    _draw_values(left, analysis, labels)
    _draw_curves(right, analysis)
    alt = "Worth of the planted cue to every network, by its rate in training, and ROC curves of the explainers."
    return finish(figure, "shortcuts", alt)


def _draw_values(axes: Axes, analysis: Analysis, labels: list[str]) -> None:
    frame = _of_networks(analysis)
    frame = frame[frame["measure"].eq(VALUE)]
    for line, label in enumerate(labels):
        own = frame[frame["label"].eq(label)]
        single, whole = own[own["fold"].notna()], own[own["fold"].isna()].iloc[0]
        colours = [_COLOURS.get(word, PRETRAINING["imagenet"]) for word in single["verdict"]]
        axes.scatter(single["value"], np.full(len(single), line), c=colours, s=18, zorder=2)
        axes.plot([whole["low"], whole["high"]], [line, line], color=INK, lw=1.2, zorder=1)
        if np.isfinite(whole["limit"]):
            axes.plot([whole["limit"]] * 2, [line - 0.4, line + 0.4], color=INK, ls=":", lw=1.4)
    axes.axvline(0, color=FAINT, lw=0.7, zorder=0)
    axes.set_yticks(range(len(labels)), [shorten(analysis.marked(label)) for label in labels])
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlabel("worth of the cue for its expression (dots: trained networks; dotted: limit)", fontsize=8)
    axes.tick_params(axis="y", length=0, labelsize=8)


def _draw_curves(axes: Axes, analysis: Analysis) -> None:
    curves = analysis.shortcuts_roc
    axes.plot([0, 1], [0, 1], color=FAINT, lw=0.7)
    names = explainer_order(analysis, curves["explainer"].tolist()) if len(curves) else []
    blind = _blind(analysis, names)
    seeing = [name for name in names if name not in blind]
    for name in names:
        part = curves[curves["explainer"].eq(name)]
        if name in blind:
            style: dict[str, Any] = {"color": FAINT, "ls": ("--", ":", "-.")[names.index(name) % 3]}
        else:
            number = seeing.index(name)
            style = {"color": _LINES[number % len(_LINES)], "ls": "-" if number < len(_LINES) else "-."}
        axes.plot(part["when_not_used"], part["when_used"], lw=1.5, label=named(analysis, name, blind), **style)
    if names:
        axes.legend(fontsize=7, frameon=False, loc="lower right")
    axes.set_xlabel("share of faces whose cue is not used, above a cut", fontsize=8)
    axes.set_ylabel("share of faces whose cue is used, above it", fontsize=8)
    axes.tick_params(labelsize=8)


def _of_networks(analysis: Analysis) -> pd.DataFrame:
    frame = analysis.shortcuts.fillna({"network": "", "expression": ""})
    return frame[frame["network"].ne("")]


def _of_explainers(analysis: Analysis) -> pd.DataFrame:
    frame = analysis.shortcuts.fillna({"network": "", "expression": ""})
    return frame[frame["network"].eq("")]


def _labels(analysis: Analysis) -> list[str]:
    there = set(_of_networks(analysis)["label"])
    return [label for label in analysis.labels if label in there]


def _blind(analysis: Analysis, names: list[str]) -> set[str]:
    """What looks at no network: baseline explainers, and those that only the test compares with."""
    return set(analysis.facts["baseline_explainers"]) | {n for n in names if n not in analysis.facts["explainers"]}
