"""Test accuracies with intervals that respect that images of one person are alike."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.proportion import people, proportion
from fer_xai.results.run import RunRecord
from fer_xai.results.study import Network, Run

#: Accuracy of guessing among the six expressions.
CHANCE = 1 / len(EXPRESSIONS)

COLUMNS = ("network", "pretrained", "fold", "seed", "expression", "value", "low", "high", "n", "subjects", "remark")


def read_predictions(runs: Sequence[Run]) -> pd.DataFrame:
    """The predictions of all `runs` that have any, one below the other.

    Raises:
        UserError: a file that cannot be read or lacks a column.
    """
    parts = []
    for run in runs:
        path = run.paths.predictions
        if not path.exists():
            continue
        try:
            part = pd.read_csv(path, dtype={"image": str, "dataset": str, "subject": str}, keep_default_na=False)
        except ValueError as error:
            raise UserError(f"cannot read {path}: {error}") from error
        missing = {"image", "subject", "true", "predicted"} - set(part.columns)
        if missing:
            raise UserError(f"{path} has no column {', '.join(sorted(missing))}")
        parts.append(part.assign(seed=run.record.seed))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def at_chance(low: float) -> bool:
    """Whether an accuracy's interval touches chance."""
    return bool(low <= CHANCE)


def accuracy_table(networks: Sequence[Network]) -> pd.DataFrame:
    """Accuracy of every network, over all folds and by fold, and its recall of every expression.

    Returns:
        Long form, columns `COLUMNS`: fold empty for all folds together; expression empty for the accuracy, otherwise
        the share of the images of that expression which are recognised. Networks without predictions or accuracies
        (imported maps) have no row.
    """
    rows: list[dict[str, object]] = []
    for network in networks:
        key: dict[str, object] = {"network": network.name, "pretrained": network.pretrained}
        everything = read_predictions(network.runs)
        seeds = {run.record.seed for run in network.runs}
        if not everything.empty:
            rows += _rows(everything, key | {"fold": None, "seed": seeds.pop() if len(seeds) == 1 else None})
        for run in network.runs:
            if run.record.fold is None and len(network.runs) == 1 and not everything.empty:
                continue
            place = key | {"fold": run.record.fold, "seed": run.record.seed}
            part = read_predictions([run])
            rows += _rows(part, place) if not part.empty else _recorded(run.record, place)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"fold": "Int64", "seed": "Int64", "n": "Int64", "subjects": "Int64"})


def _rows(predictions: pd.DataFrame, key: dict[str, object]) -> list[dict[str, object]]:
    groups = people(predictions)
    right = (predictions["true"] == predictions["predicted"]).to_numpy()
    rows = [_row(right, groups, key | {"expression": None})]
    for name in EXPRESSIONS:
        chosen = (predictions["true"] == name).to_numpy()
        if chosen.any():
            rows.append(_row(right[chosen], groups[chosen], key | {"expression": name}))
    return rows


def _row(right: np.ndarray, groups: np.ndarray, key: dict[str, object]) -> dict[str, object]:
    value, low, high = proportion(right, groups)
    found = {"value": value, "low": low, "high": high, "n": len(right), "subjects": len(set(groups))}
    return key | found | {"remark": _remark(low)}


def _recorded(record: RunRecord, key: dict[str, object]) -> list[dict[str, object]]:
    if not record.accuracy:
        return []
    found = {name: record.accuracy.get(name) for name in ("value", "low", "high", "n")}
    low = found["low"]
    return [key | {"expression": None} | found | {"remark": _remark(float("nan") if low is None else low)}]


def _remark(low: float) -> str:
    return "not told apart from chance (1/6)" if at_chance(low) else ""
