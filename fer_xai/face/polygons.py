"""Outline polygons over the canonical points, and the pixels that they cover."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_xai.errors import UserError
from fer_xai.face.canonical import CANONICAL_POINTS, FRAME_SHAPE

#: A corner of an outline: the number of a canonical point, counted from 1 as drawings of the 68 landmarks do;
#: `{x: i, y: j}`, beside point i at the height of point j; or `{mid: [i, j]}`, halfway, truncated to whole pixels.
Vertex = int | Mapping[str, int] | Mapping[str, Sequence[int]]


def outline_points(outline: Sequence[Vertex], where: str, frame: tuple[int, int] = FRAME_SHAPE) -> NDArray[np.float64]:
    """The corners of an outline in pixels of the frame.

    Args:
        outline: at least three corners.
        where: what an error message calls the outline, e.g. `friesen_ekman: regions.forehead`.
        frame: rows and columns; other sizes than the canonical one follow in proportion.

    Returns:
        (n, 2), (x, y).

    Raises:
        UserError: a corner names no canonical point, or there are fewer than three.
    """
    if isinstance(outline, str) or not isinstance(outline, Sequence) or len(outline) < 3:
        raise UserError(f"{where}: an outline has at least three corners, not {outline!r}")
    points = np.array([_vertex(vertex, where) for vertex in outline])
    return points * np.array([frame[1] / FRAME_SHAPE[1], frame[0] / FRAME_SHAPE[0]])


def _vertex(vertex: Vertex, where: str) -> NDArray[np.float64]:
    match vertex:
        case int():
            return _point(vertex, where)
        case {"x": int(i), "y": int(j)} if len(vertex) == 2:
            return np.array([_point(i, where)[0], _point(j, where)[1]])
        case {"mid": [int(i), int(j)]} if len(vertex) == 1:
            return np.floor((_point(i, where) + _point(j, where)) / 2)
    raise UserError(f"{where}: corner {vertex!r} is neither a point's number, nor {{x: i, y: j}}, nor {{mid: [i, j]}}")


def _point(number: int, where: str) -> NDArray[np.float64]:
    if not 1 <= number <= len(CANONICAL_POINTS):
        raise UserError(f"{where}: there is no canonical point {number}; they count from 1 to {len(CANONICAL_POINTS)}")
    return np.asarray(CANONICAL_POINTS[number - 1])


def fill(points: NDArray[np.float64], frame: tuple[int, int] = FRAME_SHAPE) -> NDArray[np.bool_]:
    """The pixels that an outline covers, its edges included.

    Args:
        points: (n, 2), (x, y) in pixels of the frame; rounded to whole pixels.
        frame: rows and columns.

    Returns:
        bool (rows, columns).
    """
    canvas = np.zeros(frame, dtype=np.uint8)
    cv2.fillPoly(canvas, [np.rint(points).astype(np.int32)], 1)
    return canvas.astype(bool)
