"""Test accuracies with intervals that respect that images of one person are alike."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.results.run import RunRecord
from fer_xai.results.study import Network, Run

#: Accuracy of guessing among the six expressions.
CHANCE = 1 / len(EXPRESSIONS)

COLUMNS = ("network", "pretrained", "fold", "seed", "expression", "value", "low", "high", "n", "subjects", "remark")

_Z = float(ndtri(0.975))


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


def proportion(correct: np.ndarray, groups: np.ndarray) -> tuple[float, float, float]:
    """A proportion with its 95 % interval, over images that come in groups (the images of a subject).

    Wilson's interval with the number of images divided by the design effect: the variance between groups over that of
    independent images (Kish 1965), at least 1. Where the proportion is 0 or 1 the effect cannot be estimated, and
    each group counts as one image.

    Args:
        correct: (n,) bool.
        groups: (n,) any labels.

    Returns:
        value, low, high; all NaN for n = 0.
    """
    n = len(correct)
    if n == 0:
        return float("nan"), float("nan"), float("nan")
    value = float(np.mean(correct))
    _, index = np.unique(groups, return_inverse=True)
    sizes = np.bincount(index)
    effective = float(len(sizes))
    if 0 < value < 1 and len(sizes) > 1:
        residual = np.bincount(index, weights=np.asarray(correct, dtype=np.float64)) - value * sizes
        variance = (residual**2).sum() * len(sizes) / (len(sizes) - 1) / n**2
        effective = n / max(1.0, variance / (value * (1 - value) / n))
    spread = _Z**2 / effective
    centre = (value + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * np.sqrt(value * (1 - value) / effective + spread / (4 * effective))
    return value, float(max(0.0, min(centre - half, value))), float(min(1.0, max(centre + half, value)))


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


def confusion(predictions: pd.DataFrame, expressions: Sequence[str] = EXPRESSIONS) -> np.ndarray:
    """(true, predicted) numbers of images."""
    table = pd.crosstab(predictions["true"], predictions["predicted"])
    return table.reindex(index=list(expressions), columns=list(expressions), fill_value=0).to_numpy()


def _rows(predictions: pd.DataFrame, key: dict[str, object]) -> list[dict[str, object]]:
    # An image without a subject is a group of its own; subjects are named per data set.
    dataset = predictions.get("dataset", "")
    groups = (dataset + "/" + predictions["subject"]).where(predictions["subject"] != "", predictions["image"])
    right = (predictions["true"] == predictions["predicted"]).to_numpy()
    rows = [_row(right, groups.to_numpy(), key | {"expression": None})]
    for name in EXPRESSIONS:
        chosen = (predictions["true"] == name).to_numpy()
        if chosen.any():
            rows.append(_row(right[chosen], groups.to_numpy()[chosen], key | {"expression": name}))
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
