"""Who is judged how: accuracy and scores of groups of people, where data bring any."""

from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.subjects.group_accuracy import BALANCED, RECALL
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.report.cells import cell, whole
from fer_xai.report.section import Content
from fer_xai.results.study import Study

PLACE = 92
NAME = "Groups"
HEADING = "Who is judged how"


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing where the data bring no groups of people."""
    frame = analysis.groups
    if frame.empty:
        return None
    columns = [_column(analysis, part, str(name)) for name, part in frame.groupby("column", sort=False)]
    explainers = frame["explainer"].dropna()
    return Content(
        facts={
            "columns": columns,
            "level": SIGNIFICANCE,
            "measure": analysis.described[analysis.facts["primary"]].title,
            "explainer": explainers.iloc[0] if len(explainers) else "",
            "reference": analysis.facts["references"][0],
        },
        tables=("groups",),
    )


def _column(analysis: Analysis, frame: pd.DataFrame, name: str) -> dict[str, Any]:
    """The tables of one column: balanced accuracy, recall, scores."""
    remarks = frame.loc[frame["metric"].isna(), "reason"]
    levels = list(dict.fromkeys(frame.loc[frame["against"].isna(), "level"].dropna()))
    pairs = list(dict.fromkeys(frame.loc[frame["against"].notna(), ["level", "against"]].itertuples(index=False)))
    facts = {"name": name, "levels": levels, "pairs": [tuple(pair) for pair in pairs]}
    parts = [
        (title, own, _words(own))
        for title, own in (
            (BALANCED, frame[frame["metric"].eq(BALANCED)]),
            (RECALL, frame[frame["metric"].eq(RECALL)]),
            ("score", frame[frame["metric"].notna() & ~frame["metric"].isin([BALANCED, RECALL])]),
        )
        if len(own)
    ]
    tables = [(title, words, _rows(analysis, own, facts)) for title, own, words in parts]
    return facts | {"remark": remarks.iloc[0] if len(remarks) else "", "tables": tables}


def _words(frame: pd.DataFrame) -> dict[str, int]:
    """How many differences were tested, and how many are significant."""
    q = frame["q"].dropna()
    return {"tests": len(q), "seen": int((q <= SIGNIFICANCE).sum())}


def _rows(analysis: Analysis, frame: pd.DataFrame, facts: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for (label, expression), part in frame.fillna({"expression": ""}).groupby(["label", "expression"], sort=False):
        own = {row["level"]: row for row in part[part["against"].isna()].to_dict("records")}
        found = {(row["level"], row["against"]): row for row in part[part["against"].notna()].to_dict("records")}
        differences = [found.get(pair, {}) for pair in facts["pairs"]]
        rows.append(
            {
                "label": label,
                "expression": expression,
                "levels": [cell(own.get(name)) for name in facts["levels"]],
                "people": [whole(own.get(name, {}).get("people")) for name in facts["levels"]],
                "differences": [cell(row) for row in differences],
                "q": ["" if pd.isna(row.get("q")) else f"{row['q']:.4f}" for row in differences],
                "reasons": [row["reason"] if isinstance(row.get("reason"), str) else "" for row in differences],
            }
        )
    rows.sort(key=lambda row: analysis.labels.index(str(row["label"])))
    return rows
