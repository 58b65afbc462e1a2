"""Test accuracies with intervals that respect that images of one person are alike."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.proportion import mean_proportion, person_of_each, proportion
from fer_xai.results.classification import BALANCED, classes_of, tested_classes
from fer_xai.results.paths import RunPaths
from fer_xai.results.run import RunRecord
from fer_xai.results.study import Network, Run
from fer_xai.scoring.floor import CHANCE, Floor, floor_of

COLUMNS = (
    *("network", "pretrained", "fold", "seed", "expression", "value", "low", "high", "n", "subjects"),
    *(*BALANCED, "majority", "floor", "below_floor", "remark"),
)


def read_predictions(runs: Sequence[Run]) -> pd.DataFrame:
    """The predictions of all `runs` that have any, one below the other.

    Raises:
        UserError: a file that cannot be read or lacks a column.
    """
    parts = []
    for run in runs:
        part = RunPaths.predictions.read(run.paths)
        if part is not None:
            parts.append(part.assign(seed=run.record.seed))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def accuracy_table(networks: Sequence[Network], floor: str | float = CHANCE) -> pd.DataFrame:
    """Accuracy of every network, over all folds and by fold, and its recall of every expression.

    Args:
        networks: in the order of the table.
        floor: what balanced accuracies have to lie above, see `floor_of`.

    Returns:
        Long form, columns `COLUMNS`: fold empty for all folds together; expression empty for the accuracy, otherwise
        the share of the images of that expression which are recognised. `balanced` (in rows of no expression) is the
        mean of these shares over the expressions, so that saying always the same is worth no more than guessing,
        `majority` the share of the most frequent expression, which is the accuracy of saying always that, and
        `below_floor` is whether its interval touches the floor; empty where it is not known. Networks without
        predictions or accuracies (imported maps) have no row.

    Raises:
        UserError: the floor is neither `chance` nor a number in [0, 1).
    """
    rows: list[dict[str, object]] = []
    for network in networks:
        key: dict[str, object] = {"network": network.name, "pretrained": network.pretrained}
        everything = read_predictions(network.trained)
        seeds = {run.record.seed for run in network.trained}
        if not everything.empty:
            rows += _rows(everything, floor, key | {"fold": None, "seed": seeds.pop() if len(seeds) == 1 else None})
        for run in network.trained:
            if run.record.fold is None and len(network.trained) == 1 and not everything.empty:
                continue
            place = key | {"fold": run.record.fold, "seed": run.record.seed}
            part = read_predictions([run])
            rows += _rows(part, floor, place) if not part.empty else _recorded(run.record, floor, place)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    whole = dict.fromkeys(("fold", "seed", "n", "subjects"), "Int64")
    return frame.astype(whole | {"below_floor": "boolean"})


def majority_share(true: np.ndarray) -> float:
    """The share of the most frequent of the true expressions (n,); NaN for n = 0."""
    return float(np.unique(true, return_counts=True)[1].max() / len(true)) if len(true) else math.nan


def _rows(predictions: pd.DataFrame, floor: str | float, key: dict[str, object]) -> list[dict[str, object]]:
    groups, true = person_of_each(predictions), predictions["true"].to_numpy()
    right = true == predictions["predicted"].to_numpy()
    judged = _judged(mean_proportion(right, groups, true), floor_of(floor, len(tested_classes(predictions))))
    rows = [_row(right, groups, key | {"expression": None}) | judged | {"majority": majority_share(true)}]
    for name in classes_of(predictions):
        chosen = true == name
        if chosen.any():
            rows.append(_row(right[chosen], groups[chosen], key | {"expression": name}))
    return rows


def _row(right: np.ndarray, groups: np.ndarray, key: dict[str, object]) -> dict[str, object]:
    value, low, high = proportion(right, groups)
    return key | {"value": value, "low": low, "high": high, "n": len(right), "subjects": len(set(groups)), "remark": ""}


def _recorded(record: RunRecord, floor: str | float, key: dict[str, object]) -> list[dict[str, object]]:
    if not record.accuracy:
        return []
    overall = {name: record.accuracy.get(name) for name in ("value", "low", "high", "n")}
    balanced = [record.accuracy.get(name) for name in BALANCED]
    return [key | {"expression": None} | overall | _judged(balanced, floor_of(floor, len(EXPRESSIONS)))]


def _judged(balanced: Sequence[float | None], floor: Floor) -> dict[str, object]:
    """Balanced accuracy beside the floor, and what is to be said of it."""
    value, low, high = (float("nan") if figure is None else figure for figure in balanced)
    figures: dict[str, object] = {**dict(zip(BALANCED, (value, low, high), strict=True)), "floor": floor.value}
    if math.isnan(low):
        return figures | {"below_floor": None, "remark": "its balanced accuracy is not known"}
    below = floor.touched(low)
    words = f"{'below' if high < floor.value else 'not told apart from'} {floor.words}"
    return figures | {"below_floor": below, "remark": words if below else ""}
