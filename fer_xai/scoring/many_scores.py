"""Scoring maps the quick way: many references at once, and coarser grids where only the spread counts.

Values in tables come from `fer_xai.metrics.scores.score_map`; what is here gives the same numbers in other shapes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fer_xai.face.masks import Reference, half_of_maximum
from fer_xai.metrics.registry import METRICS
from fer_xai.metrics.resolution import halve
from fer_xai.metrics.scores import score_maps


def compares_sets(metric: str) -> bool:
    """Whether a measure compares the map's relevant pixels with a mask, as IoU does, rather than the map itself."""
    return METRICS[metric].sets


def weights_by_expression(reference: Reference, expressions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The reference's weights for those of `expressions` that it knows.

    Returns:
        (m, y, x) weights, and for each expression the index of its weights, -1 where the reference has none.
    """
    known = [name for name in expressions if name in reference]
    own = np.array([known.index(name) if name in known else -1 for name in expressions])
    empty = np.empty((0, *reference.frame), dtype=np.float32)
    return np.stack([reference.weights_of(name) for name in known]) if known else empty, own


def against_references(maps: np.ndarray, valid: np.ndarray, weights: np.ndarray, metrics: Sequence[str]) -> np.ndarray:
    """Scores of every map with every one of many references.

    Args:
        maps: (n, y, x).
        valid: (y, x) bool.
        weights: (m, y, x).
        metrics: names in `METRICS`.

    Returns:
        (metric, n, m), NaN where undefined.
    """
    result = np.full((len(metrics), len(maps), len(weights)), np.nan)
    if not (valid.any() and len(weights)):
        return result
    masks = half_of_maximum(weights)
    # Only the pixels that take part are kept, in one row each: no validity is left to heed.
    inputs = maps[:, None, None, valid], masks[:, None, valid], weights[:, None, valid], None
    prepared: dict[Callable[..., Any], Any] = {}
    for number, name in enumerate(metrics):
        metric = METRICS[name]
        if metric.prepare not in prepared:
            prepared[metric.prepare] = metric.prepare(*inputs)
        result[number] = metric.score(prepared[metric.prepare])
    return result


def spread_scores(maps: np.ndarray, valid: np.ndarray, weights: np.ndarray, metrics: Sequence[str]) -> np.ndarray:
    """Scores of bootstrap replicates, of which only the spread is used.

    Measures of overlap are taken on the replicates' own grid. The others are slower, and smooth in the map: they are
    taken on means over 2 x 2 of its pixels.

    Args:
        maps: (n, y, x) replicates.
        valid: (y, x) bool.
        weights: (y, x), on the same grid.
        metrics: names in `METRICS`.

    Returns:
        (n, metric), NaN where undefined.
    """
    taken = valid & np.isfinite(maps).all(0)
    maps = np.where(taken, maps, 0)
    sets = [name for name in metrics if compares_sets(name)]
    others = [name for name in metrics if name not in sets]
    by_metric: dict[str, np.ndarray] = {}
    if sets:
        by_metric |= score_maps(maps, taken, weights, sets)
    if others:
        by_metric |= score_maps(halve(maps), halve(taken.astype(np.float32)) >= 1, halve(weights), others)
    return np.stack([by_metric[name] for name in metrics], axis=-1)
