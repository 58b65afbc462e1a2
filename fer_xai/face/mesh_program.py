"""The program of the process that holds MediaPipe: pictures in, faces or a mesh out.

It is run by its path with the folder of MediaPipe's packages as its only argument, and imports nothing of this package:
MediaPipe wants a protobuf of 2023, which must not meet the one that loggers use. Requests and answers are pickled, from
standard input and to standard output; it ends with its input.

A request is ("faces", image, least confidence) or ("mesh", image, least confidence), the image uint8 (h, w, 3). The
answer to the first is float64 (n, 5): confidence, left, top, right and bottom of each face; to the second float64
(478, 2), x before y, or (0, 2) where there is no face; both in pixels of the image, pixel centres at whole numbers.
"""

import os
import pickle
import sys
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np


def faces(image: np.ndarray, least: float) -> np.ndarray:
    """Faces by the detector for near ones, or else by that for faces further away."""
    height, width = image.shape[:2]
    for model in (0, 1):
        found = [
            (face.score[0], box.xmin * width, box.ymin * height, box.width * width, box.height * height)
            for face in _detector(model, least).process(image).detections or ()
            for box in [face.location_data.relative_bounding_box]
        ]
        if found:
            score, left, top, wide, high = np.array(found).T
            return np.stack([score, left, top, left + wide - 1, top + high - 1], axis=1)
    return np.zeros((0, 5))


def mesh(image: np.ndarray, least: float) -> np.ndarray:
    """The mesh of the face that an image shows."""
    found = _mesh(least).process(image).multi_face_landmarks
    if not found:
        return np.zeros((0, 2))
    return np.array([(point.x, point.y) for point in found[0].landmark]) * image.shape[1::-1] - 0.5


@cache
def _solutions() -> ModuleType:
    import mediapipe

    return mediapipe.solutions


@cache
def _detector(model: int, least: float) -> Any:
    return _solutions().face_detection.FaceDetection(model_selection=model, min_detection_confidence=least)


@cache
def _mesh(least: float) -> Any:
    settings = {"static_image_mode": True, "max_num_faces": 1, "refine_landmarks": True}
    return _solutions().face_mesh.FaceMesh(**settings, min_detection_confidence=least)


def main() -> None:
    """Answer until there is nothing more to read."""
    sys.path.insert(0, sys.argv[1])
    # Native libraries write where they like: the answers have a channel of their own.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            what, image, least = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump({"faces": faces, "mesh": mesh}[what](image, least), answers)
        answers.flush()


if __name__ == "__main__":
    main()
