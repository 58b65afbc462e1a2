"""The scores that runs recorded of themselves, over all runs: for studies whose maps are too many, or not at hand."""

import io
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import t

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.proportion import TAIL
from fer_xai.results.classification import BALANCED, tested_classes
from fer_xai.results.run import METRIC_COLUMNS
from fer_xai.results.study import Run
from fer_xai.scoring.floor import floor_of

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
            raise UserError(
                f"{run.paths.metrics} has the columns {first.strip()}; expected {header}: another version wrote it; "
                "do the run again"
            )
        rows = rows if not rows or rows.endswith("\n") else rows + "\n"
        text.write(rows)
        numbers += [number] * rows.count("\n")
    text.seek(0)
    figures = ("value", "low", "high", "n", "people", "skipped")
    types = dict.fromkeys((*_WORDS, "holds", "reason"), "category") | dict.fromkeys(figures, "float64")
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
        Student's t over folds and seeds; empty for a single run), sd, runs (those where it is defined), skipped
        (the others).
    """
    keys = ["network", "pretrained", *_WORDS]
    means = _over_runs(frame, keys)
    return pd.DataFrame(
        {
            **{key: means[key] for key in keys},
            **{name: means[name] for name in ("value", "low", "high", "sd", "runs")},
            "skipped": means["size"] - means["runs"],
        }
    )


def flag(table: pd.DataFrame, runs: Sequence[Run], floor: str | float) -> pd.DataFrame:
    """The table of `mean_metrics` with a column `below_floor`.

    Balanced accuracies are treated as the table treats scores: the mean over the runs of a network has to be above the
    floor with its interval over runs; a single run with the interval that it recorded. Runs that recorded none are
    passed over.

    Args:
        table: of `mean_metrics`.
        runs: the runs behind it.
        floor: see `floor_of`; chance is that of the classes tested in the first run that has predictions.

    Raises:
        UserError: an unknown floor.
    """
    held = next((run.paths.predictions for run in runs if run.paths.predictions.exists()), None)
    classes = tested_classes(pd.read_csv(held, keep_default_na=False)) if held else EXPRESSIONS
    ground = floor_of(floor, len(classes))
    rows = [
        (
            *(run.record.network_in_tables, run.record.pretrained, run.record.fold, run.record.seed),
            *(run.record.accuracy[name] for name in BALANCED[:2]),
        )
        for run in runs
        if run.record.accuracy and BALANCED[0] in run.record.accuracy
    ]
    accuracies = pd.DataFrame(rows, columns=[*KEYS, "value", "own_low"])
    accuracies = accuracies.astype({"value": float, "own_low": float})
    means = _over_runs(accuracies, ["network", "pretrained"])
    own = accuracies.groupby(["network", "pretrained"], sort=False)["own_low"].first().to_numpy()
    low = means["low"].where(means["runs"] > 1, own)
    below = {
        key: ground.touched(value)
        for key, value in zip(zip(means["network"], means["pretrained"], strict=True), low, strict=True)
    }
    words = [below.get(key) for key in zip(table["network"], table["pretrained"], strict=True)]
    return table.assign(below_floor=pd.array(words, dtype="boolean"))


def _over_runs(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Mean of `value` over runs, its interval by Student's t, standard deviation, and numbers of runs, by `keys`.

    Runs of one fold share their people, and runs of one seed what is drawn at random: both are counted, and what single
    runs vary by is in both and taken off once (two-way clustering, Cameron, Gelbach and Miller 2011).
    """
    means = _spread(frame, keys).rename(columns={"mean": "value", "std": "sd", "count": "runs"})
    fold, seed = (_spread(_means(frame, [*keys, part]), keys) for part in ("fold", "seed"))
    of_fold, of_seed, alone = (_variance(part) for part in (fold, seed, _spread(frame, keys)))
    variance = pd.concat([of_fold, of_seed, of_fold + of_seed - alone], axis=1).max(axis=1)
    # Degrees of freedom of the one that varies more.
    freedom = fold["count"].where(~(of_fold.fillna(0) < of_seed.fillna(0)), seed["count"]) - 1
    half = t.ppf(1 - TAIL, freedom.clip(lower=1)) * np.sqrt(variance)
    return means.assign(low=means["value"] - half, high=means["value"] + half)


def _means(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return frame.groupby(keys, observed=True, sort=False, dropna=False)["value"].mean().reset_index()


def _spread(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    named = frame.groupby(keys, observed=True, sort=False)["value"]
    return named.agg(["mean", "std", "count", "size"]).reset_index()


def _variance(spread: pd.DataFrame) -> pd.Series:
    """Variance of each mean; NaN for a single value."""
    return spread["std"] ** 2 / spread["count"].clip(lower=1)
