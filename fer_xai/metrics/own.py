"""Metrics of a user's own, beside those of the registry while a run or an analysis lasts."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from fer_xai.config.own import built, own_part
from fer_xai.errors import UserError
from fer_xai.metrics import saliency
from fer_xai.metrics.otsu import relevant_pixels
from fer_xai.metrics.overlap import count_overlap, overlap_problems
from fer_xai.metrics.pixels import Array, Problems, align, map_problems, nan_where
from fer_xai.metrics.registry import METRICS, Metric

#: What a metric says for itself, with the values that are right.
_NEEDED: dict[str, tuple[str, set[Any]]] = {
    "compares": ("'sets' (relevant pixels with a mask) or 'values' (the map with weights)", {"sets", "values"}),
    "higher_is_better": ("True or False", {True, False}),
}


@contextmanager
def own_metrics(nodes: Mapping[str, Any] | None) -> Iterator[None]:
    """Know a user's metrics by their names meanwhile.

    A metric is an object with `compares` (`sets` or `values`), `higher_is_better`, `bounds` (smallest and largest
    value), `title` if it has one, and `score(maps, reference, valid)`: NumPy arrays of one shape (..., y, x), in which
    pixels may lie in one row, `valid` bool; it gives (...) scores.

    Args:
        nodes: name -> config node; None for none.

    Raises:
        UserError: a name that is taken, or a metric that lacks something or gives something else.
    """
    found = {str(name): _metric(str(name), node) for name, node in (nodes or {}).items()}
    METRICS.update(found)
    try:
        yield
    finally:
        for name in found:
            METRICS.pop(name, None)


def _metric(name: str, node: Any) -> Metric:
    key = f"metrics.{name}"
    if name in METRICS:
        raise UserError(f"{key}: there is a metric of this name; choose another")
    part = built(key, node, object, "a metric")
    for word, (right, values) in _NEEDED.items():
        if not hasattr(part, word) or getattr(part, word) not in values:
            raise UserError(f"{key}: its attribute `{word}` has to be {right}")
    bounds = getattr(part, "bounds", None)
    if not isinstance(bounds, list | tuple) or len(bounds) != 2 or not bounds[0] < bounds[1]:
        raise UserError(f"{key}: its attribute `bounds` has to be (smallest, largest) value")
    if not callable(getattr(part, "score", None)):
        raise UserError(f"{key}: it has no method score(maps, reference, valid)")
    sets = part.compares == "sets"
    rng = np.random.default_rng(0)
    with own_part(key, node):
        tried = part.score(rng.random((3, 4, 5)) > 0.5 if sets else rng.random((3, 4, 5)), *_example(rng, sets))
    if np.shape(tried) != (3,):
        raise UserError(f"{key}: `score` gives shape {np.shape(tried)} for maps (3, 4, 5); it has to give (3,)")
    low, high = np.nanmin(tried), np.nanmax(tried)
    if low < bounds[0] or high > bounds[1]:
        raise UserError(f"{key}: `score` gives {low:.3g} to {high:.3g}, outside its bounds {tuple(bounds)}")
    score = partial(_score, part)
    return Metric(
        function=lambda maps, reference, valid=None: score((maps, reference, valid, [])),
        higher_is_better=bool(part.higher_is_better),
        bounds=(float(bounds[0]), float(bounds[1])),
        prepare=_take_sets if sets else _take_values,
        score=score,
        problems=_problems,
        title=str(getattr(part, "title", "")),
        sets=sets,
    )


def _example(rng: np.random.Generator, sets: bool) -> tuple[np.ndarray, np.ndarray]:
    reference = rng.random((3, 4, 5))
    return reference > 0.5 if sets else reference, np.ones((3, 4, 5), dtype=bool)


def _take_sets(maps: Array, mask: Array, weights: Array, valid: Array | None) -> tuple[Any, ...]:
    relevant = relevant_pixels(maps, valid)
    xp, aligned, _, ok = align(maps, mask, valid)
    problems = [*map_problems(xp, aligned, ok), *overlap_problems(count_overlap(relevant, mask, valid))]
    return relevant, mask, valid, problems


def _take_values(maps: Array, mask: Array, weights: Array, valid: Array | None) -> tuple[Any, ...]:
    return maps, weights, valid, saliency.saliency_problems(maps, weights, valid)


def _score(part: Any, taken: tuple[Any, ...]) -> Array:
    maps, reference, valid, problems = taken
    xp, maps, reference, valid = align(maps, reference, valid)
    ok = np.ones(maps.shape, dtype=bool) if valid is None else np.asarray(valid)
    found = np.asarray(part.score(np.asarray(maps), np.asarray(reference), ok), dtype=np.float64)
    return nan_where(xp, xp.asarray(found), problems)


def _problems(taken: tuple[Any, ...]) -> Problems:
    return taken[3]
