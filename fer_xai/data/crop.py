"""Cutting a square around a face, and how good what was cut is."""

from dataclasses import dataclass

import cv2
import numpy as np

#: Height of forehead above the brows that belongs to the face, in heights from brows to chin: as in the canonical face.
FOREHEAD = 0.25
_BROWS = slice(17, 27)


@dataclass(frozen=True)
class Square:
    """A square of whole pixels of an image; it may reach beyond the image.

    Attributes:
        left: column of its first pixel.
        top: row of its first pixel.
        side: pixels along each side, at least 1.
    """

    left: int
    top: int
    side: int


def face_square(landmarks: np.ndarray, margin: float) -> Square:
    """The square around a face: jaw, chin, and forehead above the brows as high as in the canonical face.

    Args:
        landmarks: (68, 2) in pixels of the image.
        margin: added on each side, as a share of the face's longer side.

    Returns:
        The square, centred on the face.
    """
    left, top = landmarks.min(axis=0)
    right, bottom = landmarks.max(axis=0)
    top = min(top, landmarks[_BROWS, 1].min() - FOREHEAD * (bottom - landmarks[_BROWS, 1].min()))
    side = max(1, round(float(max(right - left, bottom - top) * (1 + 2 * margin))))
    # Centres of pixels lie at whole numbers, so a square of side s from column x spans x - 0.5 to x + s - 0.5.
    corner = np.array([left + right, top + bottom]) / 2 - (side - 1) / 2
    return Square(int(np.floor(corner[0] + 0.5)), int(np.floor(corner[1] + 0.5)), side)


def cut(image: np.ndarray, square: Square, size: int) -> np.ndarray:
    """Cut a square out of an image and scale it; what lies beyond the image is black.

    Args:
        image: uint8 (height, width, 3).
        square: where to cut.
        size: side of the result in pixels.

    Returns:
        uint8 (size, size, 3).
    """
    height, width = image.shape[:2]
    # The part of the square that lies inside the image, in pixels of the image.
    x = np.clip([square.left, square.left + square.side], 0, width)
    y = np.clip([square.top, square.top + square.side], 0, height)
    piece = image[y[0] : y[1], x[0] : x[1]]
    if piece.shape[:2] != (square.side, square.side):
        padded = np.zeros((square.side, square.side, 3), dtype=np.uint8)
        padded[y[0] - square.top : y[1] - square.top, x[0] - square.left : x[1] - square.left] = piece
        piece = padded
    how = cv2.INTER_AREA if square.side > size else cv2.INTER_LINEAR
    return cv2.resize(np.ascontiguousarray(piece), (size, size), interpolation=how)


def to_crop(points: np.ndarray, square: Square, size: int) -> np.ndarray:
    """Carry points from the image into a crop of it, pixel centres at whole numbers in both.

    Args:
        points: (..., 2) in pixels of the image.
        square: what was cut.
        size: side of the crop in pixels.

    Returns:
        (..., 2) float32 in pixels of the crop.
    """
    scale = size / square.side
    moved = (np.asarray(points, dtype=np.float64) - (square.left, square.top) + 0.5) * scale - 0.5
    return moved.astype(np.float32)


def inside(shape: tuple[int, ...], square: Square) -> float:
    """The share of a square that lies inside an image of `shape` (height, width, ...): 0..1."""
    height, width = shape[:2]
    across = min(square.left + square.side, width) - max(square.left, 0)
    down = min(square.top + square.side, height) - max(square.top, 0)
    return max(across, 0) * max(down, 0) / square.side**2


def sharpness(crop: np.ndarray) -> float:
    """Variance of the Laplacian of the crop's grey values: small where the picture is blurred or was enlarged.

    Args:
        crop: uint8 (S, S, 3).
    """
    return float(cv2.Laplacian(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())
