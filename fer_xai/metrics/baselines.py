"""What a score stands beside: maps that know nothing of the network, and all ways to pair expressions with masks."""

from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_xai.errors import UserError
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


def landmark_density(
    landmarks: ArrayLike | None = None, frame: tuple[int, int] = FRAME_SHAPE, part: float = 1 / 16
) -> NDArray[np.float64]:
    """Density of landmarks in the frame: where a face has structure at all.

    Args:
        landmarks: (..., n, 2), (x, y) in pixels of the frame; None for the 68 canonical ones, where the warp takes the
            landmarks of every face.
        frame: rows and columns.
        part: standard deviation of the smoothing along each axis, as a part of the frame's extent along it.

    Returns:
        (rows, columns), scaled to a largest value of 1.
    """
    points = canonical_points(frame)[:N_LANDMARKS] if landmarks is None else np.asarray(landmarks, dtype=np.float64)
    x, y = points.reshape(-1, 2).T
    rows, columns = (
        np.exp(-0.5 * ((np.arange(length)[:, None] - at) / (part * length)) ** 2)
        for length, at in zip(frame, (y, x), strict=True)
    )
    density = rows @ columns.T
    return density / density.max()


def full_frame(frame: tuple[int, int] = FRAME_SHAPE) -> NDArray[np.bool_]:
    """Every pixel relevant, bool (rows, columns); its IoU with a mask is the mask's share of the frame."""
    return np.ones(frame, dtype=bool)


def random_shifts(
    values: NDArray, n: int, seed: int, valid: NDArray[np.bool_] | None = None
) -> tuple[NDArray, NDArray[np.bool_]]:
    """A map moved around the frame by chance: the same shape, at places that mean nothing.

    What leaves the frame on one side enters it on the other.

    Args:
        values: (y, x).
        n: number of shifts.
        seed: of the random numbers.
        valid: bool (y, x); None for all pixels.

    Returns:
        The shifted maps (n, y, x), and where each is valid: where the pixel that came is valid, and the place as well.
    """
    rows, columns = values.shape
    valid = np.ones(values.shape, dtype=bool) if valid is None else valid
    # Number 0 would leave the map where it is.
    places = np.random.default_rng(seed).integers(1, rows * columns, n)
    steps = [(int(place // columns), int(place % columns)) for place in places]
    maps = [np.roll(values, step, axis=(0, 1)) for step in steps]
    kept = [np.roll(valid, step, axis=(0, 1)) & valid for step in steps]
    return np.array(maps).reshape(n, rows, columns), np.array(kept, dtype=bool).reshape(n, rows, columns)


class Pairings(NamedTuple):
    """How the right pairing of expressions with masks compares with all pairings.

    Attributes:
        right: mean score of the heatmaps with the masks of their own expression.
        others: mean score with the masks of other expressions.
        at_least_as_good: number of pairings that score at least as well as the right one, which is among them.
        pairings: number of all pairings.
        p_value: share of the pairings that are at least as good.
    """

    right: float
    others: float
    at_least_as_good: int
    pairings: int
    p_value: float


def pairings(scores: ArrayLike, higher_is_better: bool = True) -> Pairings:
    """Compare the right pairing of expressions with masks with every other one.

    Args:
        scores: (k, k), the score of expression i's heatmaps against the mask of expression j.
        higher_is_better: direction of the score.

    Returns:
        See `Pairings`; NaN, and 0 pairings at least as good, where a score is NaN.

    Raises:
        UserError: the matrix is not square, or has more than 9 rows (too many pairings).
    """
    matrix = np.asarray(scores, dtype=np.float64)
    k = len(matrix)
    if matrix.shape != (k, k) or not 1 < k < 10:
        raise UserError(f"scores of shape {matrix.shape}: a square matrix of 2 to 9 expressions by masks is needed")
    diagonal = np.eye(k, dtype=bool)
    orders = np.array(list(permutations(range(k))))
    means = matrix[np.arange(k), orders].mean(axis=1)
    right, others = matrix[diagonal].mean(), matrix[~diagonal].mean()
    if np.isnan(matrix).any():
        return Pairings(float(right), float(others), 0, len(orders), float("nan"))
    better = means - right if higher_is_better else right - means
    at_least = int((better >= -1e-12 * abs(right)).sum())
    return Pairings(float(right), float(others), at_least, len(orders), at_least / len(orders))
