"""Where the features of a drawn face show, and which of them show in the same place."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

#: A feature without which no pixel changes by more than this, of 255 levels, has no effect that can be seen.
INVISIBLE = 2.0
#: Features whose places have a larger cosine show in the same place.
OVERLAP = 0.5


def changes(full: np.ndarray, others: Sequence[np.ndarray]) -> NDArray[np.float32]:
    """How far pictures are from one, pixel by pixel.

    Args:
        full: uint8 (S, S, 3).
        others: n pictures of the same shape.

    Returns:
        (n, S, S) absolute differences, 0 to 255, the mean over the channels.
    """
    differences = [np.abs(full.astype(np.int16) - other).mean(axis=-1, dtype=np.float32) for other in others]
    return np.array(differences, np.float32).reshape(-1, *full.shape[:2])


def are_visible(differences: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether any pixel changes by more than `INVISIBLE`, (n,), of differences (n, S, S)."""
    return differences.max(axis=(1, 2), initial=0) > INVISIBLE


def in_one_place(differences: NDArray[np.float32]) -> list[tuple[int, ...]]:
    """Which features show in the same place: those of a cosine above `OVERLAP`, directly or through others.

    Args:
        differences: (n, S, S), none zero everywhere.

    Returns:
        Numbers of the features by place, each in one of them, in order.
    """
    if not len(differences):
        return []
    flat = differences.reshape(len(differences), -1).astype(float)
    unit = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    labels = connected_components(unit @ unit.T > OVERLAP, directed=False)[1]
    groups = [tuple(np.flatnonzero(labels == label).tolist()) for label in range(labels.max() + 1)]
    return sorted(groups)


def as_shares(differences: NDArray[np.float32]) -> NDArray[np.float32]:
    """Differences (n, S, S), each divided by its sum: what share of the change lies in each pixel."""
    sums = differences.sum(axis=(1, 2), keepdims=True, dtype=np.float64)
    return np.divide(differences, sums, out=np.zeros_like(differences), where=sums > 0, casting="unsafe")
