"""The whole chain from a mean heatmap to its scores.

Stretch to [0, 1] over the valid pixels, multiply by 255, truncate to 8 bits, call relevant what lies above Otsu's
threshold, and compare with the reference; the measures without threshold take the map as it is. A reference with
weights is cut at half of its maximum where a measure needs a set of pixels, and used as it is elsewhere.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from array_api_compat import array_namespace, device

from fer_xai.errors import UserError
from fer_xai.face.half_maximum import half_of_maximum
from fer_xai.metrics.pixels import Array
from fer_xai.metrics.registry import METRICS

#: Pixels of maps that are scored at once, so that a processor's cache holds what is computed on the way.
CHUNK = 2**20


class Score(NamedTuple):
    """A value, or NaN and the reason why there is none."""

    value: float
    reason: str | None = None


def score_map(
    mean: Array, valid: Array | None, weights: Array, metrics: Iterable[str] | None = None
) -> dict[str, Score]:
    """All scores of one heatmap against one reference.

    Args:
        mean: (y, x), a global heatmap as it is (not stretched).
        valid: bool (y, x), pixels that take part; None for all.
        weights: (y, x), the reference: a mask, or weights from 0 to 1.
        metrics: names from `METRICS`; None for all.

    Returns:
        Name -> score, in the order asked for. Undefined scores are NaN and say why.

    Raises:
        UserError: an unknown metric, or shapes that do not go together.

    Examples:
        >>> import numpy as np
        >>> ramp = np.tile(np.linspace(0, 1, 8), (4, 1))
        >>> score_map(ramp, None, ramp > 0.5, ["iou"])["iou"]
        Score(value=1.0, reason=None)
        >>> score_map(0 * ramp, None, ramp > 0.5, ["iou"])["iou"].reason
        'constant map'
    """
    valid = valid if valid is None else valid[None, ...]
    names = _known(metrics)
    prepared = _prepare(*_inputs(mean[None, ...], valid, weights), names)
    scores = {}
    for name in names:
        value = float(METRICS[name].score(prepared[name])[0])
        reasons = [] if value == value else [why for why, bad in METRICS[name].problems(prepared[name]) if bool(bad[0])]
        scores[name] = Score(value, reasons[0] if reasons else None)
    return scores


def score_maps(
    maps: Array, valid: Array | None, weights: Array, metrics: Iterable[str] | None = None
) -> dict[str, Array]:
    """All scores of many heatmaps against one reference, as for bootstrap replicates.

    Args:
        maps: (n, y, x).
        valid: bool (y, x) or (n, y, x), pixels that take part; None for all.
        weights: (y, x), the reference.
        metrics: names from `METRICS`; None for all.

    Returns:
        Name -> float64 (n,), NaN where undefined; the same numbers as `score_map` gives one by one.

    Raises:
        UserError: an unknown metric, or shapes that do not go together.
    """
    names = _known(metrics)
    maps, mask, weights, valid = _inputs(maps, valid, weights)
    length = max(1, CHUNK // (maps.shape[-2] * maps.shape[-1]))
    xp = array_namespace(maps)
    parts = []
    for i in range(0, max(maps.shape[0], 1), length):
        ok = valid if valid is None else valid[i : i + length]
        prepared = _prepare(maps[i : i + length], mask, weights, ok, names)
        parts.append({name: METRICS[name].score(prepared[name]) for name in names})
    return {name: xp.concat([part[name] for part in parts]) for name in names}


def _known(metrics: Iterable[str] | None) -> list[str]:
    names = list(METRICS) if metrics is None else list(metrics)
    unknown = [name for name in names if name not in METRICS]
    if unknown:
        raise UserError(f"unknown metric '{unknown[0]}': known are {', '.join(METRICS)}")
    return names


def _inputs(maps: Array, valid: Array | None, weights: Array) -> tuple[Array, Array, Array, Array | None]:
    """Maps, mask, weights and the validity of each map, as (n, y, x) or (y, x).

    Where one validity holds for all maps, only its pixels are kept, in one row each, and no validity is left to heed.
    """
    if maps.ndim != 3 or tuple(weights.shape) != tuple(maps.shape[-2:]):
        raise UserError(
            f"maps of shape {tuple(maps.shape)} and a reference of {tuple(weights.shape)} do not go together"
        )
    if valid is not None and tuple(valid.shape) not in (tuple(maps.shape), tuple(maps.shape[-2:])):
        raise UserError(f"maps of shape {tuple(maps.shape)} and a validity of {tuple(valid.shape)} do not go together")
    xp, where = array_namespace(maps), device(maps)
    weights = xp.asarray(weights, device=where)
    mask = half_of_maximum(weights)
    valid = valid if valid is None else xp.astype(xp.asarray(valid, device=where), xp.bool)
    if valid is not None and valid.ndim == 2 and not bool(xp.any(valid)):
        valid = xp.broadcast_to(valid, maps.shape)  # nothing to keep: the measures say why they are undefined
    elif valid is not None and valid.ndim == 2:
        if not bool(xp.all(valid)):
            maps, mask, weights = maps[:, None, valid], mask[None, valid], weights[None, valid]
        valid = None
    return maps, mask, weights, valid


def _prepare(maps: Array, mask: Array, weights: Array, valid: Array | None, names: list[str]) -> dict[str, Any]:
    """What every metric needs, worked out once for all that need the same."""
    prepared: dict[Callable, Any] = {}
    for prepare in dict.fromkeys(METRICS[name].prepare for name in names):
        prepared[prepare] = prepare(maps, mask, weights, valid)
    return {name: prepared[METRICS[name].prepare] for name in names}
