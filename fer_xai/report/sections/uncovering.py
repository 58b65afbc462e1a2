"""The experiment that people did, with the networks: tiles' weights, tiles needed and errors, beside people's."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.similarity.dendrograms import cluster
from fer_xai.analysis.uncovering import NEEDED, PEOPLE, RIGHT
from fer_xai.analysis.uncovering_likeness import (
    ERRORS,
    GROUPS,
    SPECIFIC,
    TILES,
    answers_of,
    correlations,
    weights_of,
)
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.report.cells import cell
from fer_xai.report.plots.matrices import confusions
from fer_xai.report.plots.style import Drawing
from fer_xai.report.plots.tile_maps import tile_maps
from fer_xai.report.plots.trees import dendrograms
from fer_xai.report.section import Content
from fer_xai.results.study import Study

PLACE = 75
NAME = "Uncovering"
HEADING = "The experiment that people did: faces uncovered tile by tile"


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing unless faces were uncovered."""
    if analysis.uncovering.empty:
        return None
    table = analysis.uncovering
    table = table[table["fold"].isna()].fillna({"expression": "", "key": "", "set_by": ""})
    tiles, groups, answers = draw_tiles(analysis, table), draw_groups(analysis, table), draw_answers(analysis, table)
    facts = {
        "tiles_figures": tiles,
        "groups_figure": groups,
        "answers_figure": answers,
        "needed": _figures(analysis, table, NEEDED),
        "right": _figures(analysis, table, RIGHT),
        "likeness": likeness_facts(analysis),
        "set_by": [(label, own["set_by"].iloc[0]) for label, own in _networks(analysis, table).items()],
        "level": SIGNIFICANCE,
    }
    drawn = (*tiles, groups, answers)
    return Content(facts=facts, figures=drawn, tables=("uncovering", "uncovering_likeness"))


def draw_tiles(analysis: Analysis, table: pd.DataFrame) -> tuple[Drawing, ...]:
    """A figure per grid, with people where they saw the same."""
    expressions, drawings = list(analysis.facts["expressions"]), []
    grids = [grid for grid in dict.fromkeys(table["grid"]) if set(table[table["grid"].eq(grid)]["network"]) != {PEOPLE}]
    for grid in grids:
        rows = {
            analysis.marked(str(label)): weights_of(own, expressions)
            for label, own in table[table["grid"].eq(grid)].groupby("label", sort=False)
        }
        columns, lines = map(int, grid.split("x"))
        alt = f"What each of {columns} x {lines} tiles was worth to {', '.join(rows)}, for each expression."
        drawings.append(tile_maps(rows, expressions, (columns, lines), f"uncovering_tiles_{grid}", alt))
    return tuple(drawings)


def draw_groups(analysis: Analysis, table: pd.DataFrame) -> Drawing:
    """A dendrogram of the expressions for people and for each network."""
    expressions = list(analysis.facts["expressions"])
    trees = {}
    for label, own in _everybody(analysis, table).items():
        weights = weights_of(own, expressions)
        trees[label] = cluster(1 - correlations(weights, weights), expressions)
    alt = f"Which expressions are answered by alike tiles, by {', '.join(trees)}."
    return dendrograms(trees, {}, "uncovering_groups", alt)


def draw_answers(analysis: Analysis, table: pd.DataFrame) -> Drawing:
    """Shares of the answers to each expression."""
    expressions = list(analysis.facts["expressions"])
    tables = {label: answers_of(own, expressions) for label, own in _everybody(analysis, table).items()}
    alt = f"What {', '.join(tables)} named each expression while it was uncovered."
    return confusions(tables, expressions, "uncovering_answers", alt)


def likeness_facts(analysis: Analysis) -> list[dict[str, Any]]:
    """What is said of each network beside people: yes where a permutation test says so, else unclear."""
    frame = analysis.uncovering_likeness.fillna({"expression": "", "reason": ""})
    facts = []
    for label in [label for label in analysis.labels if label in set(frame["label"])]:
        own = frame[frame["label"].eq(label)]
        whole = {row["measure"]: row for row in own[own["expression"].eq("")].to_dict("records")}
        by_expression = {row["expression"]: row for row in own[own["expression"].ne("")].to_dict("records")}
        rows = {measure: _said(whole.get(measure)) for measure in (TILES, SPECIFIC, GROUPS, ERRORS)}
        facts.append({"label": label, "rows": rows, "by_expression": by_expression})
    return facts


def _said(row: Mapping[Any, Any] | None) -> dict[str, Any]:
    known = row is not None and row["value"] == row["value"]
    if row is None or not known:
        return {"known": False, "answer": "undefined", "reason": "" if row is None else row["reason"]}
    return {**row, "known": True, "answer": "yes" if row["p"] <= SIGNIFICANCE and row["value"] > 0 else "unclear"}


def _figures(analysis: Analysis, table: pd.DataFrame, measure: str) -> list[tuple[str, list[Any]]]:
    """A row per network, people first, with a cell per expression and their mean."""
    places = [*analysis.facts["expressions"], ""]
    rows = []
    for label, own in _everybody(analysis, table).items():
        found = {row["expression"]: row for row in own[own["measure"].eq(measure)].to_dict("records")}
        rows.append((label, [cell(found.get(place)) for place in places]))
    return rows


def _everybody(analysis: Analysis, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """People's rows, and those of each network, by label."""
    return {PEOPLE: table[table["network"].eq(PEOPLE)], **_networks(analysis, table)}


def _networks(analysis: Analysis, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    there = {label: table[table["label"].eq(label)] for label in analysis.labels}
    return {label: own for label, own in there.items() if len(own)}
