"""The canonical face: 89 points in a frame of 275 rows x 224 columns, and one triangulation of them.

Every heatmap is carried into this frame before it is averaged or compared. The points are those of F. X. Gaya-Morey,
S. Ramis-Guarinos, C. Manresa-Yee and J. M. Buades-Rubio, "Unveiling the human-like similarities of automatic facial
expression recognition", Multimedia Tools and Applications 2024 (arXiv 2401.11835; repository
Xavi3398/ekman_expressions, MIT licence, Copyright (c) 2024 Xavi3398): dlib's 68 landmarks, the 17 jaw points again at
the top edge (they carry the forehead), and the four corners.

Conventions, here and everywhere: points are (x, y) with pixel centres at whole numbers. The lower right corner *point*
lies at (width, height), for the frame as for a crop, one pixel beyond the last pixel centre; a frame that is taken as
its own crop is therefore mapped onto itself.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_xai.errors import UserError

#: Rows and columns of the frame that the points are given in.
FRAME_SHAPE: tuple[int, int] = (275, 224)
#: dlib's landmarks, and the first of them, which run along the jaw.
N_LANDMARKS, N_JAW = 68, 17

#: A triangle is degenerate in the source when it shrinks to less than this part of its canonical area (in proportion
#: to the sizes of crop and frame).
SMALLEST_AREA_RATIO = 1e-4
#: A triangle around the face (one that a point of the frame's edge belongs to) is smeared when the crop holds so little
#: of it that some direction is stretched more than five times as much as crop and frame are to each other: a few
#: pixels of the crop's border would draw rays around the face.
SMALLEST_STRETCH = 0.2

#: For each landmark, the one that a mirror puts in its place.
MIRROR = np.array(
    [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31,
     45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
     54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)  # fmt: skip

# fmt: off
_LANDMARKS = (
    # jaw, from the left of the picture to the right
    (16, 90), (17, 119), (20, 148), (27, 176), (37, 204), (52, 229), (69, 250), (90, 265), (114, 269),
    (138, 265), (159, 249), (176, 227), (191, 201), (201, 173), (206, 144), (208, 115), (207, 86),
    # brows
    (37, 61), (50, 52), (66, 50), (83, 53), (97, 61), (121, 61), (135, 53), (152, 49), (168, 50),
    (182, 58),
    # bridge and base of the nose
    (109, 79), (110, 99), (110, 118), (110, 138), (89, 151), (100, 156), (111, 159), (122, 155), (132, 151),
    # eyes
    (53, 81), (63, 74), (75, 74), (86, 81), (75, 84), (63, 85), (134, 80), (145, 73), (157, 73),
    (167, 79), (157, 83), (145, 83),
    # outer lips
    (73, 193), (86, 185), (101, 182), (111, 184), (121, 181), (137, 184), (152, 192), (139, 207), (124, 215),
    (112, 216), (101, 216), (85, 208),
    # inner lips
    (79, 193), (101, 191), (111, 192), (121, 190), (145, 192), (122, 199), (112, 201), (101, 200),
)
# fmt: on

# fmt: off
_TRIANGLES = (
    (0, 1, 85), (0, 17, 36), (0, 36, 1), (0, 85, 17), (1, 2, 86), (1, 31, 2), (1, 36, 41), (1, 41, 31),
    (1, 86, 85), (2, 3, 86), (2, 31, 3), (3, 4, 86), (3, 31, 48), (3, 48, 4), (4, 5, 86), (4, 48, 5),
    (5, 6, 86), (5, 48, 59), (5, 59, 6), (6, 7, 86), (6, 58, 7), (6, 59, 58), (7, 8, 86), (7, 58, 8),
    (8, 9, 88), (8, 56, 9), (8, 57, 56), (8, 58, 57), (8, 88, 86), (9, 10, 88), (9, 56, 10), (10, 11, 88),
    (10, 55, 11), (10, 56, 55), (11, 12, 88), (11, 54, 12), (11, 55, 54), (12, 13, 88), (12, 54, 13), (13, 14, 88),
    (13, 35, 14), (13, 54, 35), (14, 15, 88), (14, 35, 15), (15, 16, 87), (15, 35, 46), (15, 45, 16), (15, 46, 45),
    (15, 87, 88), (16, 26, 87), (16, 45, 26), (17, 18, 37), (17, 37, 36), (17, 68, 69), (17, 69, 70), (17, 70, 71),
    (17, 71, 18), (17, 85, 68), (18, 19, 37), (18, 71, 72), (18, 72, 73), (18, 73, 19), (19, 20, 38), (19, 38, 37),
    (19, 73, 74), (19, 74, 20), (20, 21, 38), (20, 74, 75), (20, 75, 76), (20, 76, 21), (21, 22, 27), (21, 27, 39),
    (21, 39, 38), (21, 76, 22), (22, 23, 43), (22, 42, 27), (22, 43, 42), (22, 76, 23), (23, 24, 43), (23, 76, 77),
    (23, 77, 24), (24, 25, 44), (24, 44, 43), (24, 77, 78), (24, 78, 25), (25, 26, 45), (25, 45, 44), (25, 78, 79),
    (25, 79, 80), (25, 80, 26), (26, 80, 81), (26, 81, 82), (26, 82, 84), (26, 83, 87), (26, 84, 83), (27, 28, 39),
    (27, 42, 28), (28, 29, 40), (28, 40, 39), (28, 42, 47), (28, 47, 29), (29, 30, 31), (29, 31, 40), (29, 35, 30),
    (29, 47, 35), (30, 32, 31), (30, 33, 32), (30, 34, 33), (30, 35, 34), (31, 32, 49), (31, 41, 40), (31, 49, 48),
    (32, 33, 50), (32, 50, 49), (33, 34, 52), (33, 51, 50), (33, 52, 51), (34, 35, 53), (34, 53, 52), (35, 47, 46),
    (35, 54, 53), (36, 37, 41), (37, 38, 40), (37, 40, 41), (38, 39, 40), (42, 43, 47), (43, 44, 47), (44, 45, 46),
    (44, 46, 47), (48, 49, 60), (48, 60, 59), (49, 50, 61), (49, 61, 67), (49, 67, 60), (50, 51, 61), (51, 52, 63),
    (51, 62, 61), (51, 63, 62), (52, 53, 63), (53, 54, 64), (53, 64, 65), (53, 65, 63), (54, 55, 64), (55, 56, 65),
    (55, 65, 64), (56, 57, 66), (56, 66, 65), (57, 58, 66), (58, 59, 67), (58, 67, 66), (59, 60, 67), (61, 62, 67),
    (62, 63, 65), (62, 65, 66), (62, 66, 67),
)
# fmt: on

#: The triangulation: 155 triangles over the 89 points (numbers from 0), each with the same turning sense. It is SciPy's
#: Delaunay triangulation of the points, kept as numbers because ties between equally good triangles may be broken
#: differently by another version of the library.
TRIANGLES: NDArray[np.int64] = np.array(_TRIANGLES)


def image_size(size: int | tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of a size that may be given as one number for a square.

    Raises:
        UserError: a side is smaller than one pixel.
    """
    rows, columns = (size, size) if isinstance(size, int | np.integer) else size
    if rows < 1 or columns < 1:
        raise UserError(f"an image of {rows} rows x {columns} columns has no pixels: give a size of at least 1 x 1")
    return int(rows), int(columns)


