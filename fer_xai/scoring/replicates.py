"""What the bootstrap replicates of a study's maps give: scores and correlations, in one pass over the files."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fer_xai.face.masks import Reference
from fer_xai.metrics.correlation import compare
from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.reference_maps import ReferenceMaps, StudyReference, study_reference
from fer_xai.scoring.many_scores import spread_scores
from fer_xai.scoring.pooled_maps import PooledMaps
from fer_xai.scoring.specific import specific_replicates

#: Stands for the expression where all pairs of network and expression are compared.
PAIRS = ""


@dataclass(frozen=True)
class ReplicateFigures:
    """Figures from each of r replicates.

    Attributes:
        scores: by reference (r, pool, expression, metric).
        specific: by reference (r, pool, expression) specific agreement.
        ncc: by expression (r, pool, pool); under `PAIRS` (r, n, n) over all n pairs of pool and expression.
    """

    scores: dict[str, np.ndarray]
    specific: dict[str, np.ndarray]
    ncc: dict[str, np.ndarray]


def replicate_figures(
    rows: PooledMaps, references: Sequence[Reference], metrics: Metrics, *, with_ncc: bool = True
) -> ReplicateFigures:
    """Read the replicates once, some at a time, and take from them all that is wanted.

    Args:
        rows: the maps.
        references: to score against.
        metrics: by name.
        with_ncc: also correlate the maps.
    """
    g, e = len(rows.pools), len(rows.expressions)
    scores = {reference.name: [np.empty((0, g, e, len(metrics)))] for reference in references}
    specific = {reference.name: [np.empty((0, g, e))] for reference in references}
    sizes = {PAIRS: g * e, **dict.fromkeys(rows.expressions, g)} if with_ncc else {}
    ncc = {name: [np.empty((0, n, n))] for name, n in sizes.items()}
    valid = rows.halved_valid() if rows.replicates else np.empty(0)
    halves = half_references(references, rows.expressions)
    for part in rows.replicate_parts():
        by_group = [score_replicates(maps, ok, halves, metrics) for maps, ok in zip(part, valid, strict=True)]
        for number, name in enumerate(scores):
            scores[name].append(np.stack([of_group[number] for of_group in by_group], axis=1))
        for half in halves:
            own = [specific_replicates(maps, ok, half) for maps, ok in zip(part, valid, strict=True)]
            specific[half.name].append(np.stack(own, axis=1))
        for r in range(part.shape[1] if with_ncc else 0):
            taken = valid & np.isfinite(part[:, r])
            ncc[PAIRS].append(compare(flat(part[:, r]), flat(taken))[0][None])
            for number, name in enumerate(rows.expressions):
                ncc[name].append(compare(part[:, r, number], taken[:, number])[0][None])
    return ReplicateFigures(
        {name: np.concatenate(chunks) for name, chunks in scores.items()},
        {name: np.concatenate(chunks) for name, chunks in specific.items()},
        {name: np.concatenate(chunks) for name, chunks in ncc.items()},
    )


def flat(values: np.ndarray) -> np.ndarray:
    """(pool, expression, ...) as (pool and expression, ...)."""
    return values.reshape(-1, *values.shape[2:])


def half_references(references: Sequence[Reference], expressions: Sequence[str]) -> list[StudyReference]:
    """References on the grid of replicates, which is half of the frame's."""
    return [study_reference(reference, expressions).halved(1) for reference in references]


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
        known = [number for number, item in enumerate(own) if item is not None]
        if known and valid[e].any():
            together = ReferenceMaps.stack([item for item in own if item is not None])
            result[known, :, e] = np.moveaxis(spread_scores(maps[:, e], valid[e], together, metrics), 1, 0)
    return result
