"""Scores by data set: one of several merged data sets may carry a pooled score, or spoil it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.analysis.accuracy_table import read_predictions
from fer_xai.analysis.by_data_set import trained_on
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.masks import Reference
from fer_xai.metrics.metric import Metric
from fer_xai.metrics.proportion import person_of_each
from fer_xai.metrics.reference_maps import ReferenceMaps, study_reference
from fer_xai.metrics.resolution import block_sums
from fer_xai.metrics.scores import score_map
from fer_xai.results.person_maps import PersonMaps, pooled_people, read_people
from fer_xai.results.study import Network, Run
from fer_xai.scoring.intervals import mean_known

#: Columns of `scores_by_data_set.csv`; expression empty: the mean over the expressions.
COLUMNS = (
    *("network", "pretrained", "explainer", "trained_on", "tested_on", "expression", "reference", "metric"),
    *("value", "images", "people", "reason"),
)

# Maps of people are kept at a quarter of the frame's resolution: halved twice.
_HALVED = 2


def scores_by_data_set(
    networks: Sequence[Network],
    explainer: str,
    expressions: Sequence[str],
    reference: Reference,
    metric: tuple[str, Metric[Any]],
) -> pd.DataFrame:
    """Scores of the global heatmaps of each data set's images, at a quarter of the resolution.

    Args:
        networks: in the order of the table; those whose runs keep no maps of single people have no row.
        explainer: whose maps.
        expressions: of the maps.
        reference: what they are compared with.
        metric: its name, and the measure.

    Returns:
        Columns `COLUMNS`; empty where all images are of one data set.

    Raises:
        UserError: a file that cannot be read.
    """
    compared = study_reference(reference, expressions).halved(_HALVED)
    rows: list[dict[str, object]] = []
    for network in networks:
        key = {"network": network.name, "pretrained": network.pretrained, "explainer": explainer}
        key |= {"reference": reference.name, "metric": metric[0]}
        for trained, runs in _by_training(network, explainer).items():
            cells: dict[str, list[dict[str, object]]] = {}
            for number, expression in enumerate(expressions):
                for name, maps, people in _by_data_set(runs, explainer, expression):
                    figures = _scored(maps, compared.of(number), metric) | {"people": people}
                    cells.setdefault(name, []).append(figures | {"expression": expression})
            for name, own in sorted(cells.items()):
                place = key | {"trained_on": trained, "tested_on": name}
                mean = float(mean_known([float(cell["value"]) for cell in own]))  # type: ignore[arg-type]
                images = sum(int(cell["images"]) for cell in own)  # type: ignore[call-overload]
                rows += [place | cell for cell in own]
                rows.append(place | {"expression": None, "value": mean, "images": images})
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"images": "Int64", "people": "Int64"})
    return frame if frame["tested_on"].nunique() > 1 else frame.iloc[:0]


def _by_training(network: Network, explainer: str) -> dict[str, list[Run]]:
    """Runs that keep maps of people, by the data sets that they were trained on."""
    found: dict[str, list[Run]] = {}
    for run in network.runs:
        if explainer in run.record.explainers and run.paths.people.exists():
            found.setdefault(trained_on(run), []).append(run)
    return found


def _by_data_set(runs: Sequence[Run], explainer: str, expression: str) -> list[tuple[str, PersonMaps, int]]:
    """The map of each data set's images, a row by itself, and how many people these are of."""
    predictions = read_predictions(runs)
    if "dataset" not in predictions:
        return []
    data_set_of = dict(zip(person_of_each(predictions), predictions["dataset"], strict=True))
    read = [maps for run in runs if (maps := read_people(run.paths.people, explainer, expression)) is not None]
    parts = [
        PersonMaps(part.rows.assign(dataset=_named(part.rows, data_set_of)), part.mean, part.count, part.images)
        for part in read
    ]
    pooled = pooled_people(parts, ("dataset",))
    if pooled is None:
        return []
    everybody = pd.concat([part.rows for part in parts]).drop_duplicates(["dataset", "person"])
    people = everybody["dataset"].value_counts()
    names = pooled.rows["dataset"].astype(str).tolist()
    return [(name, pooled.only(np.array([number])), int(people[name])) for number, name in enumerate(names) if name]


def _named(rows: pd.DataFrame, data_set_of: Mapping[str, str]) -> pd.Series:
    return rows["person"].map(data_set_of).fillna("")


def _scored(maps: PersonMaps, own: ReferenceMaps | None, metric: tuple[str, Metric[Any]]) -> dict[str, object]:
    """The score of one map where at least half of the images show all of a block's pixels."""
    figures: dict[str, object] = {"images": int(maps.images[0]), "value": np.nan, "reason": "the reference has none"}
    if own is None:
        return figures
    whole = block_sums(block_sums(np.ones(FRAME_SHAPE)))
    valid = (maps.count[0] > 0) & (2 * maps.count[0] >= whole * maps.images[0])
    score = score_map(np.where(valid, maps.mean[0], 0.0), valid, own, dict([metric]))[metric[0]]
    return figures | {"value": score.value, "reason": score.reason or ""}
