"""Specific agreement of a study's maps with its references, as scores with intervals and in its own table."""

from dataclasses import dataclass

import numpy as np

from fer_xai.face.masks import Reference
from fer_xai.metrics.baselines import landmark_density
from fer_xai.metrics.pixels import Array
from fer_xai.scoring.pooled_maps import PooledMaps
from fer_xai.scoring.replicates import ReplicateFigures
from fer_xai.scoring.score_tables import Scores
from fer_xai.scoring.specific import SPECIFIC, Specific, specific_agreement


@dataclass(frozen=True)
class SpecificScores:
    """Specific agreement of one pool's maps with one reference.

    Attributes:
        scores: as scores, with what resampled people and trainings give.
        found: with the pairings of expressions and the partial correlations.
    """

    scores: Scores
    found: Specific


def specific_scores(rows: PooledMaps, reference: Reference, by_replicate: ReplicateFigures) -> list[SpecificScores]:
    """Specific agreement of every pool's maps with one reference, at full resolution.

    Args:
        rows: the maps.
        reference: of any kind; one with fewer than two expressions has none to tell apart, and no row.
        by_replicate: what the replicates of the same maps give.
    """
    if len(reference.expressions) < 2:
        return []
    others = known_maps(reference)
    density = landmark_density(reference.frame)
    items = []
    for g, (pool, maps) in enumerate(zip(rows.pools, rows.maps, strict=True)):
        own = {name: np.where(maps.valid[e], maps.mean[e], np.nan) for e, name in enumerate(rows.expressions)}
        found = specific_agreement(own, others, density)
        values = dict(zip(found.expressions, found.values, strict=True))
        reasons = dict.fromkeys(found.expressions, found.reason)
        scores = Scores(
            *(pool, rows.explainer, reference.name, SPECIFIC, (-1.0, 1.0), True, rows.expressions),
            np.array([values.get(name, np.nan) for name in rows.expressions]),
            tuple(reasons.get(name, found.reason or _missing(name, reference)) for name in rows.expressions),
            by_replicate.specific[reference.name].each(lambda figures, g=g: figures[:, g]),  # type: ignore[misc]
            maps.images,
            maps.people,
        )
        items.append(SpecificScores(scores, found))
    return items


def known_maps(reference: Reference) -> dict[str, Array]:
    """The signed maps (y, x) of a reference by expression, NaN where unknown."""
    return {
        name: np.where(reference.known_of(name), reference.signed_of(name), np.nan) for name in reference.expressions
    }


def _missing(expression: str, reference: Reference) -> str:
    return "no heatmap" if expression in reference else f"{reference.name} has nothing for {expression}"
