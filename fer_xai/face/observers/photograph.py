"""Where the photographs that people saw behind tiles lie in the canonical face."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from fer_xai.face.canonical import FRAME_SHAPE, TRIANGLES, complete_landmarks, pixel_weights
from fer_xai.face.observers.shipped import shipped_stimuli


def mean_landmarks() -> NDArray[np.float64]:
    """Mean landmarks of the photographs, (68, 2): x and y as shares of their width and height."""
    photographs = shipped_stimuli()
    # Pixel centres are at whole numbers: a share begins half a pixel before the first one.
    shares = [
        (photographs.landmarks_of(name) + 0.5) / np.array(photographs.size_of(name)) for name in photographs.expressions
    ]
    return np.mean(shares, axis=0)


@cache
def photograph_coordinates(frame: tuple[int, int] = FRAME_SHAPE) -> NDArray[np.float64]:
    """Where each pixel of the canonical frame lies in the mean photograph: the warp of its landmarks, without pixels.

    Args:
        frame: rows and columns.

    Returns:
        (2, rows, columns), x and y as shares of the photograph's width and height; below 0 and above 1 beyond its
        edges. Read-only.
    """
    points = complete_landmarks(mean_landmarks(), 1)
    triangle, weights = pixel_weights(frame)
    coordinates = np.einsum("yxk,yxkc->cyx", weights, points[TRIANGLES[triangle]])
    coordinates.setflags(write=False)
    return coordinates
