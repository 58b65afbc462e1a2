"""Do networks look where people look: on faces in general, on this expression, and beside what people reach."""

from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.people_answers import PLAIN, people_answers, people_sentence
from fer_xai.report.cells import cell, number
from fer_xai.report.explainer_names import file_stem, named, seeing
from fer_xai.report.plots.people_figures import agreement_matrices, share_dots
from fer_xai.report.plots.style import Drawing
from fer_xai.report.section import Content
from fer_xai.results.study import Study
from fer_xai.scoring.ceilings import KINDS, NO_FORMULA
from fer_xai.scoring.score_tables import MEAN
from fer_xai.scoring.specific import SPECIFIC

PLACE = 15
NAME = "People"
HEADING = "Do the networks look where people look?"

_SHARE = ("share", "share_low", "share_high")


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing without a reference of observers, unless several references can be held against each other."""
    beside = [_beside(analysis, name) for name in seeing(analysis)] if len(analysis.ceiling_shares) else []
    matrices = agreement_matrices(analysis)
    if not beside and matrices is None:
        return None
    drawings = [part["figure"] for item in beside for part in item["parts"]]
    return Content(
        facts={
            "beside": beside,
            "notes": analysis.facts.get("reference_notes", {}),
            "matrices": matrices,
            "pairs": _pairs(analysis),
            "ceilings": _ceilings(analysis),
            "kinds": KINDS,
        },
        figures=tuple(drawing for drawing in (*drawings, matrices) if drawing is not None),
        heading=None if beside else "Do the references agree?",
        tables=("ceilings", "ceiling_shares", "specific_agreement", "reference_agreement"),
    )


def _beside(analysis: Analysis, explainer: str) -> dict[str, Any]:
    """What one explainer's maps have in common with people: sentences, and for each reference a figure and a table."""
    answers = people_answers(analysis, explainer)
    parts = []
    for number_of_it, answer in enumerate(answers):
        stem = file_stem("people", explainer, analysis.facts["explainers"])
        name = f"{stem}_{number_of_it + 1}" if number_of_it else stem
        figure: Drawing | None = share_dots(analysis, answer, name)
        rows = _rows(analysis, explainer, answer["reference"])
        by_measure = _by_measure(analysis, explainer, answer["reference"])
        parts.append({"answer": answer, "figure": figure, "rows": rows, "measures": by_measure})
    return {
        "name": named(analysis, explainer, analysis.facts["baseline_explainers"]),
        "sentences": [people_sentence(answer) for answer in answers],
        "parts": parts,
    }


def _rows(analysis: Analysis, explainer: str, reference: str) -> list[dict[str, Any]]:
    """A row per network and one for their mean: plain and specific agreement, each with its share, p and partial."""
    shares = _means_of(analysis.ceiling_shares, explainer, reference)
    specific = _means_of(analysis.specific_agreement, explainer, reference).set_index("label").to_dict("index")
    by_key = {(row["label"], row["metric"]): row for row in shares.to_dict("records")}
    rows = []
    for label in [*(name for name in analysis.labels if (name, PLAIN) in by_key), MEAN]:
        plain, own = by_key.get((label, PLAIN)), by_key.get((label, SPECIFIC))
        of_label = specific.get(label, {})
        rows.append(
            {
                "label": label,
                "plain": cell(plain),
                "plain_share": cell(plain, _SHARE),
                "partial": number(of_label.get("partial", float("nan"))),
                "specific": cell(own),
                "specific_share": cell(own, _SHARE),
                "p": number(of_label.get("p", float("nan"))),
            }
        )
    return rows


def _by_measure(analysis: Analysis, explainer: str, reference: str) -> list[dict[str, Any]]:
    """A row per measure: the mean over networks, what people reach, and the share where there is one, or why not."""
    shares = _means_of(analysis.ceiling_shares, explainer, reference)
    without_formula = set(analysis.ceilings.loc[analysis.ceilings["reason"].eq(NO_FORMULA), "metric"])
    rows = []
    for row in shares[shares["label"].eq(MEAN)].to_dict("records"):
        metric = str(row["metric"])
        by_formula = metric not in without_formula
        rows.append(
            {
                "metric": _title(analysis, metric),
                "score": cell(row),
                "reached": number(float(row["ceiling"])),
                "kind": "root of the reliability" if by_formula else "one half of the observers with the other",
                "share": cell(row, _SHARE),
                "reason": row["reason"] if isinstance(row["reason"], str) else "",
            }
        )
    return rows


def _title(analysis: Analysis, metric: str) -> str:
    return analysis.described[metric].title if metric in analysis.described else "specific NCC"


def _means_of(frame: pd.DataFrame, explainer: str, reference: str) -> pd.DataFrame:
    """Rows of one explainer and reference that are means over the expressions."""
    here = frame["explainer"].eq(explainer) & frame["reference"].eq(reference)
    return frame[here & (frame["expression"].isna() | frame["expression"].eq(""))]


def _ceilings(analysis: Analysis) -> list[dict[str, Any]]:
    """A row per reference, measure and kind: a cell for each expression and for their mean."""
    if analysis.ceilings.empty:
        return []
    names = [*analysis.facts["expressions"], ""]
    rows = []
    frame = analysis.ceilings.fillna({"expression": ""})
    for words, part in frame.groupby(["reference", "metric", "kind"], sort=False):
        reference, metric, kind = map(str, words)
        if part["value"].isna().all():
            continue
        by_name = {row["expression"]: row for row in part.to_dict("records")}
        title = _title(analysis, metric)
        cells = [cell(by_name.get(name)) for name in names]
        rows.append({"reference": reference, "metric": title, "kind": kind.replace("_", " "), "cells": cells})
    return rows


def _pairs(analysis: Analysis) -> list[dict[str, Any]]:
    """A row per two references and measure: mean over the expressions."""
    if analysis.reference_agreement.empty:
        return []
    frame = analysis.reference_agreement.fillna({"expression": ""})
    return [
        {
            "a": row["a"],
            "b": row["b"],
            "metric": analysis.described[row["metric"]].title if row["metric"] in analysis.described else "NCC",
            **{name: number(float(row[name])) for name in ("value", "ceiling", "specific", "p")},
        }
        for row in frame[frame["expression"].eq("")].to_dict("records")
    ]
