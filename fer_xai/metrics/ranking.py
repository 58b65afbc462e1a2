"""Measures of how a map ranks the pixels of a mask against all others, whatever the threshold.

Each rests on the same curve: thresholds from the largest value down, and how many pixels of the mask and outside it lie
at or above each. Pixels of equal value are taken together, so the order of pixels never matters.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace, device, is_numpy_array

from fer_xai.metrics.pixels import Array, Problems, align, any_pixel, map_problems, mask_problems, nan_where


class Curve(NamedTuple):
    """One map's counts of pixels at its distinct values, from the largest down; float64 (k + 1,), starting with 0."""

    inside: Array
    outside: Array


class Ranking(NamedTuple):
    """The curves of maps (leading axes flattened), and why rankings are undefined."""

    curves: list[Curve]
    problems: Problems


def rank(maps: Array, mask: Array, valid: Array | None = None) -> Ranking:
    """Rank the pixels of each map; arguments as for `auc`."""
    own = maps.shape[:-2]
    xp, maps, mask, valid = align(maps, mask, valid)
    inside = mask != 0
    shape = (-1, maps.shape[-2] * maps.shape[-1])
    values, hits = xp.reshape(maps, shape), xp.reshape(inside, shape)
    if valid is None:
        # A map that meets many masks is sorted once.
        which = np.broadcast_to(np.arange(int(np.prod(own))).reshape(own), maps.shape[:-2]).ravel().tolist()
        steps = {number: _steps(xp, values[which.index(number)]) for number in dict.fromkeys(which)}
        found = [_curve(xp, steps[number], hits[i]) for i, number in enumerate(which)]
    else:
        taken = xp.reshape(valid, shape)
        found = [_curve(xp, _steps(xp, values[i][taken[i]]), hits[i][taken[i]]) for i in range(values.shape[0])]
    problems = [
        *map_problems(xp, maps, valid),
        *mask_problems(xp, mask, valid),
        ("no pixel outside the mask", ~any_pixel(xp, ~inside, valid)),
    ]
    return Ranking(found, problems)


def _steps(xp: Any, values: Array) -> tuple[Array, Array]:
    """Places of a map's values (n,) from the largest to the smallest, and the last place of each distinct value."""
    order = _from_the_largest(xp, values)
    values = xp.take(values, order)
    last_of_value = xp.ones(values.shape, dtype=xp.bool, device=device(values))
    if values.shape[0]:
        last_of_value[:-1] = values[1:] != values[:-1]
    (at,) = xp.nonzero(last_of_value)
    return order, at


def _curve(xp: Any, steps: tuple[Array, Array], inside: Array) -> Curve:
    order, at = steps
    hits = xp.astype(xp.cumulative_sum(xp.astype(xp.take(inside, order), xp.int64)), xp.float64)
    hits = xp.take(hits, at)
    start = xp.zeros(1, dtype=xp.float64, device=device(hits))
    return Curve(xp.concat([start, hits]), xp.concat([start, xp.astype(at + 1, xp.float64) - hits]))


def _from_the_largest(xp: Any, values: Array) -> Array:
    """Places of the values (n,) from the largest to the smallest."""
    if not (is_numpy_array(values) and values.dtype == np.float32):
        return xp.argsort(-values, stable=False)
    # NumPy sorts 16-bit numbers by radix: two such passes over the bits, lower half first, are four times as fast as a
    # comparison sort. Flipped like this, the bits of floating numbers sort as the numbers do, the largest first.
    bits = np.ascontiguousarray(values).view(np.uint32)
    keys = np.where(bits >> 31, bits, ~bits & np.uint32(0x7FFFFFFF))
    order = np.argsort(keys.astype(np.uint16), kind="stable")
    return order[np.argsort((keys >> 16).astype(np.uint16)[order], kind="stable")]


def auc_of_curve(curve: Curve) -> Array:
    """Area under the ROC curve, by trapezoids; not finite where one side is empty."""
    inside, outside = curve
    xp = array_namespace(inside)
    area = xp.sum((outside[1:] - outside[:-1]) * (inside[1:] + inside[:-1])) / 2
    return area / (inside[-1] * outside[-1])


def average_precision_of_curve(curve: Curve) -> Array:
    """Sum of precision over the steps of recall; not finite where the mask is empty."""
    inside, outside = curve
    xp = array_namespace(inside)
    precision = inside[1:] / (inside[1:] + outside[1:])
    return xp.sum((inside[1:] - inside[:-1]) * precision) / inside[-1]


def area_matched_iou_of_curve(curve: Curve) -> Array:
    """IoU of as many of the largest pixels as the mask has; where equal values straddle the cut, the expected value."""
    inside, outside = curve
    xp = array_namespace(inside)
    covered, wanted = inside + outside, inside[-1]
    after = int(xp.sum(xp.astype(covered < wanted, xp.int64)))
    before = max(after - 1, 0)
    step = covered[after] - covered[before]
    part = (wanted - covered[before]) / xp.where(step > 0, step, xp.ones_like(step))
    both = inside[before] + part * (inside[after] - inside[before])
    return both / (2 * wanted - both)


def auc(maps: Array, mask: Array, valid: Array | None = None) -> Array:
    """Area under the ROC curve: mask pixels against all others.

    The probability that a pixel of the mask has a larger value than one outside it, ties counted half.

    Args:
        maps: (..., y, x).
        mask: bool (..., y, x).
        valid: bool (..., y, x), pixels that take part; None for all.

    Returns:
        (...) in [0, 1], 0.5 by chance, higher is better; NaN for a constant map, an empty mask or one that leaves no
        other pixel.

    Examples:
        >>> import numpy as np
        >>> float(auc(np.array([[0.1, 0.4, 0.35, 0.8]]), np.array([[False, False, True, True]])))
        0.75
    """
    return scores_of_ranking(auc_of_curve, rank(maps, mask, valid))


def average_precision(maps: Array, mask: Array, valid: Array | None = None) -> Array:
    """Average precision: the area under the precision-recall curve, as a sum over its steps.

    Arguments and result as for `auc`; by chance it is the mask's share of the pixels.
    """
    return scores_of_ranking(average_precision_of_curve, rank(maps, mask, valid))


def area_matched_iou(maps: Array, mask: Array, valid: Array | None = None) -> Array:
    """IoU where the map is cut so that it covers as many pixels as the mask.

    Arguments and result as for `auc`. Where pixels of equal value straddle the cut, they count in part.
    """
    return scores_of_ranking(area_matched_iou_of_curve, rank(maps, mask, valid))


def scores_of_ranking(of_curve: Callable[[Curve], Array], ranking: Ranking) -> Array:
    """One score per curve, NaN where it is undefined."""
    like = ranking.problems[0][1]
    xp = array_namespace(like)
    defined = ~xp.reshape(xp.any(xp.stack([bad for _, bad in ranking.problems]), axis=0), (-1,))
    nan = xp.full((), float("nan"), dtype=xp.float64, device=device(like))
    values = [of_curve(curve) if fine else nan for curve, fine in zip(ranking.curves, defined, strict=True)]
    flat = xp.stack(values) if values else xp.zeros(0, dtype=xp.float64, device=device(like))
    return nan_where(xp, xp.reshape(flat, like.shape), ranking.problems)
