"""Dividing observers: random halves of them, and all of them without a few, and what their maps are on average.

A unit is an observer, or a fixed group of observers whose maps are known by their mean only.
"""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_xai.metrics.pixels import Array

#: Ways of dividing observers into halves that are averaged over.
SPLITS = 100
#: The same for figures of which only the spread is used, or whose measure is slow.
FEW_SPLITS = 20
#: Times that the frame's grid is halved for such figures.
HALVED = 2
#: Parts that observers are left out by, one after the other; where there are fewer observers, each by itself.
BLOCKS = 20

_SEED = 20170512


def random_halves(units: int, splits: int = SPLITS) -> NDArray[np.bool_]:
    """Ways to divide units into halves; of an odd number, the first half is the smaller one.

    Args:
        units: how many there are, 2 or more.
        splits: ways wanted; where there are no more than so many, all of them, each once.

    Returns:
        bool (at most `splits`, units), true for the first half; the same for the same numbers.

    Examples:
        >>> random_halves(3).astype(int).tolist()
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        >>> random_halves(20, 7).sum(axis=1).tolist()
        [10, 10, 10, 10, 10, 10, 10]
    """
    size = units // 2
    # Two halves of one size are the same way of dividing, whichever comes first.
    ways = math.comb(units, size) // (2 if 2 * size == units else 1)
    if ways <= splits:
        chosen = np.array(list(itertools.islice(itertools.combinations(range(units), size), ways)))
    else:
        rng = np.random.default_rng(_SEED)
        chosen = np.stack([rng.permutation(units)[:size] for _ in range(splits)])
    halves = np.zeros((len(chosen), units), dtype=bool)
    np.put_along_axis(halves, chosen, True, axis=1)
    return halves


def left_out(names: Sequence[str], blocks: int = BLOCKS) -> list[frozenset[str]]:
    """Parts of the observers, one of which is left out at a time.

    Args:
        names: of the units.
        blocks: parts wanted; units that are no more than so many are parts of their own.
    """
    order = np.random.default_rng(_SEED).permutation(len(names))
    return [frozenset(names[i] for i in part) for part in np.array_split(order, min(blocks, len(names)))]


def mean_maps(maps: Array, weights: Array) -> NDArray[np.float32]:
    """Means of maps under several sets of weights.

    Args:
        maps: (n, p) pixels, NaN where unknown.
        weights: (s, n), 0 or more.

    Returns:
        (s, p): each pixel's mean over the maps that know it; NaN where none of weight does.

    Examples:
        >>> mean_maps(np.array([[1.0, np.nan], [4.0, 2.0]]), np.array([[2, 1], [1, 0]]))
        array([[ 2.,  2.],
               [ 1., nan]], dtype=float32)
    """
    known = np.isfinite(maps)
    weights = np.asarray(weights, dtype=np.float32)
    total = weights @ np.where(known, maps, 0).astype(np.float32)
    number = weights.sum(axis=1, keepdims=True) if known.all() else weights @ known.astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(number > 0, total / number, np.float32(np.nan))


class HalfMeans(NamedTuple):
    """Mean maps of both halves under each way of dividing.

    Attributes:
        first: (s, p) over the p pixels that both halves know under every way.
        second: (s, p) likewise.
        shares: (s,) share of the first half in all observers.
    """

    first: NDArray[np.float32]
    second: NDArray[np.float32]
    shares: NDArray[np.float64]


def half_means(maps: Array, sizes: Sequence[int] | Array, halves: NDArray[np.bool_]) -> HalfMeans:
    """The mean maps of halves of observers; ways that leave nobody in a half are passed over.

    Args:
        maps: (n, p), NaN where unknown.
        sizes: (n,) observers behind each map; 0 leaves a unit out.
        halves: bool (s, n).
    """
    shares = np.where(halves, sizes, 0).sum(axis=1) / max(float(np.sum(sizes)), 1.0)
    halves, shares = (item[(shares > 0) & (shares < 1)] for item in (halves, shares))
    first, second = (mean_maps(maps, np.where(part, sizes, 0)) for part in (halves, ~halves))
    known = np.isfinite(first).all(axis=0) & np.isfinite(second).all(axis=0)
    return HalfMeans(first[:, known], second[:, known], shares)
