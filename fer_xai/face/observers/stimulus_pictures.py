"""Sizes and landmarks of stimuli from their pictures, where a user has these."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_xai.errors import UserError
from fer_xai.face.canonical import N_LANDMARKS
from fer_xai.face.grey_pictures import SUFFIXES


@dataclass(frozen=True)
class FoundInPicture:
    """What a picture tells.

    Attributes:
        size: width and height in pixels.
        landmarks: float64 (68, 2), x before y, in its pixels; NaN where they were not looked for.
    """

    size: tuple[int, int]
    landmarks: NDArray[np.float64]


def find_in_pictures(
    folder: Path, key: str, names: Collection[str] | None = None, known: Collection[str] = ()
) -> dict[str, FoundInPicture]:
    """Find the landmarks of the main face of pictures by the program's own finder.

    Args:
        folder: pictures, each called as its stimulus, with or without the ending.
        key: the setting that names the folder, for messages.
        names: of the stimuli that are wanted; None for every picture, by its name without the ending.
        known: those whose landmarks are known already: of these the size alone is wanted.

    Raises:
        UserError: no such folder, a wanted picture is not there or twice, it cannot be read, or no face is found in it.
    """
    # Whoever brings landmarks needs no dlib.
    from fer_xai.face.landmarks import DlibFinder, NoFace

    if not folder.is_dir():
        raise UserError(f"{key}={folder}: there is no such folder of pictures")
    files: dict[str, list[Path]] = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES):
        for name in (path.name, path.stem):
            files.setdefault(name, []).append(path)
    if not files:
        raise UserError(f"{key}={folder} holds no picture ({', '.join(SUFFIXES)})")
    if names is None:
        names = [name for name, paths in files.items() if name == paths[0].stem]
    finder, found = None, {}
    for name in names:
        if len(files.get(name, [])) != 1:
            raise UserError(
                f"{key}={folder} holds {len(files.get(name, []))} pictures of stimulus {name}: one is needed"
            )
        encoded = np.fromfile(files[name][0], dtype=np.uint8)
        picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if len(encoded) else None
        if picture is None:
            raise UserError(f"{key}: the picture {files[name][0]} cannot be read")
        size = picture.shape[1], picture.shape[0]
        if name in known:
            found[name] = FoundInPicture(size, np.full((N_LANDMARKS, 2), np.nan))
            continue
        finder = finder or DlibFinder()
        face = finder.find(np.ascontiguousarray(picture[..., ::-1]), None)
        if isinstance(face, NoFace):
            raise UserError(f"{key}: {face.reason} in {files[name][0]}: give its landmarks in the table of stimuli")
        found[name] = FoundInPicture(size, face.landmarks)
    return found
