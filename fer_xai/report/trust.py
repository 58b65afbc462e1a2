"""What tests say of the explainers: curves as a figure, one row per explainer as a table."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.tables import Cell
from fer_xai.analysis.trust import NOT_DONE
from fer_xai.report.explainers import explainer_order, named
from fer_xai.report.style import FAINT, FURTHER, INK, PRETRAINING, Drawing, finish, new_figure

#: test, measure, title of the column, whether more is better.
_COLUMNS = (
    ("randomisation", "area_ncc", "randomised (local maps)", False),
    ("randomisation", "area_global_ncc", "randomised (global maps)", False),
    ("deletion", "area_mean", "deletion (mean)", False),
    ("deletion", "area_blur", "deletion (blur)", False),
    ("deletion", "area_black", "deletion (black)", False),
    ("insertion", "area_mean", "insertion (mean)", True),
    ("insertion", "area_blur", "insertion (blur)", True),
    ("insertion", "area_black", "insertion (black)", True),
    ("road", "gap", "ROAD gap", True),
    ("stability", "repeat", "same again", True),
    ("stability", "shift", "shifted", True),
    ("stability", "mirror", "mirrored", True),
    ("stability", "seed", "other seed", True),
)
#: test, measure, title of the panel, words below it.
_PANELS = (
    ("randomisation", "ncc", "Randomisation: local maps", "share of layers randomised", "NCC"),
    ("randomisation", "global_ncc", "Randomisation: global maps", "share of layers randomised", "NCC"),
    ("deletion", "probability_mean", "Deletion, mean colour", "share of pixels hidden", "probability"),
    ("deletion", "probability_blur", "Deletion, blur", "share of pixels hidden", "probability"),
    ("deletion", "probability_black", "Deletion, black", "share of pixels hidden", "probability"),
    ("insertion", "probability_mean", "Insertion, mean colour", "share of pixels shown", "probability"),
    ("insertion", "probability_blur", "Insertion, blur", "share of pixels shown", "probability"),
    ("insertion", "probability_black", "Insertion, black", "share of pixels shown", "probability"),
    ("road", "morf", "ROAD, most relevant first", "share of pixels removed", "probability"),
    ("road", "lerf", "ROAD, least relevant first", "share of pixels removed", "probability"),
)
_COLOURS = (*PRETRAINING.values(), *FURTHER)


def draw_trust(analysis: Analysis) -> Drawing | None:
    """A panel per curve, a line per explainer; what looks at no network is dashed."""
    frame = _over_networks(analysis)
    if frame.empty:
        return None
    panels = [panel for panel in _PANELS if len(_curves(frame, panel))]
    if not panels:
        return None
    names = explainer_order(analysis, frame.loc[frame["step"].notna(), "explainer"].tolist())
    blind = _blind(analysis, names)
    styles = _styles(names, blind)
    columns = min(3, len(panels))
    lines = -(-len(panels) // columns)
    # One panel leaves the names no room above it.
    figure = new_figure(max(3.05 * columns, 5.5), 2.35 * lines + 0.5)
    grid = figure.subplots(lines, columns, squeeze=False)
    for axes, panel in zip(grid.ravel(), panels, strict=False):
        curves = _curves(frame, panel)
        for name in [name for name in names if name in set(curves["explainer"])]:
            part = curves[curves["explainer"].eq(name)].sort_values("step")
            x, y, low, high = (part[key].to_numpy(dtype=float) for key in ("step", "value", "low", "high"))
            axes.plot(x, y, **styles[name], lw=1.6, label=name if panel is panels[0] else None)
            axes.fill_between(x, low, high, color=styles[name]["color"], alpha=0.13, lw=0)
        axes.set_title(panel[2], loc="left", fontsize=9)
        axes.set_xlabel(panel[3], fontsize=8)
        axes.set_ylabel(panel[4], fontsize=8)
        axes.tick_params(labelsize=8)
        axes.set_xlim(0, 1)
        if panel[0] == "randomisation":
            axes.axhline(0, color=FAINT, lw=0.7)
    for axes in grid.ravel()[len(panels) :]:
        axes.set_axis_off()
    handles = [_line(styles[name], named(name, blind)) for name in names]
    figure.legend(handles=handles, loc="outside upper center", ncols=columns + 1, frameon=False, fontsize=8)
    alt = f"Curves of tests of the explainers: {', '.join(panel[2] for panel in panels)}; the areas are in the table."
    return finish(figure, "trust", alt)


def trust_facts(analysis: Analysis) -> dict[str, Any] | None:
    """The table and its words; None where nothing was tested."""
    frame = _over_networks(analysis)
    if frame.empty:
        return None
    single = frame[frame["step"].isna()]
    found = {(r["explainer"], r["test"], r["measure"]): r for r in single.to_dict("records")}
    columns = [c for c in _COLUMNS if any(key[1:] == c[:2] and math.isfinite(r["value"]) for key, r in found.items())]
    names = explainer_order(analysis, frame["explainer"].tolist())
    blind, against = _blind(analysis, names), _whole(analysis.trust_against)
    rows = [
        {
            "label": named(name, blind),
            "baseline": name in blind,
            "cells": [_cell(found.get((name, *column[:2]))) for column in columns],
            "words": "" if name in blind else _words(name, columns, against),
        }
        for name in names
    ]
    whole = analysis.trust[analysis.trust["network"].notna() & analysis.trust["network"].ne("")]
    return {
        "columns": [(title, "higher" if more else "lower") for _, _, title, more in columns],
        "rows": rows,
        "networks": int(whole["label"].nunique()),
        "images": int(single["n"].max()),
        "not_done": sorted({f"{r['test']} of {r['explainer']}" for r in _not_done(analysis)}),
    }


def _words(name: str, columns: list[tuple[Any, ...]], against: pd.DataFrame) -> str:
    """On which side of what looks at no network an explainer lies, image by image, with 95 % intervals over people."""
    answers = ("better than every baseline", "not told from the best baseline", "worse than the best baseline")
    told: dict[str, list[str]] = {answer: [] for answer in answers}
    for test, measure, title, more in columns:
        rows = against[against["explainer"].eq(name) & against["test"].eq(test) & against["measure"].eq(measure)]
        bounds = rows[["low", "high"]].dropna().to_numpy(dtype=np.float64)
        # Being stable is no merit by itself: nothing is as stable as what looks at nothing.
        if test == "stability" or not len(bounds):
            continue
        low, high = bounds.T if more else -bounds.T[::-1]
        answer = answers[0] if low.min() > 0 else answers[2] if high.min() < 0 else answers[1]
        told[answer].append(title)
    return "; ".join(f"{answer}: {', '.join(titles)}" for answer, titles in told.items() if titles)


def _over_networks(analysis: Analysis) -> pd.DataFrame:
    """Means over networks and expressions; empty where nothing was tested."""
    return _whole(analysis.trust)


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    if frame.empty:
        return frame
    return frame[~frame["network"].fillna("").astype(bool) & ~frame["expression"].fillna("").astype(bool)]


def _not_done(analysis: Analysis) -> list[dict[Any, Any]]:
    return analysis.trust[analysis.trust["measure"].eq(NOT_DONE)].to_dict("records")


def _curves(frame: pd.DataFrame, panel: tuple[str, ...]) -> pd.DataFrame:
    return frame[frame["test"].eq(panel[0]) & frame["measure"].eq(panel[1]) & frame["step"].notna()]


def _blind(analysis: Analysis, names: list[str]) -> set[str]:
    """What looks at no network: baseline explainers and random orders."""
    return set(analysis.facts["baseline_explainers"]) | {n for n in names if n not in analysis.facts["explainers"]}


def _styles(names: list[str], blind: set[str]) -> dict[str, dict[str, Any]]:
    seeing = [name for name in names if name not in blind]
    styles: dict[str, dict[str, Any]] = {
        name: {"color": _COLOURS[i % len(_COLOURS)], "ls": "-" if i < len(_COLOURS) else "-."}
        for i, name in enumerate(seeing)
    }
    greys = (INK, "#6b7280", FAINT, "#b0b6c0")
    rest = [name for name in names if name in blind]
    styles |= {name: {"color": greys[i % 4], "ls": ("--", ":", "-.")[i % 3]} for i, name in enumerate(rest)}
    return styles


def _line(style: Mapping[str, Any], label: str) -> Line2D:
    return Line2D([], [], label=label, lw=1.6, **style)


def _cell(row: Mapping[Any, Any] | None) -> Cell:
    return Cell(math.nan) if row is None else Cell(*(float(np.float64(row[key])) for key in ("value", "low", "high")))
