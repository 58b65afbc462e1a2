"""Scores of global heatmaps against references, with intervals and means, as long tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_xai.face.masks import Reference
from fer_xai.metrics.map_scores import score_map
from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.otsu import competing_thresholds
from fer_xai.metrics.reference_maps import StudyReference, study_reference
from fer_xai.results.pool import GlobalMaps
from fer_xai.scoring.intervals import interval, mean_known, mean_over
from fer_xai.scoring.pooled_maps import PooledMaps, PooledRuns
from fer_xai.scoring.replicates import ReplicateFigures
from fer_xai.scoring.resampled import Resampled, stacked

COLUMNS = (
    *("network", "pretrained", "fold", "seed", "explainer", "expression", "reference", "metric"),
    *("value", "low", "high", "n", "people", "skipped", "holds", "competing_thresholds", "reason"),
)

#: What stands for the network in means over networks.
MEAN = "mean"


@dataclass(frozen=True)
class Scores:
    """Scores of one pool's n maps against one reference by one metric.

    Attributes:
        pool: whose maps; None for a run on its own.
        explainer: by which explainer.
        reference: name of the reference.
        metric: name of the metric.
        bounds: smallest and largest value of the metric.
        corrected: whether the bootstrap's shift is taken off, see `Metric`.
        expressions: the maps' expressions.
        values: (n,) scores; NaN where undefined.
        reasons: why a score is undefined; empty where it is not.
        resampled: (row, n) the same from resampled people and trainings.
        images: (n,) images behind each map; -1 where not known.
        people: (n,) people whose images these are, likewise.
        competing: (n,) whether a second threshold cuts each map about as well as Otsu's, see `competing_thresholds`;
            None of a metric that cuts no map.
    """

    pool: PooledRuns | None
    explainer: str
    reference: str
    metric: str
    bounds: tuple[float, float]
    corrected: bool
    expressions: tuple[str, ...]
    values: np.ndarray
    reasons: tuple[str, ...]
    resampled: Resampled
    images: np.ndarray
    people: np.ndarray
    competing: np.ndarray | None = None

    def rows(self) -> list[dict[str, object]]:
        """Rows of the long table: one per expression, and their mean; without the columns that name a pool if None.

        Beside the table's columns `interval`, the whole interval of the figure, which tests rest on.
        """
        key: dict[str, object] = {} if self.pool is None else self.pool.key
        key = key | {"explainer": self.explainer, "reference": self.reference, "metric": self.metric}
        rows = []
        for number, name in enumerate(self.expressions):
            figures = _mean([self], [number])
            reason = self.reasons[number] or figures["reason"]
            figures |= {"competing_thresholds": None if self.competing is None else bool(self.competing[number])}
            rows.append(key | {"expression": name} | figures | {"skipped": 0, "reason": reason})
        return [*rows, key | {"expression": None} | _mean([self])]


def mean_rows(scores: Sequence[Scores]) -> list[dict[str, object]]:
    """Means over networks: of every expression, and over all cells.

    Args:
        scores: of all networks, by one explainer, reference and metric.
    """
    first = scores[0]
    key: dict[str, object] = {"network": MEAN, "pretrained": None, "fold": None, "seed": None}
    key |= {"explainer": first.explainer, "reference": first.reference, "metric": first.metric}
    rows = [key | {"expression": name} | _mean(scores, [number]) for number, name in enumerate(first.expressions)]
    return [*rows, key | {"expression": None} | _mean(scores)]


def score_rows(
    rows: PooledMaps,
    references: Sequence[Reference],
    metrics: Metrics,
    by_replicate: ReplicateFigures | None = None,
) -> list[Scores]:
    """Score every pool's maps against every reference.

    Args:
        rows: the maps.
        references: the references.
        metrics: by name.
        by_replicate: what the replicates of the same maps give; None for no intervals.
    """
    nothing = Resampled.nothing(len(rows.pools), len(rows.expressions), len(metrics))
    cut = any(metric.compares == "sets" for metric in metrics.values())
    scored = []
    for reference in references:
        resampled = nothing if by_replicate is None else by_replicate.scores[reference.name]
        compared = study_reference(reference, rows.expressions)
        for g, (pool, maps) in enumerate(zip(rows.pools, rows.maps, strict=True)):
            values, reasons = score_own(maps, compared, metrics)
            competing = _competing(maps, compared) if cut else None
            for m, (name, metric) in enumerate(metrics.items()):
                place = (pool, rows.explainer, reference.name, name, metric.bounds, metric.corrected, rows.expressions)
                own = resampled.each(lambda figures, g=g, m=m: figures[:, g, :, m])  # type: ignore[misc]
                of_cut = competing if metric.compares == "sets" else None
                scored.append(Scores(*place, values[m], reasons[m], own, maps.images, maps.people, of_cut))
    return scored


def score_own(
    maps: GlobalMaps, reference: StudyReference, metrics: Metrics
) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """Scores of each map with its own expression's reference, at full resolution.

    Args:
        maps: the maps.
        reference: for the maps' expressions.
        metrics: by name.

    Returns:
        (metric, n) values, NaN where undefined, and for each metric the n reasons (empty where defined).
    """
    values = np.full((len(metrics), len(maps.expressions)), np.nan)
    reasons = [[""] * len(maps.expressions) for _ in metrics]
    for e, name in enumerate(maps.expressions):
        scores: Mapping[str, tuple[float, str | None]]
        own = reference.of(e)
        if own is None:
            scores = dict.fromkeys(metrics, (np.nan, f"{reference.name} has nothing for {name}"))
        elif not maps.count[e].any():
            scores = dict.fromkeys(metrics, (np.nan, "no heatmap"))
        else:
            valid = maps.valid[e]
            scores = score_map(np.where(valid, maps.mean[e], 0.0), valid, own, metrics)
        for m, metric in enumerate(metrics):
            value, reason = scores[metric]
            values[m, e], reasons[m][e] = value, reason or ""
    return values, [tuple(words) for words in reasons]


def _competing(maps: GlobalMaps, reference: StudyReference) -> np.ndarray:
    """(n,) whether a second threshold cuts each map about as well, over the pixels on which it is compared."""
    compared = [reference.of(e) for e in range(len(maps.expressions))]
    known = np.stack([np.zeros(maps.valid.shape[1:], bool) if own is None else own.known for own in compared])
    return competing_thresholds(maps.mean, maps.valid & known)


def long_table(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Rows as a table with the columns and kinds of `analysis/metrics.csv`."""
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    counts = dict.fromkeys(("fold", "seed", "n", "people", "skipped"), "Int64")
    return frame.astype(counts | {"competing_thresholds": "boolean"})


