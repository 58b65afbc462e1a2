"""A reference whose overlaps are easily counted."""

import numpy as np

from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.masks import Reference


def bands(name: str = "bands") -> Reference:
    """Six horizontal bands, one per expression."""
    weights = np.zeros((6, *FRAME_SHAPE), dtype=np.float32)
    for number in range(6):
        weights[number, 45 * number : 45 * number + 60] = 1
    return Reference(name, weights)
