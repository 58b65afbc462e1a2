"""The main face of a picture, by any detector; dlib's frontal one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import cv2
import dlib
import numpy as np

#: Longer pictures are reduced to this many pixels: faces that matter are far larger than the detector's 80 pixels.
LONGEST = 960
#: Shorter pictures are enlarged, by whole doublings, until they reach this: the detector finds no face below 80 pixels.
SHORTEST = 160


class Box(NamedTuple):
    """Where a face is: its outermost pixels, pixel centres at whole numbers."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre (x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def sides(self) -> tuple[float, float]:
        """Its width and height."""
        return self.right - self.left + 1, self.bottom - self.top + 1


#: From uint8 (height, width, 3) to the faces in it, each a box in its pixels with the detector's confidence.
Detector = Callable[[np.ndarray], list[tuple[Box, float]]]


@dataclass(frozen=True)
class MainFace:
    """A detection.

    Attributes:
        image: uint8 (h, w, 3), the picture as it was searched: scaled, perhaps with a border.
        scale: pixels of `image` per pixel of the picture.
        border: pixels of `image` beyond each edge of the picture.
        box: where the face is, in pixels of `image`.
        score: the detector's confidence.
    """

    image: np.ndarray
    scale: float
    border: int
    box: Box
    score: float

    def in_picture(self, points: np.ndarray) -> np.ndarray:
        """Carry points (..., 2) from pixels of `image` to pixels of the picture."""
        return (points - self.border + 0.5) / self.scale - 0.5


def main_face(image: np.ndarray, detect: Detector, upsample: int = 1, border: float = 0.25) -> MainFace | None:
    """The face that a picture is of: the largest, those nearer to the middle counting for more.

    Args:
        image: uint8 (height, width, 3).
        detect: the detector.
        upsample: how often the picture is doubled, once after another, while no face is found.
        border: share of the longer side that is added around a picture in which no face is found, by repeating its
            outermost pixels: the detector wants to see something around a face, and many data sets are cut tightly.
            0 adds none.

    Returns:
        The detection, or None.
    """
    scale = min(1.0, LONGEST / max(image.shape[:2]))
    while scale * min(image.shape[:2]) < SHORTEST and 2 * scale * max(image.shape[:2]) <= LONGEST:
        scale *= 2
    for doubled in range(upsample + 1):
        searched = _scaled(image, scale * 2**doubled)
        for pixels in dict.fromkeys([0, round(border * max(searched.shape[:2]))]):
            # A border of b pixels on every side moves what was at (x, y) to (x + b, y + b).
            framed = (
                cv2.copyMakeBorder(searched, pixels, pixels, pixels, pixels, cv2.BORDER_REPLICATE)
                if pixels
                else searched
            )
            faces = detect(framed)
            if faces:
                box, score = max(faces, key=lambda face: _weight(face[0], framed.shape))
                return MainFace(framed, scale * 2**doubled, pixels, box, score)
    return None


def dlib_faces(image: np.ndarray, min_score: float = 0.0) -> list[tuple[Box, float]]:
    """The faces that dlib's frontal detector sees; none below 80 pixels.

    Args:
        image: uint8 (height, width, 3).
        min_score: detections below do not count.
    """
    boxes, scores, _ = _detector().run(image, 0, min_score)
    return [
        (Box(box.left(), box.top(), box.right(), box.bottom()), float(score))
        for box, score in zip(boxes, scores, strict=True)
    ]


def _scaled(image: np.ndarray, scale: float) -> np.ndarray:
    if scale == 1:
        return np.ascontiguousarray(image)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def _weight(box: Box, shape: tuple[int, ...]) -> float:
    """Area of a face, halved for one whose middle is half the picture's diagonal away from the picture's."""
    height, width = shape[:2]
    x, y = box.middle
    distance = np.hypot(x - width / 2, y - height / 2) / np.hypot(width, height)
    return float(np.prod(box.sides) * np.exp2(-2 * distance))


@cache
def _detector() -> "dlib.fhog_object_detector":
    """The detector, made once in each process."""
    return dlib.get_frontal_face_detector()
