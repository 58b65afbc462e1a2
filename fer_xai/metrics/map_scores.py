"""The whole chain from a mean heatmap to its scores.

Stretch to [0, 1] over the valid pixels, multiply by 255, truncate to 8 bits, call relevant what lies above Otsu's
threshold, and compare with the reference; the measures without threshold take the map as it is. What the reference is
compared as (a set of pixels, weights, a map with its sign), each measure says; pixels that the reference does not know
take no part, in the threshold either.
"""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from fer_xai.errors import UserError
from fer_xai.metrics.metric import Metric, Metrics
from fer_xai.metrics.otsu import relevant_pixels
from fer_xai.metrics.pixels import Array, Problems, align, map_problems, nan_where
from fer_xai.metrics.reference_maps import ReferenceMaps, as_reference_maps

#: Pixels of maps that are scored at once, so that a processor's cache holds what is computed on the way.
CHUNK = 2**20


class Score(NamedTuple):
    """A value, or NaN and the reason why there is none."""

    value: float
    reason: str | None = None


class Comparison:
    """Maps and references side by side; what several metrics need of them is worked out once.

    Args:
        maps: (..., y, x).
        reference: (..., y, x), of which the pixels that take part are known.
        valid: bool (..., y, x), pixels that take part; None for all.
    """

    def __init__(self, maps: Array, reference: ReferenceMaps, valid: Array | None) -> None:
        self.maps, self.reference, self.valid = maps, reference, valid
        self._prepared: dict[Any, Any] = {}

    def score(self, metric: Metric[Any]) -> Array:
        """Scores (...), NaN where undefined."""
        return nan_where(metric.score_prepared(self._prepare(metric)), self.problems(metric))

    def problems(self, metric: Metric[Any]) -> Problems:
        """Why scores are undefined, with the cases for which each reason holds; the first one is what is told."""
        problems = metric.problems(self._prepare(metric))
        # A constant map has no relevant pixel either; that it is constant says more.
        return [*self._map_problems, *problems] if metric.compares == "sets" else problems

    @cached_property
    def _relevant(self) -> Array:
        return relevant_pixels(self.maps, self.valid)

    @cached_property
    def _map_problems(self) -> Problems:
        maps, _, valid = align(self.maps, self.reference.mask, self.valid)
        return map_problems(maps, valid)

    def _prepare(self, metric: Metric[Any]) -> Any:
        key = metric.compares, metric.reference, metric.prepare
        if key not in self._prepared:
            maps = self._relevant if metric.compares == "sets" else self.maps
            self._prepared[key] = metric.prepare(maps, getattr(self.reference, metric.reference), self.valid)
        return self._prepared[key]


def score_map(mean: Array, valid: Array | None, reference: ReferenceMaps | Array, metrics: Metrics) -> dict[str, Score]:
    """All scores of one heatmap against one reference.

    Args:
        mean: (y, x), a global heatmap as it is (not stretched).
        valid: bool (y, x), pixels that take part; None for all.
        reference: (y, x), see `as_reference_maps`.
        metrics: by name.

    Returns:
        Name -> score. Undefined scores are NaN and say why.

    Raises:
        UserError: shapes that do not go together.

    Examples:
        >>> import numpy as np
        >>> from fer_xai.metrics.iou import IoU
        >>> ramp = np.tile(np.linspace(0, 1, 8), (4, 1))
        >>> score_map(ramp, None, ramp > 0.5, {"iou": IoU()})["iou"]
        Score(value=1.0, reason=None)
        >>> score_map(0 * ramp, None, ramp > 0.5, {"iou": IoU()})["iou"].reason
        'constant map'
    """
    valid = valid if valid is None else valid[None, ...]
    comparison = Comparison(*_inputs(mean[None, ...], valid, as_reference_maps(reference)))
    scores = {}
    for name, metric in metrics.items():
        value = float(comparison.score(metric)[0])
        reasons = [] if value == value else [why for why, bad in comparison.problems(metric) if np.any(bad)]
        scores[name] = Score(value, reasons[0] if reasons else None)
    return scores


def score_maps(
    maps: Array, valid: Array | None, reference: ReferenceMaps | Array, metrics: Metrics
) -> dict[str, Array]:
    """All scores of many heatmaps against one reference, as for bootstrap replicates.

    Args:
        maps: (n, y, x).
        valid: bool (y, x) or (n, y, x), pixels that take part; None for all.
        reference: (y, x), likewise.
        metrics: by name.

    Returns:
        Name -> float64 (n,), NaN where undefined; the same numbers as `score_map` gives one by one.

    Raises:
        UserError: shapes that do not go together.
    """
    maps, reference, valid = _inputs(maps, valid, as_reference_maps(reference))
    length = max(1, CHUNK // (maps.shape[-2] * maps.shape[-1]))
    parts = []
    for i in range(0, max(maps.shape[0], 1), length):
        ok = valid if valid is None else valid[i : i + length]
        comparison = Comparison(maps[i : i + length], reference, ok)
        parts.append({name: comparison.score(metric) for name, metric in metrics.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in metrics}


def _inputs(maps: Array, valid: Array | None, reference: ReferenceMaps) -> tuple[Array, ReferenceMaps, Array | None]:
    """Maps, reference and the validity of each map, as (n, y, x) or (y, x).

    Where one validity holds for all maps, only its pixels are kept, in one row each, and no validity is left to heed.
    """
    if maps.ndim != 3 or reference.mask.shape != maps.shape[-2:]:
        raise UserError(f"maps of shape {maps.shape} and a reference of {reference.mask.shape} do not go together")
    if valid is not None and valid.shape not in (maps.shape, maps.shape[-2:]):
        raise UserError(f"maps of shape {maps.shape} and a validity of {valid.shape} do not go together")
    valid = valid if valid is None else np.asarray(valid, dtype=bool)
    if not reference.known.all():
        valid = reference.known if valid is None else valid & reference.known
    if valid is not None and valid.ndim == 2 and not valid.any():
        valid = np.broadcast_to(valid, maps.shape)  # nothing to keep: the measures say why they are undefined
    elif valid is not None and valid.ndim == 2:
        if not valid.all():
            maps, reference = maps[:, None, valid], reference.at(valid)
        valid = None
    return maps, reference, valid
