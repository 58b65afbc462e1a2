"""The similarity of heatmaps with one other heatmap each."""

import math

import numpy as np
from numpy.typing import NDArray


def paired_ncc(maps: NDArray, others: NDArray) -> NDArray[np.float64]:
    """Normalised correlation coefficient of each map with its other one.

    Args:
        maps: (n, ...), what is compared with.
        others: the same shape; a pixel that is not finite in either map of a pair takes no part.

    Returns:
        float64 (n,) from -1 to 1. NaN where a map is the same everywhere or has no pixel: there is nothing to compare
        with. 0 where only the other one is the same everywhere: whatever was there is gone.

    Examples:
        >>> paired_ncc(np.array([[0, 1, 2], [0, 1, 2]]), np.array([[2, 1, 0], [5, 5, 5]]))
        array([-1.,  0.])
    """
    pair = np.stack([maps, others]).astype(np.float64)
    pair = pair.reshape(2, len(maps), math.prod(pair.shape[2:]))
    valid = np.isfinite(pair).all(axis=0)
    count = valid.sum(axis=1, keepdims=True)
    varies = np.where(valid, pair, -np.inf).max(axis=2, initial=-np.inf) > np.where(valid, pair, np.inf).min(
        axis=2, initial=np.inf
    )
    mean = np.where(valid, pair, 0).sum(axis=2, keepdims=True) / np.maximum(count, 1)
    away = np.where(valid, pair - mean, 0)
    product, (norm, other_norm) = (away[0] * away[1]).sum(axis=1), np.sqrt((away**2).sum(axis=2))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.clip(product / (norm * other_norm), -1, 1)
    return np.where(varies[0] & (norm > 0), np.where(varies[1] & (other_norm > 0), found, 0.0), np.nan)
