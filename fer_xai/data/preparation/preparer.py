"""What a worker process does with one file. Imports no pandas and no torch: workers start quickly and stay small."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from fer_xai.data.preparation.crop import cut, face_square, inside, pack, sharpness, to_crop, whole_square
from fer_xai.data.preparation.image import UnreadableImage, read_image
from fer_xai.data.preparation.records import Face
from fer_xai.face.landmarks import Finder, NoFace

#: Larger files are not read: no picture that can be used is as large.
MOST_BYTES = 1 << 29
#: Share of the landmarks that must lie inside the picture.
_LANDMARKS_INSIDE = 0.5


class Task(NamedTuple):
    """One picture to prepare.

    Attributes:
        key: what to store the face under.
        path: its file.
        given: landmarks (68, 2) that came with it, or None.
        cropped: whether it is a face that was cut out already.
    """

    key: str
    path: str
    given: np.ndarray | None
    cropped: bool


@dataclass(frozen=True)
class Preparer:
    """Turns a picture file into a crop with landmarks.

    Args:
        finder: finds the face.
        crop_size: side of the crop in pixels.
        margin: around the face, as a share of its longer side.
        align: turn crops so that the eyes are level.
    """

    finder: Finder
    crop_size: int
    margin: float
    align: bool

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
        return task.key, (self.prepare_cropped if task.cropped else self.prepare)(image, task.given)

    def prepare(self, image: np.ndarray, given: np.ndarray | None = None) -> Face:
        """Find the face in an image and cut it out.

        Args:
            image: uint8 (height, width, 3).
            given: landmarks (68, 2) that came with it, or None.

        Returns:
            The face, or the reason why there is none.
        """
        located = self.finder.find(image, given)
        if isinstance(located, NoFace):
            return Face(reason=located.reason)
        points = located.landmarks
        within = (points >= -0.5) & (points <= np.array(image.shape[1::-1]) - 0.5)
        if within.all(axis=1).mean() < _LANDMARKS_INSIDE:
            return Face(reason="landmarks lie outside the picture")
        extent = float(np.ptp(points, axis=0).max())
        if extent > 2 * max(image.shape[:2]):
            return Face(reason="landmarks lie outside the picture")
        square = face_square(points, self.margin, self.align)
        crop = cut(image, square, self.crop_size)
        return Face(
            crop=pack(crop),
            landmarks=to_crop(points, square, self.crop_size),
            score=located.score,
            size=extent,
            sharpness=sharpness(crop),
            inside=inside(image.shape, square),
            turned=square.turned,
            outside=float((~within.all(axis=1)).sum()),
            crop_left=square.left,
            crop_top=square.top,
            crop_side=square.side,
        )

    def prepare_cropped(self, image: np.ndarray, given: np.ndarray | None = None) -> Face:
        """Take the whole of an image that is a cut-out face: no detection, no margin, and it is not turned.

        Nothing is known of what lay beyond the edges that somebody chose, so turning would bring black corners into
        every crop. An image that is not square stands in the middle of a black square.

        Args:
            image: uint8 (height, width, 3).
            given: landmarks (68, 2) that came with it, or None.

        Returns:
            The face, or the reason why there is none.
        """
        square = whole_square(image.shape)
        crop = cut(image, square, self.crop_size)
        known = None if given is None else to_crop(given, square, self.crop_size)
        located = self.finder.find_whole(crop, known)
        if isinstance(located, NoFace):
            return Face(reason=located.reason)
        within = (located.landmarks >= -0.5) & (located.landmarks <= self.crop_size - 0.5)
        if within.all(axis=1).mean() < _LANDMARKS_INSIDE:
            return Face(reason="landmarks lie outside the picture")
        # The picture's own edges in the crop, which is a square.
        low, high = to_crop(np.array([(0, 0), image.shape[1::-1]]) - 0.5, square, self.crop_size)
        return Face(
            crop=pack(crop),
            landmarks=located.landmarks.astype(np.float32),
            score=located.score,
            size=float(np.ptp(located.landmarks, axis=0).max()) * square.side / self.crop_size,
            sharpness=sharpness(crop),
            inside=inside(image.shape, square),
            turned=0.0,
            outside=float((~((located.landmarks >= low) & (located.landmarks <= high)).all(axis=1)).sum()),
            crop_left=square.left,
            crop_top=square.top,
            crop_side=square.side,
        )


def content_of(path: str) -> str:
    """Hash of a file's bytes: SHA-256 in hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
