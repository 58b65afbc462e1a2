"""Whether the explainers can be trusted: what tests say of them, as curves and as one row per explainer."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.lines import Line2D

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.beside_baselines import BETTER, UNCLEAR, WORSE, beside_baselines
from fer_xai.report.cells import cell
from fer_xai.report.explainer_names import explainer_order, named
from fer_xai.report.plots.style import FAINT, FURTHER, INK, PRETRAINING, Drawing, finish, new_figure
from fer_xai.report.section import Content
from fer_xai.results.study import Study
from fer_xai.scoring.explainer_test_rows import ANSWERS, NOT_DONE
from fer_xai.trust.measures import Description, Measure, from_plain

_COLOURS = (*PRETRAINING.values(), *FURTHER)


PLACE = 60
NAME = "Trust"
HEADING = "Whether the explainers can be trusted"

#: A test by name, and one of its measures.
_Shown = tuple[str, Measure]


def content(study: Study, analysis: Analysis) -> Content:
    """What the tests found; where none was asked for, how to ask."""
    figure = draw_trust(analysis)
    return Content(
        facts={"trust": trust_facts(analysis), "curves": figure},
        figures=(figure,) if figure is not None else (),
        tables=("trust",),
    )


def draw_trust(analysis: Analysis) -> Drawing | None:
    """A panel per curve, a line per explainer; what looks at no network is dashed."""
    frame = _over_networks(analysis)
    if frame.empty:
        return None
    panels = [shown for shown in _shown(analysis) if shown[1].curve is not None and len(_curves(frame, shown))]
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
        measure = panel[1]
        assert measure.curve is not None
        axes.set_title(measure.title, loc="left", fontsize=9)
        axes.set_xlabel(measure.curve.x, fontsize=8)
        axes.set_ylabel(measure.curve.y, fontsize=8)
        axes.tick_params(labelsize=8)
        axes.set_xlim(0, 1)
        if axes.get_ylim()[0] < 0:
            axes.axhline(0, color=FAINT, lw=0.7)
    for axes in grid.ravel()[len(panels) :]:
        axes.set_axis_off()
    handles = [_line(styles[name], named(analysis, name, blind)) for name in names]
    figure.legend(handles=handles, loc="outside upper center", ncols=columns + 1, frameon=False, fontsize=8)
    titles = ", ".join(measure.title for _, measure in panels)
    alt = f"Curves of tests of the explainers: {titles}; the areas are in the table."
    return finish(figure, "trust", alt)


def trust_facts(analysis: Analysis) -> dict[str, Any] | None:
    """The table and its words; None where nothing was tested."""
    frame = _over_networks(analysis)
    if frame.empty:
        return None
    single = frame[frame["step"].isna()]
    by_key = {(r["explainer"], r["test"], r["measure"]): r for r in single.to_dict("records")}
    known = {key[1:] for key, row in by_key.items() if math.isfinite(row["value"])}
    columns = [shown for shown in _shown(analysis) if shown[1].curve is None and (shown[0], shown[1].name) in known]
    names = explainer_order(analysis, frame["explainer"].tolist())
    blind, against = _blind(analysis, names), _whole(analysis.trust_against)
    rows = [
        {
            "label": named(analysis, name, blind),
            "baseline": name in blind,
            "cells": [cell(by_key.get((name, test, measure.name))) for test, measure in columns],
            # Without baselines there is nothing to compare with, and the table is not there.
            "against_baselines": {} if name in blind or against.empty else _against_baselines(name, columns, against),
        }
        for name in names
    ]
    whole = analysis.trust[analysis.trust["network"].notna() & analysis.trust["network"].ne("")]
    return {
        "tests": [(test.title, test.sentence) for name, test in _tests(analysis).items() if name in set(frame["test"])],
        "columns": [(measure.title, "higher" if measure.higher_is_better else "lower") for _, measure in columns],
        "chance": [_chance(single, *shown) for shown in columns],
        "rows": rows,
        "networks": int(whole["label"].nunique()),
        "images": int(single["n"].max()),
        "not_done": sorted({f"{r['test']} of {r['explainer']}" for r in _not_done(analysis)}),
    }


def _against_baselines(name: str, columns: list[_Shown], against: pd.DataFrame) -> dict[str, list[str]]:
    """On which side of what looks at no network an explainer lies, image by image, with 95 % intervals over people."""
    titles: dict[str, list[str]] = {BETTER: [], UNCLEAR: [], WORSE: []}
    for test, measure in columns:
        answer = beside_baselines(against, name, test, measure.name, measure.higher_is_better)
        if measure.judged and answer is not None:
            titles[answer].append(measure.title)
    return {answer: some for answer, some in titles.items() if some}


def _chance(single: pd.DataFrame, test: str, measure: Measure) -> tuple[float, str] | None:
    """What the best baseline reaches, and which it is; None where there is none."""
    rows = single[single["test"].eq(test) & single["measure"].eq(measure.name) & single["chance"].notna()]
    return (float(rows["chance"].iloc[0]), str(rows["chance_of"].iloc[0])) if len(rows) else None


def _tests(analysis: Analysis) -> dict[str, Description]:
    return from_plain(analysis.facts.get("trust_tests", {}))


def _shown(analysis: Analysis) -> list[_Shown]:
    """The measures that the report shows, in the order of the tests."""
    return [(name, measure) for name, test in _tests(analysis).items() for measure in test.measures if measure.shown]


def _over_networks(analysis: Analysis) -> pd.DataFrame:
    """Means over networks and expressions; empty where nothing was tested."""
    return _whole(analysis.trust)


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    if frame.empty:
        return frame
    whole = frame["answers"].eq(ANSWERS[0])
    return frame[whole & ~frame["network"].fillna("").astype(bool) & ~frame["expression"].fillna("").astype(bool)]


def _not_done(analysis: Analysis) -> list[dict[Any, Any]]:
    return analysis.trust[analysis.trust["measure"].eq(NOT_DONE)].to_dict("records")


def _curves(frame: pd.DataFrame, shown: _Shown) -> pd.DataFrame:
    return frame[frame["test"].eq(shown[0]) & frame["measure"].eq(shown[1].name) & frame["step"].notna()]


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