def _mean(scores: Sequence[Scores], columns: Sequence[int] | None = None) -> dict[str, object]:
    """Mean over the cells that are defined, with its interval, the images behind it and the number of cells skipped."""
    cut = slice(None) if columns is None else list(columns)
    values = np.stack([item.values[cut] for item in scores])
    images = np.stack([item.images[cut] for item in scores])
    cells = stacked([item.resampled.each(lambda rows: rows[:, cut]) for item in scores])
    # A cell that is undefined over all images takes no part in a replicate's mean either.
    resampled = mean_over(cells, np.isfinite(values), (1, 2))
    value = float(mean_known(values))
    people = number_of_people([item.people[cut] for item in scores])
    of = interval(value, resampled, scores[0].bounds, people, corrected=scores[0].corrected)
    n = None if (images < 0).any() else int(images.sum())
    skipped = int((~np.isfinite(values)).sum())
    reason = of.reason if np.isfinite(value) else "no cell is defined"
    figures = {"value": value, "low": of.low, "high": of.high, "n": n, "people": people, "skipped": skipped}
    return figures | {"holds": of.holds, "reason": reason, "interval": of}


def number_of_people(by_map: Sequence[np.ndarray]) -> int | None:
    """How many people several maps rest on: those of the map that rests on most; None where one is not known.

    Maps of one study are of the same people, who need not all have every expression.
    """
    counts = np.concatenate([np.ravel(counts) for counts in by_map])
    return None if not counts.size or (counts < 0).any() else int(counts.max())
