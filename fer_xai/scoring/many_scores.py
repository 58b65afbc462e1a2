"""Scoring maps the quick way: many references at once, and coarser grids where only the spread counts.

Values in tables come from `fer_xai.metrics.scores.score_map`; what is here gives the same numbers in other shapes.
"""

from collections.abc import Sequence

import numpy as np

from fer_xai.face.masks import Reference, half_of_maximum
from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.resolution import halved, halved_valid
from fer_xai.metrics.scores import Comparison, score_maps


def weights_by_expression(reference: Reference, expressions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The reference's weights for those of `expressions` that it knows.

    Returns:
        (m, y, x) weights, and for each expression the index of its weights, -1 where the reference has none.
    """
    known = [name for name in expressions if name in reference]
    own = np.array([known.index(name) if name in known else -1 for name in expressions])
    empty = np.empty((0, *reference.frame), dtype=np.float32)
    return np.stack([reference.weights_of(name) for name in known]) if known else empty, own


def against_references(maps: np.ndarray, valid: np.ndarray, weights: np.ndarray, metrics: Metrics) -> np.ndarray:
    """Scores of every map with every one of many references.

    Args:
        maps: (n, y, x).
        valid: (y, x) bool.
        weights: (m, y, x).
        metrics: by name.

    Returns:
        (metric, n, m), NaN where undefined.
    """
    result = np.full((len(metrics), len(maps), len(weights)), np.nan)
    if not (valid.any() and len(weights)):
        return result
    masks = half_of_maximum(weights)
    # Only the pixels that take part are kept, in one row each: no validity is left to heed.
    comparison = Comparison(maps[:, None, None, valid], masks[:, None, valid], weights[:, None, valid], None)
    for number, metric in enumerate(metrics.values()):
        result[number] = comparison.score(metric)
    return result


def spread_scores(maps: np.ndarray, valid: np.ndarray, weights: np.ndarray, metrics: Metrics) -> np.ndarray:
    """Scores of bootstrap replicates, of which only the spread is used.

    Each metric says on how fine a grid it needs them, or that it does not.

    Args:
        maps: (n, y, x) replicates.
        valid: (y, x) bool.
        weights: (y, x), on the same grid.
        metrics: by name.

    Returns:
        (n, metric), NaN where undefined or not wanted.
    """
    valid = valid & np.isfinite(maps).all(0)
    maps = np.where(valid, maps, 0)
    scores = {name: np.full(len(maps), np.nan) for name in metrics}
    for times in {metric.needs.replicates_halved for metric in metrics.values() if metric.needs.replicates}:
        wanted = {
            name: one for name, one in metrics.items() if one.needs.replicates and one.needs.replicates_halved == times
        }
        small = halved(maps, times), halved_valid(valid, times), halved(weights, times)
        scores |= score_maps(*small, wanted)
    return np.stack([scores[name] for name in metrics], axis=-1)
