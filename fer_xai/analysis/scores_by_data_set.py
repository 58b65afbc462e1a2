"""Scores by data set: one of several merged data sets may carry a pooled score, or spoil it.

Intervals are over people: their maps are drawn anew as for all scores, and averaged with the drawn weights.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.analysis.accuracy_table import read_predictions
from fer_xai.analysis.by_data_set import trained_on
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.masks import Reference
from fer_xai.metrics.bootstrap import REPLICATES, poisson_weights
from fer_xai.metrics.map_scores import score_map
from fer_xai.metrics.metric import Metric
from fer_xai.metrics.proportion import person_of_each
from fer_xai.metrics.reference_maps import ReferenceMaps, study_reference
from fer_xai.metrics.resolution import block_sums
from fer_xai.results.person_maps import PersonMaps, pooled_people, read_people
from fer_xai.results.study import Network, Run
from fer_xai.scoring.intervals import interval, mean_known, mean_over
from fer_xai.scoring.many_scores import against_references
from fer_xai.scoring.pooled_maps import filled
from fer_xai.scoring.resampled import Resampled, stacked

#: Columns of `scores_by_data_set.csv`; expression empty: the mean over the expressions.
COLUMNS = (
    *("network", "pretrained", "explainer", "trained_on", "tested_on", "expression", "reference", "metric"),
    *("value", "low", "high", "images", "people", "holds", "reason"),
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
            cells: dict[str, list[_Cell]] = {}
            for number, expression in enumerate(expressions):
                for name, people in _by_data_set(runs, explainer, expression):
                    scored = _scored(people, compared.of(number), metric)
                    cells.setdefault(name, []).append(replace(scored, expression=expression))
            for name, own in sorted(cells.items()):
                place = key | {"trained_on": trained, "tested_on": name}
                rows += [place | cell.row(metric[1]) for cell in (*own, _mean(own))]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"images": "Int64", "people": "Int64"})
    return frame if frame["tested_on"].nunique() > 1 else frame.iloc[:0]


def _by_training(network: Network, explainer: str) -> dict[str, list[Run]]:
    """Runs that keep maps of people, by the data sets that they were trained on."""
    found: dict[str, list[Run]] = {}
    for run in network.runs:
        if explainer in run.record.explainers and run.paths.people.exists():
            found.setdefault(trained_on(run), []).append(run)
    return found


@dataclass(frozen=True)
class _Cell:
    """A score, the same from resampled people, and what it rests on."""

    value: float
    resampled: Resampled
    images: int
    people: int
    reason: str = ""
    expression: str | None = None

    def row(self, metric: Metric[Any]) -> dict[str, object]:
        of = interval(self.value, self.resampled, metric.bounds, self.people, corrected=metric.corrected)
        figures = {"expression": self.expression, "value": self.value, "low": of.low, "high": of.high}
        about = {"images": self.images, "people": self.people, "holds": of.holds}
        return figures | about | {"reason": self.reason or of.reason}


def _mean(cells: Sequence[_Cell]) -> _Cell:
    """Over the expressions that are defined."""
    values = np.array([cell.value for cell in cells])
    resampled = mean_over(stacked([cell.resampled for cell in cells]), np.isfinite(values), 1)
    images, people = sum(cell.images for cell in cells), max(cell.people for cell in cells)
    return _Cell(float(mean_known(values)), resampled, images, people)


def _by_data_set(runs: Sequence[Run], explainer: str, expression: str) -> list[tuple[str, PersonMaps]]:
    """The maps of each data set's people."""
    predictions = read_predictions(runs)
    if "dataset" not in predictions:
        return []
    data_set_of = dict(zip(person_of_each(predictions), predictions["dataset"], strict=True))
    read = [maps for run in runs if (maps := read_people(run.paths.people, explainer, expression)) is not None]
    parts = [
        PersonMaps(part.rows.assign(dataset=_named(part.rows, data_set_of)), part.mean, part.count, part.images)
        for part in read
    ]
    pooled = pooled_people(parts, ("dataset", "person"))
    if pooled is None:
        return []
    names = pooled.rows["dataset"].astype(str)
    return [(name, pooled.only(names.eq(name).to_numpy())) for name in sorted({*names} - {""})]


def _named(rows: pd.DataFrame, data_set_of: Mapping[str, str]) -> pd.Series:
    return rows["person"].map(data_set_of).fillna("")


def _scored(people: PersonMaps, own: ReferenceMaps | None, metric: tuple[str, Metric[Any]]) -> _Cell:
    """The score of the people's mean map where at least half of the images show all of a block's pixels."""
    images, number = int(people.images.sum()), len(people)
    if own is None:
        return _Cell(np.nan, _nothing(), images, number, "the reference has none")
    counts = people.count.astype(np.float64)
    sums = np.nan_to_num(people.mean).astype(np.float64) * counts
    count = counts.sum(0)
    valid = (count > 0) & (2 * count >= block_sums(block_sums(np.ones(FRAME_SHAPE))) * images)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums.sum(0) / count
        weights = np.stack([poisson_weights(0, zlib.crc32(name.encode())) for name in people.people], axis=1)
        drawn = np.tensordot(weights, sums, 1) / np.tensordot(weights, counts, 1)
    score = score_map(np.where(valid, mean, 0.0), valid, own, dict([metric]))[metric[0]]
    if not (metric[1].needs.replicates and valid.any() and np.isfinite(score.value)):
        return _Cell(score.value, _nothing(), images, number, score.reason or "")
    maps = np.where(valid, filled(drawn, mean), 0.0)
    scores = against_references(maps, valid, ReferenceMaps.stack([own]), dict([metric]))[0, :, 0]
    return _Cell(score.value, Resampled.over_people(score.value, scores), images, number, score.reason or "")


def _nothing() -> Resampled:
    """Figures of no score: as many rows as those of others, so that they go into one mean."""
    return Resampled.over_people(np.nan, np.full(REPLICATES, np.nan))
