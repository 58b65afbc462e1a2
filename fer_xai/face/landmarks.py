"""Finders: where the 68 landmarks of the main face of a picture come from.

A finder detects the main face and places its landmarks. It has `find(image, given)` for photographs, `find_whole(crop,
given)` for faces that were cut out already, `settings()` for the fingerprint of what it finds, `check()` for what a
user may have set wrongly, and `uses_given`: whether it needs landmarks that come with the pictures.

Another detector or landmark model takes dlib's place by a class with these names, in any module that can be imported,
and a file `landmarks/mine.yaml` that names it (`_target_: my_module.MyFinder`) in a folder of your own: `fer-xai train
--config-dir FOLDER landmarks=mine ...`. For instance

    @dataclass(frozen=True)
    class MyFinder:
        model: str
        uses_given: bool = field(default=False, init=False)

        def find(self, image, given):
            points, score = my_network(self.model)(image)
            return NoFace("no face found") if points is None else LocatedFace(points, score)

        def find_whole(self, crop, given):
            return self.find(crop, given)

        def settings(self):
            return {"finder": "my_network", "model": hash_of(self.model)}

        def check(self):
            if not Path(self.model).exists():
                raise UserError(f"landmarks.model={self.model}: there is no such file")

The landmarks must be those of dlib's scheme (68 points in the order of iBUG 300-W): masks and the canonical face are
defined by them.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import dlib
import numpy as np

from fer_xai.errors import UserError
from fer_xai.face.canonical import N_LANDMARKS
from fer_xai.face.detect import Box, dlib_faces, main_face

_PACKAGE = "face_recognition_models"
_IN_PACKAGE = Path("models") / "shape_predictor_68_face_landmarks.dat"


@dataclass(frozen=True)
class LocatedFace:
    """A face.

    Attributes:
        landmarks: float64 (68, 2), x before y, in pixels of the picture, pixel centres at whole numbers.
        score: the detector's confidence, NaN where none was asked.
    """

    landmarks: np.ndarray
    score: float


@dataclass(frozen=True)
class NoFace:
    """No face.

    Attributes:
        reason: why, in a few words.
    """

    reason: str


class Finder(Protocol):
    """What preparation asks of a finder; it is sent to worker processes, so it must be picklable and small."""

    @property
    def uses_given(self) -> bool:
        """Whether it needs landmarks that come with the pictures."""

    def find(self, image: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        """Find the main face in uint8 (height, width, 3), or take the landmarks that are given, (68, 2) or None."""

    def find_whole(self, crop: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        """The landmarks of a face that fills uint8 (S, S, 3), or those that are given, (68, 2) in pixels of it or None.

        Asked for pictures that were cut out already, after scaling to the size of the crops.
        """

    def settings(self) -> dict[str, Any]:
        """All that decides what is found, as JSON can hold it."""

    def check(self) -> None:
        """Raise UserError for what could not work."""


@dataclass(frozen=True)
class DlibFinder:
    """dlib's frontal face detector and its predictor of 68 landmarks.

    Args:
        model: file of the landmark model; None takes the one that the package face_recognition_models brings.
        upsample: how often a picture is doubled, once after another, while no face is found in it.
        min_score: detections of a lower score (dlib's unit: 0 and more in general) do not count.
        border: share of a picture's longer side that is added around it while no face is found in it.
        name: what this choice is called.
    """

    model: str | None = None
    upsample: int = 1
    min_score: float = 0.0
    border: float = 0.25
    name: str = "dlib"
    uses_given: bool = field(default=False, init=False)

    def find(self, image: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        """The landmarks of the main face; landmarks that are given are not looked at.

        Args:
            image: uint8 (height, width, 3).
            given: ignored.

        Returns:
            The face, or the reason why there is none.
        """
        face = main_face(image, partial(dlib_faces, min_score=self.min_score), self.upsample, self.border)
        if face is None:
            return NoFace("no face found")
        return LocatedFace(face.in_picture(self._place(face.image, face.box)), face.score)

    def find_whole(self, crop: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        """The landmarks as the predictor places them when told that the face fills the crop; nothing is detected.

        Args:
            crop: uint8 (height, width, 3).
            given: ignored.

        Returns:
            The face.
        """
        height, width = crop.shape[:2]
        return LocatedFace(self._place(crop, Box(0, 0, width - 1, height - 1)), float("nan"))

    def _place(self, image: np.ndarray, box: Box) -> np.ndarray:
        """Landmarks float64 (68, 2) of the face in a box of an image, in pixels of the image."""
        shape = _predictor(str(self._file()))(image, dlib.rectangle(*map(int, box)))
        return np.array([(p.x, p.y) for p in shape.parts()], dtype=np.float64)

    def settings(self) -> dict[str, Any]:
        """The model by its content, the detector's settings.

        Raises:
            UserError: the model file cannot be read.
        """
        try:
            with self._file().open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise UserError(f"cannot read the landmark model {self._file()}: {error.strerror}") from None
        detector = {"upsample": self.upsample, "min_score": self.min_score, "border": self.border}
        return {"finder": "dlib", "model": content, **detector}

    def check(self) -> None:
        """Load the model and see that it gives 68 landmarks.

        Raises:
            UserError: it does not.
        """
        file = self._file()
        wrong = f"landmarks.model={file} is no dlib model of 68 landmarks (shape_predictor_68_face_landmarks.dat)"
        try:
            shape = _predictor(str(file))(np.zeros((64, 64, 3), np.uint8), dlib.rectangle(8, 8, 55, 55))
        except (RuntimeError, MemoryError, ValueError) as error:
            raise UserError(f"{wrong}: {error}") from None
        if shape.num_parts != N_LANDMARKS:
            raise UserError(f"{wrong}: it gives {shape.num_parts}")

    def _file(self) -> Path:
        if self.model is not None:
            return Path(self.model).expanduser().absolute()
        # Found, not imported: the package needs pkg_resources, which newer setuptools lack.
        package = find_spec(_PACKAGE)
        if package is None or not package.submodule_search_locations:
            raise UserError(f"no landmark model: install the package {_PACKAGE}, or set landmarks.model to a file")
        return Path(package.submodule_search_locations[0]) / _IN_PACKAGE


@dataclass(frozen=True)
class GivenFinder:
    """Landmarks that come with the pictures: from columns x0, y0 ... x67, y67, a landmarks.csv, or drawn faces.

    Args:
        name: what this choice is called.
    """

    name: str = "given"
    uses_given: bool = field(default=True, init=False)

    def find(self, image: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        """The landmarks that are given.

        Args:
            image: uint8 (height, width, 3).
            given: (68, 2) in pixels of the picture; None or NaN where there are none.

        Returns:
            The face, or the reason why there is none.
        """
        if given is None or not np.isfinite(given).all():
            return NoFace("no landmarks given")
        return LocatedFace(np.asarray(given, dtype=np.float64), float("nan"))

    def find_whole(self, crop: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        """The landmarks that are given, as in `find`."""
        return self.find(crop, given)

    def settings(self) -> dict[str, Any]:
        """Nothing but its name: the landmarks themselves are part of what is hashed for each picture."""
        return {"finder": "given"}

    def check(self) -> None:
        """Nothing can be wrong here; that landmarks come with the table is seen by preparation."""


@dataclass(frozen=True)
class GivenOrFound:
    """The landmarks that come with the data where they do, image by image, and a finder's where they do not.

    Args:
        found: finds them in images that come without.
        name: what this choice is called.
    """

    found: Finder
    name: str = "auto"
    uses_given: bool = field(default=True, init=False)

    def finder_for(self, given: np.ndarray | None) -> Finder:
        """The finder for a data set: only what its images need, so that no landmark model is asked for in vain.

        Args:
            given: (n, 68, 2) landmarks that come with the images, NaN where an image has none; None if none has any.
        """
        if given is None:
            return self.found
        return GivenFinder() if np.isfinite(given).all() else self

    def find(self, image: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        """The landmarks that are given, or else those that are found.

        Args:
            image: uint8 (height, width, 3).
            given: (68, 2) in pixels of the picture; None or NaN where there are none.

        Returns:
            The face, or the reason why there is none.
        """
        face = GivenFinder().find(image, given)
        return face if isinstance(face, LocatedFace) else self.found.find(image, None)

    def find_whole(self, crop: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        """The landmarks that are given, or else those that are found, in a face that fills the crop."""
        face = GivenFinder().find_whole(crop, given)
        return face if isinstance(face, LocatedFace) else self.found.find_whole(crop, None)

    def settings(self) -> dict[str, Any]:
        """The finder's: what is given is part of what is hashed for each picture."""
        return {"finder": "given or found", "found": self.found.settings()}

    def check(self) -> None:
        """See that the finder can work.

        Raises:
            UserError: it cannot.
        """
        self.found.check()


@cache
def _predictor(file: str) -> "dlib.shape_predictor":
    """The model, loaded once in each process."""
    return dlib.shape_predictor(file)
