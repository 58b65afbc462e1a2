"""The scores that runs recorded of themselves, over all runs: for studies whose maps are too many, or not at hand."""

import io
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import t

from fer_xai.errors import UserError
from fer_xai.results.run import METRIC_COLUMNS
from fer_xai.results.study import Run

#: What names a run in the long table.
KEYS = ("network", "pretrained", "fold", "seed")
_WORDS = ("explainer", "expression", "reference", "metric")


def collect_metrics(runs: Sequence[Run]) -> pd.DataFrame:
    """The `metrics.csv` of all runs, one below the other.

    Args:
        runs: complete runs; those without scores are passed over.

    Returns:
        The columns network, pretrained, fold, seed, run and those of `metrics.csv`; expression is empty in means over
        the expressions.

    Raises:
        UserError: a file that cannot be read or has other columns.
    """
    header = ",".join(METRIC_COLUMNS)
    text, numbers = io.StringIO(), []
    # One table is parsed instead of thousands.
    text.write(header + "\n")
    for number, run in enumerate(runs):
        if not run.paths.metrics.exists():
            continue
        first, _, rows = run.paths.metrics.read_text(encoding="utf-8").partition("\n")
        if first.strip() != header:
            raise UserError(f"{run.paths.metrics} has the columns {first.strip()}; expected {header}")
        rows = rows if not rows or rows.endswith("\n") else rows + "\n"
        text.write(rows)
        numbers += [number] * rows.count("\n")
    text.seek(0)
    figures = ("value", "low", "high", "n", "skipped")
    types = dict.fromkeys(_WORDS, "category") | dict.fromkeys(figures, "float64")
    try:
        frame = pd.read_csv(text, dtype=types, keep_default_na=False, na_values=dict.fromkeys(figures, ""))
    except ValueError as error:
        raise UserError(f"the runs' metrics.csv cannot be read together: {error}") from error
    records = pd.DataFrame([{key: getattr(run.record, key) for key in KEYS} | {"run": run.record.name} for run in runs])
    named = records.iloc[numbers].reset_index(drop=True)
    return pd.concat([named.astype({"network": "category", "pretrained": "category"}), frame], axis=1)


def mean_metrics(frame: pd.DataFrame) -> pd.DataFrame:
    """Means over the runs of each network, with the spread between them.

    Args:
        frame: what `collect_metrics` gives.

    Returns:
        network, pretrained, explainer, expression, reference, metric, value (mean over runs), low, high (95 % by
        Student's t over runs; empty for a single one), sd, runs (those where it is defined), skipped (the others).
    """
    keys = ["network", "pretrained", *_WORDS]
    found = frame.groupby(keys, observed=True, sort=False)["value"].agg(["mean", "std", "count", "size"]).reset_index()
    spread = found["std"] / np.sqrt(found["count"].clip(lower=1))
    half = t.ppf(0.975, (found["count"] - 1).clip(lower=1)) * spread
    return pd.DataFrame(
        {
            **{key: found[key] for key in keys},
            "value": found["mean"],
            "low": found["mean"] - half,
            "high": found["mean"] + half,
            "sd": found["std"],
            "runs": found["count"],
            "skipped": found["size"] - found["count"],
        }
    )
