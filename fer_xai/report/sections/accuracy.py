"""How well the networks recognise expressions."""

from typing import Any

import pandas as pd

from fer_xai.analysis.accuracy_table import read_predictions
from fer_xai.analysis.outputs import Analysis
from fer_xai.report.cells import cell, number, whole
from fer_xai.report.plots.dots import accuracy_dots
from fer_xai.report.plots.matrices import confusions
from fer_xai.report.plots.style import Drawing
from fer_xai.report.section import Content
from fer_xai.results.classification import BALANCED, classes_of, classification_table, confusion
from fer_xai.results.study import Study

PLACE = 90
NAME = "Accuracy"
HEADING = "How well the networks recognise expressions"


def content(study: Study, analysis: Analysis) -> Content:
    """Accuracies beside the floor, other measures of recognition, and confusions."""
    dots, matrices = _draw_accuracy(analysis), _draw_confusions(study, analysis)
    return Content(
        facts={
            "accuracy": _accuracy(analysis),
            "recognition": recognition(study, analysis.labels, list(analysis.facts["expressions"])),
            "dots": dots,
            "confusions": matrices,
        },
        figures=tuple(figure for figure in (dots, matrices) if figure is not None),
        bars={"Test accuracy": "test_accuracy"},
        tables=("accuracy",),
    )


def _draw_accuracy(analysis: Analysis) -> Drawing | None:
    frame = analysis.accuracy
    overall = frame[frame["whole"] & frame["expression"].isna()]
    if overall.empty:
        return None
    cells = [cell(row, BALANCED) for row in overall.to_dict("records")]
    labels = [analysis.marked(label) for label in overall["label"]]
    pretrained = {analysis.marked(label): word for _, word, label in analysis.facts["labels"]}
    floor = float(overall["floor"].iloc[0])
    return accuracy_dots(labels, cells, pretrained, floor, analysis.facts["floor"], "accuracies")


def _draw_confusions(study: Study, analysis: Analysis) -> Drawing | None:
    named = {}
    for network in sorted(study.networks, key=lambda network: analysis.labels.index(network.label)):
        predictions = read_predictions(network.trained)
        if len(predictions):
            named[analysis.marked(network.label)] = predictions
    if not named:
        return None
    classes = classes_of(next(iter(named.values())))
    tables = {label: confusion(predictions, classes) for label, predictions in named.items()}
    return confusions(tables, classes, "confusions", "Confusion matrices of all networks, all folds together.")


def _accuracy(analysis: Analysis) -> list[dict[str, Any]]:
    frame = analysis.accuracy
    rows = []
    for label in analysis.labels:
        own = frame[frame["whole"] & frame["label"].eq(label)]
        cells = {row["expression"]: row for row in own.to_dict("records") if isinstance(row["expression"], str)}
        for row in own[own["expression"].isna()].to_dict("records"):
            rows.append(
                {
                    "label": label,
                    "n": whole(row["n"]),
                    "subjects": whole(row["subjects"]),
                    "balanced": cell(row, BALANCED),
                    "overall": cell(row),
                    "majority": number(row["majority"]),
                    "cells": [cell(cells.get(name, {})) for name in analysis.facts["expressions"]],
                }
            )
    return rows


def recognition(study: Study, labels: list[str], expressions: list[str]) -> list[dict[str, Any]]:
    """Precision, F1 and calibration error of every network, over the predictions of all its folds and seeds.

    Args:
        study: whose runs have predictions.
        labels: networks in the order of the tables; those without predictions have no row.
        expressions: in the order of the columns.

    Returns:
        label, precision and f1 (one number per expression), macro_f1 and calibration_error; NaN where undefined.
    """
    networks = {network.label: network for network in study.networks}
    rows = []
    for label in labels:
        predictions = read_predictions(networks[label].trained)
        if predictions.empty:
            continue
        table = classification_table(predictions).set_index(["metric", "expression"])["value"]
        rows.append(
            {
                "label": label,
                "precision": [_value(table, "precision", name) for name in expressions],
                "f1": [_value(table, "f1", name) for name in expressions],
                "macro_f1": _value(table, "f1", ""),
                "calibration_error": _value(table, "calibration_error", ""),
            }
        )
    return rows


def _value(table: pd.Series, metric: str, expression: str) -> float:
    return float(table.get((metric, expression), float("nan")))
