"""Test accuracies with intervals that respect that images of one person are alike."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_xai.analysis.floor import CHANCE, Floor, floor_of
from fer_xai.errors import UserError
from fer_xai.metrics.proportion import people, proportion
from fer_xai.results.classification import classes_of
from fer_xai.results.run import RunRecord
from fer_xai.results.study import Network, Run

COLUMNS = (
    *("network", "pretrained", "fold", "seed", "expression", "value", "low", "high", "n", "subjects"),
    *("floor", "below_floor", "remark"),
)


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


def accuracy_table(networks: Sequence[Network], floor: str | float = CHANCE) -> pd.DataFrame:
    """Accuracy of every network, over all folds and by fold, and its recall of every expression.

    Args:
        networks: in the order of the table.
        floor: what accuracies have to lie above, see `floor_of`.

    Returns:
        Long form, columns `COLUMNS`: fold empty for all folds together; expression empty for the accuracy, otherwise
        the share of the images of that expression which are recognised; `below_floor`, whether the interval touches the
        floor. Networks without predictions or accuracies (imported maps) have no row.

    Raises:
        UserError: the floor is neither `chance` nor a number in [0, 1).
    """
    rows: list[dict[str, object]] = []
    for network in networks:
        key: dict[str, object] = {"network": network.name, "pretrained": network.pretrained}
        everything = read_predictions(network.trained)
        seeds = {run.record.seed for run in network.trained}
        ground = floor_of(floor, len(classes_of(everything)))
        if not everything.empty:
            rows += _rows(everything, ground, key | {"fold": None, "seed": seeds.pop() if len(seeds) == 1 else None})
        for run in network.trained:
            if run.record.fold is None and len(network.trained) == 1 and not everything.empty:
                continue
            place = key | {"fold": run.record.fold, "seed": run.record.seed}
            part = read_predictions([run])
            rows += _rows(part, ground, place) if not part.empty else _recorded(run.record, ground, place)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"fold": "Int64", "seed": "Int64", "n": "Int64", "subjects": "Int64"})


def _rows(predictions: pd.DataFrame, floor: Floor, key: dict[str, object]) -> list[dict[str, object]]:
    groups = people(predictions)
    right = (predictions["true"] == predictions["predicted"]).to_numpy()
    rows = [_row(right, groups, floor, key | {"expression": None})]
    for name in classes_of(predictions):
        chosen = (predictions["true"] == name).to_numpy()
        if chosen.any():
            rows.append(_row(right[chosen], groups[chosen], floor, key | {"expression": name}))
    return rows


def _row(right: np.ndarray, groups: np.ndarray, floor: Floor, key: dict[str, object]) -> dict[str, object]:
    value, low, high = proportion(right, groups)
    found = {"value": value, "low": low, "high": high, "n": len(right), "subjects": len(set(groups))}
    return key | found | _beside(low, high, floor)


def _recorded(record: RunRecord, floor: Floor, key: dict[str, object]) -> list[dict[str, object]]:
    if not record.accuracy:
        return []
    found = {name: record.accuracy.get(name) for name in ("value", "low", "high", "n")}
    low, high = (float("nan") if found[name] is None else float(found[name] or 0) for name in ("low", "high"))
    return [key | {"expression": None} | found | _beside(low, high, floor)]


def _beside(low: float, high: float, floor: Floor) -> dict[str, object]:
    below = floor.touched(low)
    words = f"{'below' if high < floor.value else 'not told apart from'} {floor.words}"
    return {"floor": floor.value, "below_floor": below, "remark": words if below else ""}
