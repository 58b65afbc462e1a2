"""Every score of a heatmap against a reference, by name: what computes it, its direction and its bounds."""

from collections.abc import Callable
from functools import partial
from math import inf
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from array_api_compat import array_namespace

from fer_xai.metrics import overlap, ranking, saliency
from fer_xai.metrics.otsu import relevant_pixels
from fer_xai.metrics.pixels import Array, Problems, align, map_problems, nan_where


class Metric(NamedTuple):
    """One measure.

    Attributes:
        function: the functional form, (map or relevant pixels, mask or weights, valid) -> score.
        higher_is_better: direction.
        bounds: smallest and largest value that it can take.
        prepare: what it needs of (maps, mask, weights, valid); measures with the same one share its result.
        score: from that to the scores, NaN where undefined.
        problems: from that to why scores are undefined.
        title: its name as readers know it; empty where the name itself is that.
        sets: whether it compares the map's relevant pixels with a mask, rather than the map itself.
    """

    function: Callable[..., Array]
    higher_is_better: bool
    bounds: tuple[float, float]
    prepare: Callable[[Array, Array, Array, Array | None], Any]
    score: Callable[[Any], Array]
    problems: Callable[[Any], Problems]
    title: str = ""
    sets: bool = False


def _count(maps: Array, mask: Array, weights: Array, valid: Array | None) -> tuple[overlap.Overlap, Problems]:
    counts = overlap.count_overlap(relevant_pixels(maps, valid), mask, valid)
    # A constant map has no relevant pixel either; the first reason is the one that is given.
    xp, maps, _, valid = align(maps, maps, valid)
    return counts, [*map_problems(xp, maps, valid), *overlap.overlap_problems(counts)]


def _score_counts(of_counts: Callable[[overlap.Overlap], Array], counted: tuple[overlap.Overlap, Problems]) -> Array:
    counts, problems = counted
    return nan_where(array_namespace(counts.both), of_counts(counts), problems)


def _rank(maps: Array, mask: Array, weights: Array, valid: Array | None) -> ranking.Ranking:
    return ranking.rank(maps, mask, valid)


def _take_mask(maps: Array, mask: Array, weights: Array, valid: Array | None) -> tuple[Array, Array, Array | None]:
    return maps, mask, valid


def _take_weights(maps: Array, mask: Array, weights: Array, valid: Array | None) -> tuple[Array, Array, Array | None]:
    xp = array_namespace(maps)
    return xp.astype(maps, xp.float64), xp.astype(weights, xp.float64), valid


def _unpacked(function: Callable[..., Any], taken: tuple[Array, Array, Array | None]) -> Any:
    return function(*taken)


def _overlap(function: Callable[..., Array], of_counts: Callable[[overlap.Overlap], Array]) -> Metric:
    return Metric(function, True, (0.0, 1.0), _count, partial(_score_counts, of_counts), itemgetter(1), sets=True)


def _ranking(function: Callable[..., Array], of_curve: Callable[[ranking.Curve], Array]) -> Metric:
    score = partial(ranking.scores_of_ranking, of_curve)
    return Metric(function, True, (0.0, 1.0), _rank, score, attrgetter("problems"))


def _saliency(
    function: Callable[..., Array],
    bounds: tuple[float, float],
    higher_is_better: bool = True,
    problems: Callable[..., Problems] = saliency.saliency_problems,
    prepare: Callable[[Array, Array, Array, Array | None], Any] = _take_weights,
) -> Metric:
    return Metric(
        function, higher_is_better, bounds, prepare, partial(_unpacked, function), partial(_unpacked, problems)
    )


#: In the order in which tables list them.
METRICS: dict[str, Metric] = {
    "iou": _overlap(overlap.iou, overlap.iou_of_counts),
    "precision": _overlap(overlap.precision, overlap.precision_of_counts),
    "recall": _overlap(overlap.recall, overlap.recall_of_counts),
    "f1": _overlap(overlap.f1, overlap.f1_of_counts),
    "area_matched_iou": _ranking(ranking.area_matched_iou, ranking.area_matched_iou_of_curve),
    "auc": _ranking(ranking.auc, ranking.auc_of_curve),
    "average_precision": _ranking(ranking.average_precision, ranking.average_precision_of_curve),
    "nss": _saliency(saliency.nss, (-inf, inf)),
    "cc": _saliency(saliency.cc, (-1.0, 1.0), problems=saliency.correlation_problems),
    "sim": _saliency(saliency.sim, (0.0, 1.0)),
    "kl_divergence": _saliency(saliency.kl_divergence, (0.0, inf), higher_is_better=False),
    "pointing_game": _saliency(
        saliency.pointing_game, (0.0, 1.0), problems=saliency.pointing_problems, prepare=_take_mask
    ),
    "energy": _saliency(saliency.energy, (0.0, 1.0)),
}
