"""Pose and framing: where a point of the frontal sheet lands in the picture, and the way back."""

import cv2
import numpy as np

from fer_xai.synthetic.canvas import Sheet
from fer_xai.synthetic.scene import Scene

#: Height of the middle of the eyes in the picture, as a part of its side.
EYE_LINE = 0.45


def depth(points: np.ndarray) -> np.ndarray:
    """How far the head stands out towards the camera, the same for every face and expression.

    Args:
        points: (..., 2) in inter-ocular distances.

    Returns:
        (...) in inter-ocular distances; 0 at and outside the head's outline.
    """
    x, y = points[..., 0], points[..., 1]
    head = np.maximum(1 - (x / 1.3) ** 2 - ((y - 0.1) / 2.1) ** 2, 0)
    nose = np.exp(-((x / 0.2) ** 2) - ((y - 0.58) / 0.30) ** 2)
    return 0.85 * head + 0.24 * nose


def turned(points: np.ndarray, scene: Scene) -> np.ndarray:
    """Points of the frontal face after the head has turned, still in inter-ocular distances."""
    z = depth(points)
    x = points[..., 0] * np.cos(scene.yaw) + z * np.sin(scene.yaw)
    y = points[..., 1] * np.cos(scene.pitch) + z * np.sin(scene.pitch)
    return np.stack([x, y], axis=-1)


def _unturned(points: np.ndarray, scene: Scene) -> np.ndarray:
    """Inverse of `turned` by fixed-point iteration (the depth's slope times the angle's sine stays well below 1)."""
    guess = points
    for _ in range(4):
        z = depth(guess)
        x = (points[..., 0] - z * np.sin(scene.yaw)) / np.cos(scene.yaw)
        y = (points[..., 1] - z * np.sin(scene.pitch)) / np.cos(scene.pitch)
        guess = np.stack([x, y], axis=-1)
    return guess


def _frame(scene: Scene, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrix and offset from inter-ocular distances to pixels of a picture."""
    scale = scene.scale * side
    c, s = np.cos(scene.roll), np.sin(scene.roll)
    offset = (np.array([0.5, EYE_LINE]) + scene.shift) * side - 0.5
    return scale * np.array([[c, -s], [s, c]]), offset


def to_picture(points: np.ndarray, scene: Scene, side: int) -> np.ndarray:
    """Points of the frontal face (inter-ocular distances) in pixels of a picture, (..., 2)."""
    matrix, offset = _frame(scene, side)
    return turned(points, scene) @ matrix.T + offset


def look_up(sheet: Sheet, scene: Scene, side: int) -> tuple[np.ndarray, np.ndarray]:
    """For each pixel of a picture, where it comes from on the sheet.

    Args:
        sheet: the frontal drawing.
        scene: pose and framing.
        side: of the picture, in pixels.

    Returns:
        x and y in pixels of the sheet, (side, side) float32 each.
    """
    coarse = max(48, side // 6)
    at = (np.arange(coarse) + 0.5) * (side / coarse) - 0.5
    grid = np.stack(np.meshgrid(at, at), axis=-1)
    matrix, offset = _frame(scene, side)
    source = sheet.pixels(_unturned((grid - offset) @ np.linalg.inv(matrix).T, scene)).astype(np.float32)
    # The offsets from an affine map are what is enlarged, so that the picture's rim is extrapolated linearly.
    linear = sheet.pixels((grid - offset) @ np.linalg.inv(matrix).T).astype(np.float32)
    bend = cv2.resize(source - linear, (side, side), interpolation=cv2.INTER_LINEAR)
    along = np.arange(side, dtype=np.float32)
    step = np.linalg.inv(matrix) * sheet.unit
    start = sheet.origin - step @ offset
    x = np.float32(start[0]) + np.float32(step[0, 0]) * along[None, :] + np.float32(step[0, 1]) * along[:, None]
    y = np.float32(start[1]) + np.float32(step[1, 0]) * along[None, :] + np.float32(step[1, 1]) * along[:, None]
    return x + bend[..., 0], y + bend[..., 1]
