"""What a score stands beside: maps that know nothing of the network."""

import numpy as np
from numpy.typing import NDArray

from fer_xai.face.canonical import FRAME_SHAPE, N_LANDMARKS, canonical_points


def centred_gaussian(frame: tuple[int, int] = FRAME_SHAPE, part: float = 0.25) -> NDArray[np.float64]:
    """A Gaussian blob in the middle of the frame: the map of somebody who only knows where faces are.

    Args:
        frame: rows and columns.
        part: standard deviation along each axis, as a part of the frame's extent along it.

    Returns:
        (rows, columns), largest in the middle, at most 1.
    """
    rows, columns = (np.exp(-0.5 * ((np.arange(length) - (length - 1) / 2) / (part * length)) ** 2) for length in frame)
    return np.outer(rows, columns)


def landmark_density(frame: tuple[int, int] = FRAME_SHAPE, part: float = 1 / 16) -> NDArray[np.float64]:
    """Density of the 68 landmarks in the frame, where the warp takes those of every face: where a face has structure.

    Args:
        frame: rows and columns.
        part: standard deviation of the smoothing along each axis, as a part of the frame's extent along it.

    Returns:
        (rows, columns), scaled to a largest value of 1.
    """
    x, y = canonical_points(frame)[:N_LANDMARKS].T
    rows, columns = (
        np.exp(-0.5 * ((np.arange(length)[:, None] - at) / (part * length)) ** 2)
        for length, at in zip(frame, (y, x), strict=True)
    )
    density = rows @ columns.T
    return density / density.max()


def full_frame(frame: tuple[int, int] = FRAME_SHAPE) -> NDArray[np.bool_]:
    """Every pixel relevant, bool (rows, columns); its IoU with a mask is the mask's share of the frame."""
    return np.ones(frame, dtype=bool)
