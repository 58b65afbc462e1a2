"""Accuracies by data set: what pooled figures hide, and what carries over to a data set not seen."""

from collections.abc import Sequence

import pandas as pd

from fer_xai.analysis.accuracy_table import majority_share, read_predictions
from fer_xai.metrics.proportion import mean_proportion, person_of_each, proportion
from fer_xai.results.classification import BALANCED
from fer_xai.results.paths import RunPaths
from fer_xai.results.study import Network, Run

#: Columns of `accuracy_by_data_set.csv`: accuracy (value, low, high), balanced accuracy, and the share of the most
#: frequent expression, which is what always saying the same would score.
COLUMNS = (
    *("network", "pretrained", "trained_on", "tested_on", "value", "low", "high", *BALANCED),
    *("majority", "n", "subjects"),
)

#: Between the names of data sets that were trained on together.
AND = " + "


def by_data_set(networks: Sequence[Network]) -> pd.DataFrame:
    """How well every network recognises the faces of each data set, by what it was trained on.

    Args:
        networks: in the order of the table.

    Returns:
        Columns `COLUMNS`; `trained_on` is empty where a run does not say. Folds and seeds that were trained on the same
        data sets are taken together. Empty where all images are of one data set.

    Raises:
        UserError: a file that cannot be read.
    """
    rows: list[dict[str, object]] = []
    for network in networks:
        parts = [read_predictions([run]).assign(trained_on=trained_on(run)) for run in network.trained]
        parts = [part for part in parts if "dataset" in part]
        if not parts:
            continue
        for (trained, tested), own in pd.concat(parts).groupby(["trained_on", "dataset"], sort=True):
            key = {"network": network.name, "pretrained": network.pretrained}
            rows.append(key | {"trained_on": trained, "tested_on": tested} | _figures(own))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame if frame["tested_on"].nunique() > 1 else frame.iloc[:0]


def trained_on(run: Run) -> str:
    """Names of the data sets that a run's network was trained on, as its split says; empty where there is none."""
    split = RunPaths.split.read(run.paths)
    if split is None or not {"dataset", "part"} <= set(split):
        return ""
    return AND.join(sorted(split.loc[split["part"].eq("train"), "dataset"].unique()))


def _figures(predictions: pd.DataFrame) -> dict[str, object]:
    groups, true = person_of_each(predictions), predictions["true"].to_numpy()
    right = true == predictions["predicted"].to_numpy()
    balanced = dict(zip(BALANCED, mean_proportion(right, groups, true), strict=True))
    overall = dict(zip(("value", "low", "high"), proportion(right, groups), strict=True))
    counts = {"n": len(right), "subjects": len(set(groups))}
    return {**overall, **balanced, "majority": majority_share(true), **counts}
