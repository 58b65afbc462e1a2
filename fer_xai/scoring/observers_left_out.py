"""Scores with observers when a part of these is left out: how far scores hang on who the observers were."""

from collections.abc import Mapping, Sequence

import numpy as np

from fer_xai.face.masks import Reference
from fer_xai.face.observers.maps import ObserverMaps
from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.pixels import Array
from fer_xai.metrics.resolution import halved, halved_valid
from fer_xai.scoring.observer_halves import HALVED, mean_maps
from fer_xai.scoring.people_scores import as_reference, share_of
from fer_xai.scoring.pooled_maps import PooledMaps
from fer_xai.scoring.specific import SPECIFIC, own_correlations, specific_maps


def scores_without(
    rows: PooledMaps, reference: Reference, metrics: Metrics, parts: Sequence[frozenset[str]]
) -> dict[str, Array]:
    """Score maps with the mean over all observers, then over all without each part of them.

    Only the spread of these is used: they are on a coarse grid.

    Args:
        rows: the maps, of g pools and e expressions.
        reference: of observers.
        metrics: by name.
        parts: names of observers, b of them, as for the ceilings.

    Returns:
        By metric, and under `SPECIFIC`, (1 + b, g, e); NaN where undefined.
    """
    shape = (1 + len(parts), len(rows.pools), len(rows.expressions))
    found = {name: np.full(shape, np.nan) for name in (*metrics, SPECIFIC)}
    means = {
        name: _means_without(observers, parts)
        for name in rows.expressions
        if name in reference and (observers := reference.observers_of(name)) is not None
    }
    places = [rows.expressions.index(name) for name in means]
    for g, pooled in enumerate(rows.maps):
        taken = halved_valid(pooled.valid, HALVED).reshape(shape[2], -1)
        maps = halved(np.where(pooled.valid, pooled.mean, 0.0), HALVED).reshape(shape[2], -1)
        for e, others in zip(places, means.values(), strict=True):
            known = taken[e] & np.isfinite(others).all(axis=0)
            if not known.any():
                continue
            own, references = maps[None, e, known], others[:, None, known]
            for name, metric in metrics.items():
                form = as_reference(references, metric, share_of(reference))
                found[name][:, g, e] = metric.score(own, form)
        found[SPECIFIC][:, g, places] = _specific(maps, taken, dict(zip(places, means.values(), strict=True)), shape[0])
    return found


def _means_without(observers: ObserverMaps, parts: Sequence[frozenset[str]]) -> Array:
    """(1 + b, p) mean maps of all observers, and without each part of them, on the coarse grid."""
    maps = halved(observers.maps, HALVED)
    sizes = np.asarray(observers.sizes, dtype=np.float64)
    kept = [np.isin(observers.names, list(part), invert=True) for part in parts]
    return mean_maps(maps.reshape(len(maps), -1), np.stack([np.ones(len(sizes)), *kept]) * sizes)


def _specific(maps: Array, taken: Array, means: Mapping[int, Array], number: int) -> Array:
    """(1 + b, e) specific agreement with the expressions that the reference has, by their places among the maps."""
    present = [e for e in means if taken[e].any()]
    result = np.full((number, len(means)), np.nan)
    if len(present) < 2:
        return result
    others = np.stack([means[e] for e in present], axis=1)
    known = taken[present].all(axis=0) & np.isfinite(others).all(axis=(0, 1))
    if known.any():
        own = specific_maps(maps[present][:, known])
        result[:, [list(means).index(e) for e in present]] = own_correlations(own, specific_maps(others[:, :, known]))
    return result
