"""What maps from resampled people and trainings give: scores and correlations, in one pass over the files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fer_xai.face.masks import Reference
from fer_xai.metrics.correlation import compare
from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.ncc import NCC
from fer_xai.metrics.reference_maps import ReferenceMaps, StudyReference, study_reference
from fer_xai.metrics.resolution import halved, halved_valid
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.many_scores import spread_scores
from fer_xai.scoring.pooled_maps import PooledMaps
from fer_xai.scoring.resampled import Layout, Resampled
from fer_xai.scoring.specific import specific_replicates

#: Stands for the expression where all pairs of network and expression are compared.
PAIRS = ""


@dataclass(frozen=True)
class ReplicateFigures:
    """Figures from resampled people and trainings.

    Attributes:
        scores: by reference (row, pool, expression, metric).
        specific: by reference (row, pool, expression) specific agreement.
        ncc: by expression (row, pool, pool); under `PAIRS` (row, n, n) over all n pairs of pool and expression.
        others: by reference (row, pool, expression): mean score by the primary measure with the masks of the other
            expressions, on the grid of the scores.
    """

    scores: dict[str, Resampled]
    specific: dict[str, Resampled]
    ncc: dict[str, Resampled]
    others: dict[str, Resampled]


def replicate_figures(
    rows: PooledMaps,
    references: Sequence[Reference],
    metrics: Metrics,
    *,
    with_ncc: bool = True,
    primary: str | None = None,
) -> ReplicateFigures:
    """Read the replicates once, some at a time, and take from them all that is wanted.

    Args:
        rows: the maps.
        references: to score against.
        metrics: by name.
        with_ncc: also correlate the maps.
        primary: the measure whose scores with the masks of other expressions are wanted, too.
    """
    g, e = len(rows.pools), len(rows.expressions)
    scores = {reference.name: [np.empty((0, g, e, len(metrics)))] for reference in references}
    specific = {reference.name: [np.empty((0, g, e))] for reference in references}
    others = {name: [np.empty((0, g, e))] for name in scores} if primary else {}
    asked = {primary: metrics[primary]} if primary else {}
    sizes = {PAIRS: g * e, **dict.fromkeys(rows.expressions, g)} if with_ncc else {}
    ncc = {name: [np.empty((0, n, n))] for name, n in sizes.items()}
    valid = rows.halved_valid() if rows.replicates else np.empty(0, dtype=bool)
    coarse_valid = halved_valid(valid, NCC.needs.replicates_halved) if rows.replicates else valid
    halves = half_references(references, rows.expressions)
    for part in rows.resampled_parts():
        by_group = [score_replicates(maps, ok, halves, metrics) for maps, ok in zip(part, valid, strict=True)]
        for number, name in enumerate(scores):
            scores[name].append(np.stack([of_group[number] for of_group in by_group], axis=1))
        for half in halves:
            own = [specific_replicates(maps, ok, half) for maps, ok in zip(part, valid, strict=True)]
            specific[half.name].append(np.stack(own, axis=1))
        for half in halves if asked else ():
            by_group = [_others(maps, ok, half, asked) for maps, ok in zip(part, valid, strict=True)]
            others[half.name].append(np.stack(by_group, axis=1))
        coarse = halved(part, NCC.needs.replicates_halved) if with_ncc else part[:, :0]
        for r in range(coarse.shape[1]):
            taken = coarse_valid & np.isfinite(coarse[:, r])
            ncc[PAIRS].append(compare(flat(coarse[:, r]), flat(taken))[0][None])
            for number, name in enumerate(rows.expressions):
                ncc[name].append(compare(coarse[:, r, number], taken[:, number])[0][None])
    return ReplicateFigures(*(_resampled(figures, rows.layout) for figures in (scores, specific, ncc, others)))


def _resampled(chunks: Mapping[str, Sequence[np.ndarray]], layout: Layout) -> dict[str, Resampled]:
    return {name: Resampled(np.concatenate(of_name), layout) for name, of_name in chunks.items()}


def flat(values: np.ndarray) -> np.ndarray:
    """(pool, expression, ...) as (pool and expression, ...)."""
    return values.reshape(-1, *values.shape[2:])


def half_references(references: Sequence[Reference], expressions: Sequence[str]) -> list[StudyReference]:
    """References on the grid of replicates, which is half of the frame's."""
    return [study_reference(reference, expressions).halved(1) for reference in references]


def _others(maps: np.ndarray, valid: np.ndarray, reference: StudyReference, primary: Metrics) -> np.ndarray:
    """(row, expression) mean score of each map with the maps that the reference has of other expressions."""
    result = np.full(maps.shape[:2], np.nan)
    for e, index in enumerate(reference.own):
        there = np.flatnonzero(np.isfinite(maps[:, e]).any((-2, -1)))
        others = np.array([number for number in range(len(reference.maps)) if number != index], dtype=np.int64)
        if index >= 0 and others.size and valid[e].any() and there.size:
            scores = spread_scores(maps[there, e], valid[e], reference.maps.known_to_all()[others], primary)
            result[there, e] = mean_known(scores[..., 0], axis=1)
    return result


def score_replicates(
    maps: np.ndarray, valid: np.ndarray, references: Sequence[StudyReference], metrics: Metrics
) -> np.ndarray:
    """Scores of the replicates of one pool of maps, each with its own expression's maps of every reference.

    Args:
        maps: (replicate, expression, y2, x2).
        valid: (expression, y2, x2) bool.
        references: of r references, on the same grid.
        metrics: by name.

    Returns:
        (r, replicate, expression, metric), NaN where undefined.
    """
    result = np.full((len(references), *maps.shape[:2], len(metrics)), np.nan)
    for e in range(maps.shape[1]):
        own = [reference.of(e) for reference in references]
        known = np.array([number for number, item in enumerate(own) if item is not None], dtype=np.int64)
        there = np.flatnonzero(np.isfinite(maps[:, e]).any((-2, -1)))
        if known.size and valid[e].any() and there.size:
            together = ReferenceMaps.stack([item for item in own if item is not None])
            scores = spread_scores(maps[there, e], valid[e], together, metrics)
            result[known[:, None], there, e] = np.moveaxis(scores, 1, 0)
    return result
