"""The warp to the canonical frame without torch, for the few pictures that observers saw: `face/warp` in NumPy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_xai.errors import UserError
from fer_xai.face.canonical import (
    FRAME_SHAPE,
    N_LANDMARKS,
    SMALLEST_AREA_RATIO,
    SMALLEST_STRETCH,
    TRIANGLES,
    canonical_points,
    complete_landmarks,
    image_size,
    pixel_weights,
)

_AROUND = (TRIANGLES >= N_LANDMARKS).any(axis=1)


@dataclass(frozen=True)
class LookUp:
    """Where each pixel of the frame takes its value from in one picture: a weighted mean of four of its pixels.

    Attributes:
        pixel: numbers (4, rows, columns) of the picture's pixels, row by row from 0.
        weight: their weights (4, rows, columns), float64; they add up to 1.
        valid: bool (rows, columns), whether the picture shows the pixel, see `CanonicalWarp.forward`.
    """

    pixel: NDArray[np.int64]
    weight: NDArray[np.float64]
    valid: NDArray[np.bool_]

    def carry(self, picture: NDArray[np.generic]) -> NDArray[np.float64]:
        """A map of the picture (h, w) in the frame, (rows, columns); 0 where it is not valid."""
        values = picture.reshape(-1)
        parts = (values[pixel] * weight for pixel, weight in zip(self.pixel, self.weight, strict=True))
        return np.where(self.valid, sum(parts), 0.0)


def warp_to_canonical(
    maps: NDArray[np.generic], landmarks: NDArray[np.floating], frame: tuple[int, int] = FRAME_SHAPE
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Warp maps of pictures to the canonical frame, as `CanonicalWarp` does and by the same rules of validity.

    Args:
        maps: (n, c, h, w) or (n, h, w); computed in float64.
        landmarks: (n, 68, 2), (x, y) in pixels of these maps; a picture whose landmarks are not finite has no valid
            pixel.
        frame: rows and columns of the frame.

    Returns:
        The warped maps (n, c, rows, columns) or (n, rows, columns), 0 where they are not valid, and where they are,
        bool (n, rows, columns).

    Raises:
        UserError: the shapes do not go together.

    Examples:
        >>> from fer_xai.face.canonical import CANONICAL_POINTS
        >>> face = np.random.default_rng(0).random((1, 275, 224))
        >>> warped, valid = warp_to_canonical(face, CANONICAL_POINTS[None, :68])
        >>> bool(valid.all()), np.allclose(warped, face)
        (True, True)
    """
    if maps.ndim not in (3, 4) or landmarks.shape != (len(maps), N_LANDMARKS, 2):
        raise UserError(
            f"maps of shape {maps.shape} and landmarks of shape {landmarks.shape}: (n, h, w) and (n, {N_LANDMARKS}, 2) "
            "go together, x before y, in pixels of the maps"
        )
    frame = image_size(frame)
    warped, valid = np.zeros((*maps.shape[:-2], *frame)), np.zeros((len(maps), *frame), dtype=bool)
    for number, points in enumerate(landmarks):
        look_up = look_up_of(points, (maps.shape[-2], maps.shape[-1]), frame)
        valid[number] = look_up.valid
        for channel in np.ndindex(maps.shape[1:-2]):
            warped[number][channel] = look_up.carry(maps[number][channel])
    return warped, valid


def look_up_of(
    landmarks: NDArray[np.floating],
    size: tuple[int, int],
    frame: tuple[int, int] = FRAME_SHAPE,
    *,
    smeared: bool = False,
) -> LookUp:
    """Where the frame's pixels lie in a picture.

    Args:
        landmarks: (68, 2), (x, y) in its pixels.
        size: its rows and columns.
        frame: rows and columns of the frame.
        smeared: whether pixels of smeared triangles around the face are valid, too. What is coarser than the picture's
            pixels, as tiles are, draws no rays there.
    """
    points = complete_landmarks(landmarks.astype(np.float64), size)
    triangle, weights = pixel_weights(frame)
    x, y = np.moveaxis(np.einsum("yxk,yxka->yxa", weights, points[TRIANGLES[triangle]]), -1, 0)
    inside = (x >= -0.5) & (x <= size[1]) & (y >= -0.5) & (y <= size[0])
    usable = _upright(points, size, frame)
    if not smeared:
        usable &= ~_smeared(points, size, frame)
    pixel, weight = _bilinear(x, y, size)
    return LookUp(pixel, weight, inside & usable[triangle])


def _upright(points: NDArray[np.floating], size: tuple[int, int], frame: tuple[int, int]) -> NDArray[np.bool_]:
    """Whether each triangle over the 89 points is neither flipped nor degenerate in a picture of this size, (155,)."""
    in_proportion = (size[0] * size[1]) / (frame[0] * frame[1])
    smallest = SMALLEST_AREA_RATIO * in_proportion * _double_area(_edges(canonical_points(frame)))
    return _double_area(_edges(points)) > smallest


def _smeared(points: NDArray[np.floating], size: tuple[int, int], frame: tuple[int, int]) -> NDArray[np.bool_]:
    """Whether each triangle lies around the face and is squeezed in a picture of this size, (155,)."""
    shown = _edges(canonical_points(frame)) / np.array(frame[::-1])[:, None]
    there = _edges(points) / np.array(size[::-1])[:, None]
    # What lies apart by a share of the frame lies apart by this share of the picture, in the direction of the least.
    stretch = np.linalg.svd(np.nan_to_num(there @ np.linalg.inv(shown)), compute_uv=False)[:, -1]
    return _AROUND & ~(stretch >= SMALLEST_STRETCH)


def _edges(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """The two edges from the first corner of each triangle, as the columns of (155, 2, 2)."""
    corners = points[TRIANGLES]
    return np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2)


def _double_area(edges: NDArray[np.floating]) -> NDArray[np.floating]:
    """Twice the signed area of triangles whose edges are the columns of (155, 2, 2)."""
    return edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]


def _bilinear(
    x: NDArray[np.float64], y: NDArray[np.float64], size: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Numbers and weights of the four pixels around places; beyond the outermost centres the nearest point counts."""
    rows, columns = size
    x, y = np.clip(np.nan_to_num(x), 0, columns - 1), np.clip(np.nan_to_num(y), 0, rows - 1)
    left, top = (np.minimum(np.floor(at), max(end - 2, 0)).astype(int) for at, end in ((x, columns), (y, rows)))
    right, below = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
    across, down = x - left, y - top
    pixel = np.stack([row * columns + column for row in (top, below) for column in (left, right)])
    weight = np.stack([part * share for part in (1 - down, down) for share in (1 - across, across)])
    return pixel, weight
