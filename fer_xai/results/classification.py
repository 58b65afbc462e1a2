"""How well a network recognises expressions, from the table of its predictions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.calibration import calibration_error
from fer_xai.metrics.proportion import mean_proportion, person_of_each, proportion

#: Columns of `classification.csv`.
COLUMNS = ("expression", "metric", "value", "low", "high", "n", "remark")

#: Names of the balanced accuracy, the mean recall over the expressions, and of its 95 % interval over people.
BALANCED = ("balanced", "balanced_low", "balanced_high")


def classes_of(predictions: pd.DataFrame) -> list[str]:
    """The expressions that the network can name, by the columns p_EXPRESSION; the six of the study without them."""
    return [name.removeprefix("p_") for name in predictions.columns if name.startswith("p_")] or list(EXPRESSIONS)


def tested_classes(predictions: pd.DataFrame) -> list[str]:
    """Those of `classes_of` of which there are images."""
    return [name for name in classes_of(predictions) if predictions["true"].eq(name).any()]


def confusion(predictions: pd.DataFrame, expressions: Sequence[str]) -> np.ndarray:
    """(true, predicted) numbers of images."""
    table = pd.crosstab(predictions["true"], predictions["predicted"])
    return table.reindex(index=list(expressions), columns=list(expressions), fill_value=0).to_numpy()


def confusion_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """The confusion matrix as `confusion.csv` holds it: a row per true expression, a column per predicted one."""
    names = classes_of(predictions)
    table = pd.DataFrame(confusion(predictions, names), columns=names)
    table.insert(0, "true", names)
    return table


def classification_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """Scores of the predictions, in long form.

    Accuracy, and precision and recall of each expression, are shares of images, with 95 % intervals that take into
    account that images of one person are alike (`proportion`); so has the mean recall, the balanced accuracy. F1 and
    calibration error (15 bins) have none. Means over expressions leave out those that are undefined.

    Args:
        predictions: columns image, subject, true, predicted, and dataset and p_EXPRESSION where they are known.

    Returns:
        Columns `COLUMNS`; expression empty for all together. What is undefined is NaN, and the remark says why.
    """
    names, groups = classes_of(predictions), person_of_each(predictions)
    true, predicted = predictions["true"].to_numpy(), predictions["predicted"].to_numpy()
    right = true == predicted
    rows = [_share("", "accuracy", right, groups, "no image")]
    for name in names:
        shown, said = true == name, predicted == name
        rows.append(_share(name, "precision", right[said], groups[said], "never predicted"))
        rows.append(_share(name, "recall", right[shown], groups[shown], "no image of it"))
        both = int(shown.sum() + said.sum())
        f1 = 2 * int((right & shown).sum()) / both if both else np.nan
        rows.append(_row(name, "f1", f1, int(shown.sum()), "" if both else "no image of it, and never predicted"))
        rows.append(_row(name, "support", int(shown.sum()), int(shown.sum())))
    for metric in ("precision", "recall", "f1"):
        values = np.array([row["value"] for row in rows if row["metric"] == metric], dtype=float)
        defined = np.isfinite(values)
        mean = values[defined].mean() if defined.any() else np.nan
        remark = "" if defined.all() else f"mean of {defined.sum()} of {len(values)} expressions"
        rows.append(_row("", metric, mean, len(right), remark))
        if metric == "recall":
            _, low, high = mean_proportion(right, groups, true)
            rows[-1] |= {"low": low, "high": high}
    columns = [f"p_{name}" for name in names if f"p_{name}" in predictions]
    error = calibration_error(predictions[columns].max(axis=1).to_numpy(), right) if columns else np.nan
    rows.append(_row("", "calibration_error", error, len(right), "" if columns else "no probabilities"))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _share(name: str, metric: str, right: np.ndarray, groups: np.ndarray, undefined: str) -> dict[str, object]:
    value, low, high = proportion(right, groups)
    return _row(name, metric, value, len(right), "" if len(right) else undefined) | {"low": low, "high": high}


def _row(name: str, metric: str, value: float, n: int, remark: str = "") -> dict[str, object]:
    nothing = float("nan")
    figures = {"value": value, "low": nothing, "high": nothing, "n": n}
    return {"expression": name, "metric": metric, **figures, "remark": remark}
