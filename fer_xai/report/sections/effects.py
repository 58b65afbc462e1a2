"""What networks, pretraining, expressions, folds and explainers make of the maps: tests, shares of variance, Mantel."""

from typing import Any

import pandas as pd

from fer_xai.analysis.effects.person_shares import PEOPLE
from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.similarity.cluster_tables import ALL
from fer_xai.analysis.words.effect_sentences import effect_sentences
from fer_xai.analysis.words.tables import Cell
from fer_xai.report.cells import cell, number, whole
from fer_xai.report.explainer_names import seeing
from fer_xai.report.plots.shares import COLOURS, share_bars
from fer_xai.report.plots.style import Drawing
from fer_xai.report.section import Content
from fer_xai.results.study import Study

PLACE = 45
NAME = "Effects"
HEADING = "What makes the maps differ"

#: Tests in the order and words of the table, and the column of their statistic.
_TESTS = {"permanova": ("PERMANOVA", "f"), "permdisp": ("PERMDISP", "f"), "anosim": ("ANOSIM", "r")}


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing where nothing could be tested or shared out."""
    if analysis.permanova.empty and analysis.variance_shares.empty:
        return None
    names = [*seeing(analysis), ALL]
    figure = draw_shares(analysis)
    return Content(
        facts={
            "effects": [line for name in names for line in effect_sentences(analysis.permanova, name)],
            "tests": [(name, rows) for name in names if (rows := test_rows(analysis.permanova, name))],
            "shares": share_rows(analysis),
            "share_figure": figure,
            "mantel": mantel_rows(analysis.mantel),
        },
        figures=(figure,) if figure is not None else (),
        tables=("permanova", "variance_shares", "mantel"),
    )


def test_rows(permanova: pd.DataFrame, explainer: str) -> list[dict[str, Any]]:
    """Rows of the table of tests of one explainer: those over all expressions first."""
    if permanova.empty:
        return []
    own = permanova[permanova["explainer"].eq(explainer)]
    own = own.assign(first=own["expression"].ne(ALL)).sort_values("first", kind="stable")
    rows = []
    for row in own.to_dict("records"):
        title, column = _TESTS[row["test"]]
        rows.append(
            {
                "factor": row["factor"],
                "expression": "all together" if row["expression"] == ALL else row["expression"],
                "test": title,
                "r2": number(row["r2"]) if row["test"] == "permanova" else "",
                "statistic": f"{column.upper()} = {number(row[column])}" if row[column] == row[column] else "",
                "p": "" if pd.isna(row["p"]) else f"{row['p']:.4f}",
                "q": "" if pd.isna(row["q"]) else f"{row['q']:.4f}",
                "labellings": _labellings(row),
                "reason": row["reason"] if isinstance(row["reason"], str) else "",
                "whole": row["expression"] == ALL,
            }
        )
    return rows


def share_rows(analysis: Analysis) -> list[dict[str, Any]]:
    """A row per kind of figure: its shares by factor, or why there are none; scores by the study's first metric."""
    rows = []
    for (title, _), part in _kinds(analysis):
        cells = {row["factor"]: cell(row, ("share", "low", "high")) for row in part.to_dict("records")}
        reasons = dict.fromkeys(word for word in part["reason"] if isinstance(word, str))
        rows.append({"title": title, "cells": [cells.get(name, Cell(float("nan"))) for name in COLOURS]})
        rows[-1]["reason"] = "; ".join(reasons)
    return rows


def draw_shares(analysis: Analysis) -> Drawing | None:
    """The same as bars."""
    bars = [
        (title, dict(zip(part["factor"], part["share"], strict=True)))
        for (title, _), part in _kinds(analysis)
        if part["share"].notna().any()
    ]
    alt = "Shares of the variance of maps and scores by factor; the numbers are in the table."
    return share_bars(bars, "variance_shares", alt) if bars else None


def mantel_rows(mantel: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of the table of Mantel tests."""
    return [
        {
            "what": f"{row['a']} and {row['b']}",
            "where": f"by {row['explainer']}" if row["kind"] == "expressions" else _where(str(row["expression"])),
            "r": number(row["r"]),
            "p": "" if pd.isna(row["p"]) else f"{row['p']:.4f}",
            "labellings": _labellings(row),
            "networks": whole(row["networks"]),
            "reason": row["reason"] if isinstance(row["reason"], str) else "",
        }
        for row in mantel.to_dict("records")
    ]


def _kinds(analysis: Analysis) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    """Title and explainer of what is shared out, and its rows: maps, and scores by the first metric."""
    frame = analysis.variance_shares
    if frame.empty:
        return []
    frame = frame[frame["what"].eq("maps") | frame["metric"].eq(analysis.facts["metrics"][0])]
    kinds = []
    for words, part in frame.groupby(["what", "explainer", "reference"], sort=False, dropna=False):
        what, explainer, reference = words
        by = "by all explainers" if explainer == ALL else f"by {explainer}"
        whose = " of single people" if what == PEOPLE else ""
        title = f"maps {by}" if what == "maps" else f"{part['metric'].iloc[0]}{whose} with {reference} {by}"
        kinds.append(((title, str(explainer)), part))
    return kinds


def _labellings(row: dict[Any, Any]) -> str:
    if pd.isna(row["permutations"]):
        return ""
    return f"{'all ' if row['exact'] else ''}{int(row['permutations'])}"


def _where(expression: str) -> str:
    return "all expressions" if expression == ALL else expression