def complete_landmarks(landmarks: ArrayLike, crop_size: int | tuple[int, int]) -> NDArray[np.floating]:
    """Add the 21 points that complete the frame: the jaw points again at y = 0, and the corners of the crop.

    Args:
        landmarks: (..., 68, 2), (x, y) in pixels of the crop.
        crop_size: rows and columns of the crop, or one number for a square.

    Returns:
        (..., 89, 2) in the floating type of `landmarks` (float64 where that is no floating type); the corners are
        (0, 0), (0, height), (width, 0), (width, height).

    Raises:
        UserError: `landmarks` does not end in 68 points of two coordinates.
    """
    points = np.asarray(landmarks)
    if points.shape[-2:] != (N_LANDMARKS, 2):
        raise UserError(f"landmarks of shape {points.shape}: {N_LANDMARKS} points (x, y) are needed, (..., 68, 2)")
    if not np.issubdtype(points.dtype, np.floating):
        points = points.astype(np.float64)
    rows, columns = image_size(crop_size)
    top = points[..., :N_JAW, :] * np.array([1, 0], dtype=points.dtype)
    corners = np.array([(0, 0), (0, rows), (columns, 0), (columns, rows)], dtype=points.dtype)
    return np.concatenate([points, top, np.broadcast_to(corners, (*points.shape[:-2], 4, 2))], axis=-2)


