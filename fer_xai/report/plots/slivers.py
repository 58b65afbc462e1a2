"""Thin lines of unknown pixels, which flat triangles of the warp leave: drawn as their neighbours."""

import numpy as np
from scipy.ndimage import binary_opening, distance_transform_edt

# What no square of this side fits into is a line.
_SIDE = 3


def without_slivers(values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values with thin unknown lines filled from the nearest known pixel, for drawings: no score counts them.

    A triangle that is nearly flat in the crops, such as that from the brow's outer end upwards, is not carried over,
    and leaves a line of one pixel or two across the face.

    Args:
        values: (y, x) or (y, x, channel).
        known: bool (y, x).

    Returns:
        The values, and where they are known or filled, bool (y, x).
    """
    if known.all() or not known.any():
        return values, known
    thin = ~known & ~binary_opening(~known, np.ones((_SIDE, _SIDE)))
    nearest = distance_transform_edt(~known, return_distances=False, return_indices=True)
    filled = np.array(values)
    filled[thin] = values[tuple(nearest)][thin]
    return filled, known | thin
