"""All networks at a glance: one small table in place of a paragraph on each."""

from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.people_answers import PLAIN
from fer_xai.report.cells import cell
from fer_xai.report.section import Content
from fer_xai.results.classification import BALANCED
from fer_xai.results.study import Study

PLACE = 5
NAME = "Networks"
HEADING = "The networks at a glance"


def content(study: Study, analysis: Analysis) -> Content:
    """A row per network: how well it recognises, and where it looks."""
    main = next(iter(analysis.tables.values()))
    shares = _shares(analysis, main.explainer)
    accuracy = _balanced(analysis.accuracy)
    rows = [
        {
            "label": row.label,
            "balanced": cell(accuracy.get(row.label), BALANCED),
            "score": row.mean,
            "share": cell(shares.get(row.label), ("share", "share_low", "share_high")),
        }
        for row in main.rows
    ]
    return Content(
        facts={
            "networks": rows,
            "metric": main.metric_title,
            "explainer": analysis.explainer_title(main.explainer),
            "reference": analysis.reference_title(main.reference),
            "has": {"accuracy": bool(accuracy), "share": bool(shares)},
            "observers": next(iter(analysis.ceiling_shares["reference"]), "") if shares else "",
        }
    )


def _balanced(accuracy: pd.DataFrame) -> dict[str, dict[Any, Any]]:
    if accuracy.empty:
        return {}
    overall = accuracy[accuracy["whole"] & accuracy["expression"].isna()]
    return {row["label"]: row for row in overall.to_dict("records")}


def _shares(analysis: Analysis, explainer: str) -> dict[str, dict[Any, Any]]:
    """Shares of the noise ceiling by network, with the first reference of observers."""
    frame = analysis.ceiling_shares
    if frame.empty:
        return {}
    here = frame["explainer"].eq(explainer) & frame["metric"].eq(PLAIN) & frame["expression"].fillna("").eq("")
    here &= frame["reference"].eq(frame["reference"].iloc[0])
    return {row["label"]: row for row in frame[here].to_dict("records")}