#: The 89 points (x, y) in the frame of `FRAME_SHAPE`, in the order of `complete_landmarks`.
CANONICAL_POINTS: NDArray[np.floating] = complete_landmarks(np.array(_LANDMARKS, dtype=np.float64), FRAME_SHAPE)


def canonical_points(frame: tuple[int, int] = FRAME_SHAPE) -> NDArray[np.floating]:
    """The 89 points (x, y) in a frame of another size, in proportion.

    Args:
        frame: rows and columns.

    Returns:
        (89, 2) float64.
    """
    rows, columns = image_size(frame)
    return CANONICAL_POINTS * np.array([columns / FRAME_SHAPE[1], rows / FRAME_SHAPE[0]])


@cache
def pixel_weights(frame: tuple[int, int] = FRAME_SHAPE) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The triangle that each pixel of the frame lies in, and the pixel's barycentric weights in it.

    Computed once per frame size. A pixel on an edge belongs to the triangle with the lower number.

    Args:
        frame: rows and columns.

    Returns:
        Number of the triangle (rows, columns), and the weights of its three corners (rows, columns, 3), which add up
        to 1. Both are read-only.
    """
    rows, columns = image_size(frame)
    triangle = np.full((rows, columns), -1)
    weights = np.zeros((rows, columns, 3))
    for number, corners in reversed(list(enumerate(canonical_points(frame)[TRIANGLES]))):
        left, top = np.ceil(corners.min(axis=0) - 1e-9).astype(int)
        right, bottom = np.minimum(np.floor(corners.max(axis=0) + 1e-9), (columns - 1, rows - 1)).astype(int)
        y, x = np.mgrid[top : bottom + 1, left : right + 1]
        inside_weights = barycentric(corners, np.stack([x, y], axis=-1))
        inside = (inside_weights >= -1e-9).all(axis=-1)
        triangle[y[inside], x[inside]] = number
        weights[y[inside], x[inside]] = inside_weights[inside]
    triangle.setflags(write=False)
    weights.setflags(write=False)
    return triangle, weights


def barycentric(corners: NDArray[np.floating], points: ArrayLike) -> NDArray[np.float64]:
    """Barycentric weights of points in one triangle.

    Args:
        corners: (3, 2), not on one line.
        points: (..., 2).

    Returns:
        (..., 3); they add up to 1, and all are between 0 and 1 where the point lies inside.
    """
    a, b, c = np.asarray(corners, dtype=np.float64)
    offset = np.asarray(points) - a
    (ux, uy), (vx, vy) = b - a, c - a
    double_area = ux * vy - uy * vx
    second = (offset[..., 0] * vy - offset[..., 1] * vx) / double_area
    third = (offset[..., 1] * ux - offset[..., 0] * uy) / double_area
    return np.stack([1 - second - third, second, third], axis=-1)
