"""Accuracies and scores by data set and by fold, which pooled figures hide."""

from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.report.cells import cell, number
from fer_xai.report.section import Content
from fer_xai.results.classification import BALANCED
from fer_xai.results.study import Study

PLACE = 92
NAME = "Data sets and folds"
HEADING = "By data set and by fold"


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing where all data are of one data set and of one fold."""
    data_sets, folds = _data_sets(analysis), _folds(study, analysis)
    if data_sets is None and folds is None:
        return None
    return Content(
        facts={"data_sets": data_sets, "by_fold": folds, "measure": next(iter(analysis.tables.values())).metric_title},
        tables=("accuracy_by_data_set", "scores_by_data_set"),
    )


def _data_sets(analysis: Analysis) -> dict[str, Any] | None:
    """A block per network: rows by what was trained on, columns by what was tested on."""
    frame = analysis.accuracy_by_data_set
    if frame.empty:
        return None
    frame = frame.fillna({"trained_on": ""})
    tested = sorted(frame["tested_on"].unique())
    scores = analysis.scores_by_data_set
    means = scores[scores["expression"].isna()].fillna({"trained_on": ""}) if len(scores) else scores
    by_place = {(row["label"], row["trained_on"], row["tested_on"]): row for row in means.to_dict("records")}
    blocks = []
    for label in [name for name in analysis.labels if name in set(frame["label"])]:
        own = {(row["trained_on"], row["tested_on"]): row for row in frame[frame["label"].eq(label)].to_dict("records")}
        trained = list(dict.fromkeys(key[0] for key in own))
        rows = [
            (name, [_figures(own.get((name, other)), by_place.get((label, name, other))) for other in tested])
            for name in trained
        ]
        blocks.append({"label": label, "rows": rows})
    return {"tested": tested, "blocks": blocks, "scored": bool(by_place), "matrix": frame["trained_on"].nunique() > 1}


def _figures(row: dict[Any, Any] | None, score: dict[Any, Any] | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "balanced": cell(row, BALANCED),
        "accuracy": cell(row),
        "majority": number(row["majority"]),
        "n": int(row["n"]),
        "people": int(row["subjects"]),
        "score": None if score is None else cell(score),
    }


def _folds(study: Study, analysis: Analysis) -> dict[str, Any] | None:
    """Balanced accuracy and the main score of each network's folds, over their seeds; None for one fold."""
    folds = study.folds
    if len(folds) < 2:
        return None
    main = next(iter(analysis.tables.values()))
    scores = analysis.metrics
    here = scores["explainer"].eq(main.explainer) & scores["reference"].eq(main.reference)
    scores = scores[here & scores["metric"].eq(main.metric) & scores["expression"].isna() & scores["fold"].notna()]
    accuracy = analysis.accuracy
    accuracy = accuracy[accuracy["fold"].notna() & accuracy["expression"].isna()] if len(accuracy) else accuracy
    tested = {run.record.fold: run.record.data.get("tested") for run in study.complete}
    return {
        "names": [tested.get(fold) or f"fold {fold}" for fold in folds],
        "rows": [
            {
                "label": row.label,
                "cells": [
                    (
                        _of_fold(accuracy, row.label, fold, BALANCED),
                        _of_fold(scores, row.label, fold, ("value", "low", "high")),
                    )
                    for fold in folds
                ],
                "all": row.mean,
            }
            for row in main.rows
        ],
    }


def _of_fold(frame: pd.DataFrame, label: str, fold: int, names: tuple[str, ...]) -> Any:
    """The figure of one fold; of several seeds their mean, without an interval."""
    if frame.empty:
        return cell(None)
    rows = frame[frame["label"].eq(label) & frame["fold"].eq(fold)]
    if len(rows) == 1:
        return cell(rows.iloc[0], names)
    return cell({names[0]: rows[names[0]].mean()}, names)
