"""How well the networks recognise each expression, beyond the share that they find."""

from typing import Any

import pandas as pd

from fer_xai.analysis.accuracy import read_predictions
from fer_xai.results.classification import classification_table
from fer_xai.results.study import Study


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
    found = []
    for label in labels:
        predictions = read_predictions(networks[label].trained)
        if predictions.empty:
            continue
        table = classification_table(predictions).set_index(["metric", "expression"])["value"]
        found.append(
            {
                "label": label,
                "precision": [_value(table, "precision", name) for name in expressions],
                "f1": [_value(table, "f1", name) for name in expressions],
                "macro_f1": _value(table, "f1", ""),
                "calibration_error": _value(table, "calibration_error", ""),
            }
        )
    return found


def _value(table: pd.Series, metric: str, expression: str) -> float:
    return float(table.get((metric, expression), float("nan")))
