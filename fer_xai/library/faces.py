"""Faces: read, prepared, with landmarks, and carried into the canonical face."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fer_xai.data.cache import cache_dir as cache_folder
from fer_xai.data.configured_faces import with_neutral
from fer_xai.data.face_table import FaceTable
from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.landmarks import DlibFinder, NoFace
from fer_xai.face.observers.numpy_warp import warp_to_canonical
from fer_xai.library.choices import build_choice


def read_faces(
    data: str = "synthetic",
    *,
    expressions: Sequence[str] = EXPRESSIONS,
    cache_dir: str | None = None,
    **settings: Any,
) -> FaceTable:
    """List the images of a data set, with expressions and people; none is opened.

    Args:
        data: its kind: `folder`, `table`, `synthetic` (drawn faces) or a published data set; the files of `conf/data`.
        expressions: those that are kept.
        cache_dir: where drawn faces are kept; None takes FER_XAI_CACHE, or the user's cache folder.
        settings: of the data set as its file names them, such as `root`.

    Returns:
        `frame` with a row per image (at least `image`, `expression`, `subject`), for `prepare_faces`.

    Raises:
        UserError: no such data set or setting, or files that cannot be read as one.

    Examples:
        >>> import fer_xai
        >>> table = fer_xai.read_faces("synthetic", subjects=2, per_expression=1)
        >>> table.frame[["image", "expression", "subject"]].head(2)
                           image expression subject
        0     s0000_anger_00.png      anger   s0000
        1   s0000_disgust_00.png    disgust   s0000
    """
    source = build_choice("data", data, settings, classes=list(expressions), cache_dir=cache_dir)
    return source.read()


def prepare_faces(
    table: FaceTable,
    *,
    landmarks: str = "auto",
    crop_size: int = 224,
    align: bool = True,
    margin: float = 0.06,
    max_yaw: float | None = 50.0,
    workers: int | None = None,
    expressions: Sequence[str] = EXPRESSIONS,
    cache_dir: str | None = None,
) -> PreparedFaces:
    """Find each face and its 68 landmarks, cut it out and keep it in the cache; images without a face are left out.

    Args:
        table: from `read_faces`.
        landmarks: `auto` (those that come with the data, else dlib's), `given`, `dlib` or `mediapipe`.
        crop_size: side of a crop in pixels.
        align: turn crops so that the eyes are level.
        margin: around the face, as a share of it.
        max_yaw: heads turned further (degrees) are left out; None keeps all.
        workers: processes; None takes all cores.
        expressions: names of the classes, in the order of the network's logits.
        cache_dir: as for `read_faces`.

    Returns:
        `crops[i]` uint8 (S, S, 3), `landmarks` (n, 68, 2) in pixels of the crops, `frame` with a row per face, and
        what was left out.

    Raises:
        UserError: no image can be used, or settings out of range.

    Examples:
        >>> import fer_xai
        >>> faces = fer_xai.prepare_faces(fer_xai.read_faces(subjects=2, per_expression=1), workers=1)
        >>> len(faces), faces.crops[0].shape, faces.landmarks.shape
        (12, (224, 224, 3), (12, 68, 2))
    """
    finder, cache = build_choice("landmarks", landmarks, {}), cache_folder(cache_dir)
    settings = {
        "crop_size": crop_size,
        "align": align,
        "margin": margin,
        "max_yaw": max_yaw,
        "workers": workers,
    }
    faces = prepare(table, finder, cache, **settings, expressions=tuple(expressions), all_there=False)  # type: ignore[arg-type]
    return faces if table.neutral is None else with_neutral(faces, table.neutral, finder, cache, **settings)


def find_landmarks(image: np.ndarray) -> np.ndarray:
    """The 68 landmarks of a picture's main face, by dlib.

    Args:
        image: uint8 RGB (height, width, 3).

    Returns:
        float64 (68, 2), x before y, in pixels of the picture, pixel centres at whole numbers.

    Raises:
        UserError: no face is found.

    Examples:
        >>> import fer_xai
        >>> face = fer_xai.draw_face("happiness")
        >>> found = fer_xai.find_landmarks(face.image)
        >>> bool(abs(found - face.landmarks).mean() < 4)
        True
    """
    face = DlibFinder().find(image, None)
    if isinstance(face, NoFace):
        raise UserError(f"{face.reason}: give a picture of one face seen from the front, or landmarks of your own")
    return face.landmarks


def warp(images: np.ndarray, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Carry pictures or heatmaps into the canonical face of 275 rows x 224 columns.

    Args:
        images: (n, h, w), or (n, h, w, channels).
        landmarks: (n, 68, 2), x before y, in pixels of these images.

    Returns:
        float64 (n, 275, 224) or (n, 275, 224, channels), 0 where not valid; and which pixels are, bool (n, 275, 224).

    Raises:
        UserError: the shapes do not go together.

    Examples:
        >>> import fer_xai
        >>> face = fer_xai.draw_face("happiness")
        >>> warped, valid = fer_xai.warp(face.image[None], face.landmarks[None])
        >>> warped.shape, bool(valid.mean() > 0.9)
        ((1, 275, 224, 3), True)
    """
    images = np.asarray(images)
    if images.ndim != 4:
        return warp_to_canonical(images, np.asarray(landmarks))
    warped, valid = warp_to_canonical(np.moveaxis(images, -1, 1), np.asarray(landmarks))
    return np.moveaxis(warped, 1, -1), valid
