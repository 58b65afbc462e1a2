"""How far one map tells what each action unit is worth to the network, by arithmetic on arrays."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from fer_xai.metrics.pairs import paired_ncc
from fer_xai.trust.map_likeness import spearman

#: Fewer players have no rank correlation: of two, any map orders every second pair rightly.
LEAST_PLAYERS = 3


def relevance_where_shown(heatmap: NDArray, places: NDArray) -> NDArray[np.float64]:
    """The mean of a map, weighted by where each player shows.

    Args:
        heatmap: (y, x).
        places: (players, y, x), none negative, each adding up to 1.

    Returns:
        One number per player, (players,), in the unit of the map.
    """
    return np.einsum("yx,pyx->p", heatmap.astype(np.float64), places.astype(np.float64))


def rank_correlation(relevance: NDArray, values: NDArray) -> float:
    """Spearman's rank correlation, over the players, of relevance with value; -1 to 1.

    Figures that differ by less than a millionth of the largest are equals. NaN with fewer than `LEAST_PLAYERS`, and
    where all values are equal; 0 for a map that gives all players the same relevance.
    """
    if len(values) < LEAST_PLAYERS:
        return math.nan
    return float(spearman(_in_steps(values)[None], _in_steps(relevance)[None])[0])


def hit(relevance: NDArray, values: NDArray) -> float:
    """Whether the player of most relevance is the one of most value: 1 or 0.

    Among equals (see `rank_correlation`) lots are drawn: what they give on average is told. NaN for a single player,
    which every map hits.
    """
    if len(values) < 2 or not np.isfinite(relevance).all():
        return math.nan
    first = _first(relevance)
    return float((first & _first(values)).sum() / first.sum())


def hit_of_permuted_values(values: NDArray) -> float:
    """How often the player of most relevance would be the one of most value if the values were dealt out anew: 0 to 1.

    NaN for a single player.
    """
    return math.nan if len(values) < 2 else float(_first(values).mean())


def map_correlation(heatmap: NDArray, true_map: NDArray, blur: float) -> float:
    """NCC of a map with the true map, both blurred; -1 to 1.

    A map without a negative pixel says nothing of what speaks against the class: it is compared with the positive part
    of the true map, a map with both signs with all of it.

    Args:
        heatmap: (y, x).
        true_map: the same shape, with its sign.
        blur: standard deviation of a Gaussian, as a share of the sides.

    Returns:
        NaN where the true map is the same everywhere; 0 where only the map is.
    """
    truth = true_map if heatmap.min() < 0 else true_map.clip(min=0)
    width = [blur * side for side in heatmap.shape]
    pair = [gaussian_filter(each.astype(np.float64), width, mode="constant") for each in (truth, heatmap)]
    return float(paired_ncc(pair[0][None], pair[1][None])[0])


def unchanged_share(heatmap: NDArray, unchanged: NDArray[np.bool_]) -> float:
    """The share of a map's relevance, whatever its sign, that lies where the expression changes nothing: 0 to 1.

    Args:
        heatmap: (y, x).
        unchanged: the same shape: where the face at rest and the full face agree.

    Returns:
        NaN for a map that is zero everywhere.
    """
    relevance = np.abs(heatmap.astype(np.float64))
    whole = relevance.sum()
    return float(relevance[unchanged].sum() / whole) if whole > 0 else math.nan


def agreeing(full: NDArray[np.uint8], rest: NDArray[np.uint8], tolerance: int) -> NDArray[np.bool_]:
    """Where two pictures agree: no channel differs by more than the tolerance.

    Args:
        full: (y, x, 3).
        rest: the same shape.
        tolerance: in grey levels, 0 to 255.

    Returns:
        (y, x).
    """
    return np.abs(full.astype(np.int16) - rest.astype(np.int16)).max(axis=-1) <= tolerance


def _in_steps(numbers: NDArray) -> NDArray[np.float64]:
    """Numbers in millionths of the largest: what differs by the rounding of the network alone is equal."""
    largest = np.abs(numbers).max(initial=0.0)
    return np.round(numbers / largest, 6) if largest > 0 else np.asarray(numbers, dtype=np.float64)


def _first(numbers: NDArray) -> NDArray[np.bool_]:
    steps = _in_steps(numbers)
    return steps == steps.max()
