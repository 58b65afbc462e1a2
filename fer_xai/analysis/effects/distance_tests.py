"""Whether groups of maps differ: PERMANOVA, PERMDISP and ANOSIM, for many labellings at once.

All three take squared distances between n maps. Those of standardised maps (mean 0, length 1 over the pixels that all
have) are 2 (1 - NCC), a squared Euclidean distance. scikit-bio computes the same statistics, one labelling at a time
and without restricted or complete permutations; the tests hold these against its.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

# Labellings that are worked on at once.
_CHUNK = 1000


def permanova(squared: NDArray, codes: NDArray) -> NDArray:
    """Pseudo-F of groups of maps: variance between groups over variance within (Anderson 2001).

    Args:
        squared: (n, n) squared distances.
        codes: (p, n) labellings, levels from 0.

    Returns:
        (p,); infinite where groups hold nothing but equal maps.

    Examples:
        >>> points = np.array([0.0, 1.0, 4.0, 5.0])
        >>> permanova((points[:, None] - points) ** 2, np.array([[0, 0, 1, 1], [0, 1, 0, 1]]))
        array([32.   ,  0.125])
    """
    n, levels = len(squared), int(codes.max()) + 1
    total = squared.sum() / (2 * n)
    within = _by_chunk(codes, lambda part: _within(squared, part))
    with np.errstate(divide="ignore", invalid="ignore"):
        return (total - within) / (levels - 1) / (np.maximum(within, 0) / (n - levels))


def explained(f: float, n: int, levels: int) -> float:
    """R2: the share of the sum of squares that lies between groups, from pseudo-F.

    Examples:
        >>> explained(32.0, 4, 2)
        0.9411764705882353
    """
    return f * (levels - 1) / (f * (levels - 1) + n - levels) if np.isfinite(f) else 1.0


def permdisp(from_centroid: NDArray, codes: NDArray, *, own: bool = False) -> NDArray:
    """F of the distances of maps from the centroid of their group: do groups scatter alike (Anderson 2006)?

    The distances are permuted, not the maps: groups may differ in where they lie. Distances from one estimated centroid
    share its error (they correlate by about 1 / (size - 1)^2), which permuted distances do not: without allowing for it
    the test errs in 7 to 9 % of small studies. So the deviations of the study's own groups count less, by O'Neill and
    Mathews' (2000) factor.

    Args:
        from_centroid: (n,), see `centroid_distances`.
        codes: (p, n) labellings.
        own: whether the labels are those by which the centroids were estimated; groups then have three maps at least.

    Returns:
        (p,).
    """
    n, levels = len(from_centroid), int(codes.max()) + 1
    deviations = from_centroid - from_centroid.mean()
    inside = codes[:, None] == np.arange(levels)[:, None]
    sizes = inside.sum(2)
    means = (inside @ deviations) / sizes
    within = (deviations**2).sum() - (sizes * means**2).sum(1)
    weights = sizes * (_shrunk(sizes) if own else 1.0)
    centre = (weights * means).sum(1, keepdims=True) / weights.sum(1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (weights * (means - centre) ** 2).sum(1) / (levels - 1) / (np.maximum(within, 0) / (n - levels))


def _shrunk(sizes: NDArray) -> NDArray:
    shared = 1 / (sizes - 1.0) ** 2
    return (1 - shared) / (1 + (sizes - 1) * shared)


def centroid_distances(squared: NDArray, codes: NDArray) -> NDArray:
    """Distances of maps from the centroid of their group, which has two maps at least.

    Each is divided by sqrt(1 - 1 / size of the group), as small groups lie closer to their own centroid (O'Neill and
    Mathews 2000).

    Args:
        squared: (n, n) squared distances.
        codes: (n,) level of each map.

    Returns:
        (n,).
    """
    distances = np.empty(len(squared))
    for level in np.unique(codes):
        own = codes == level
        size = own.sum()
        part = squared[np.ix_(own, own)]
        lengths = part.mean(1) - part.sum() / (2 * size**2)
        distances[own] = np.sqrt(np.maximum(lengths, 0) / (1 - 1 / size))
    return distances


def anosim(ranks: NDArray, codes: NDArray) -> NDArray:
    """R of ranks of distances: 1, all distances within groups are below all between; 0, no difference (Clarke 1993).

    Args:
        ranks: (n, n), see `distance_ranks`.
        codes: (p, n) labellings.

    Returns:
        (p,) in [-1, 1].
    """
    pairs = len(ranks) * (len(ranks) - 1) / 2
    total = ranks.sum() / 2

    def statistic(part: NDArray) -> NDArray:
        inside, number = np.zeros(len(part)), np.zeros(len(part))
        for level in range(int(codes.max()) + 1):
            own = (part == level).astype(np.float64)
            size = own.sum(1)
            inside += ((own @ ranks) * own).sum(1) / 2
            number += size * (size - 1) / 2
        return ((total - inside) / (pairs - number) - inside / number) / (pairs / 2)

    return _by_chunk(codes, statistic)


def distance_ranks(squared: NDArray) -> NDArray:
    """(n, n) ranks of the distances between different maps, from 1, ties sharing their mean; 0 on the diagonal."""
    upper = np.triu_indices(len(squared), 1)
    ranks = np.zeros(squared.shape)
    # Distances that differ by rounding only are ties.
    ranks[upper] = rankdata(np.round(squared[upper], 12))
    return ranks + ranks.T


def _within(squared: NDArray, codes: NDArray) -> NDArray:
    """Sum of squares within groups: of squared distances within each, over its size."""
    within = np.zeros(len(codes))
    for level in range(int(codes.max()) + 1):
        own = (codes == level).astype(np.float64)
        within += ((own @ squared) * own).sum(1) / (2 * own.sum(1))
    return within


def _by_chunk(codes: NDArray, statistic: Callable[[NDArray], NDArray]) -> NDArray:
    return np.concatenate([statistic(codes[start : start + _CHUNK]) for start in range(0, len(codes), _CHUNK)])
