"""What a worker process does with one file. Imports no pandas and no torch: workers start quickly and stay small."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from fer_xai.data.crop import cut, face_square, inside, sharpness, to_crop
from fer_xai.data.image import UnreadableImage, read_image
from fer_xai.data.records import Face
from fer_xai.face.landmarks import Finder, NotFound

#: Larger files are not read: no picture that can be used is as large.
MOST_BYTES = 1 << 29
#: Share of the landmarks that must lie inside the picture.
_LANDMARKS_INSIDE = 0.5


class Task(NamedTuple):
    """One picture to prepare: the key to store it under, its file, landmarks (68, 2) that came with it or None."""

    key: str
    path: str
    given: np.ndarray | None


@dataclass(frozen=True)
class Preparer:
    """Turns a picture file into a crop with landmarks.

    Args:
        finder: finds the face.
        crop_size: side of the crop in pixels.
        margin: around the face, as a share of its longer side.
    """

    finder: Finder
    crop_size: int
    margin: float

    def __call__(self, task: Task) -> tuple[str, Face]:
        """The key of the task and what was found."""
        # The processes share the cores already; threads inside each would fight for them.
        cv2.setNumThreads(1)
        try:
            image = read_image(Path(task.path).read_bytes())
        except UnreadableImage as error:
            return task.key, Face(reason=f"cannot be read: {error}")
        except OSError as error:
            return task.key, Face(reason=f"cannot be read: {error.strerror}")
        return task.key, self.prepare(image, task.given)

    def prepare(self, image: np.ndarray, given: np.ndarray | None = None) -> Face:
        """Find the face in an image and cut it out.

        Args:
            image: uint8 (height, width, 3).
            given: landmarks (68, 2) that came with it, or None.

        Returns:
            The face, or the reason why there is none.
        """
        found = self.finder.find(image, given)
        if isinstance(found, NotFound):
            return Face(reason=found.reason)
        points = found.landmarks
        within = (points >= -0.5) & (points <= np.array(image.shape[1::-1]) - 0.5)
        if within.all(axis=1).mean() < _LANDMARKS_INSIDE:
            return Face(reason="landmarks lie outside the picture")
        extent = float(np.ptp(points, axis=0).max())
        if extent > 2 * max(image.shape[:2]):
            return Face(reason="landmarks lie outside the picture")
        square = face_square(points, self.margin)
        crop = cut(image, square, self.crop_size)
        return Face(
            crop=crop,
            landmarks=to_crop(points, square, self.crop_size),
            score=found.score,
            size=extent,
            sharpness=sharpness(crop),
            inside=inside(image.shape, square),
        )


def content_of(path: str) -> str:
    """Hash of a file's bytes: SHA-256 in hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
