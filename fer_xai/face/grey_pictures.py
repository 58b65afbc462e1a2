"""A folder of grey pictures that are named by expression, as maps of weights."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_xai.errors import UserError
from fer_xai.expressions import SYNONYMS, expression_in

SUFFIXES = (".png", ".bmp", ".tif", ".tiff", ".jpg", ".jpeg")


def read_expression_pictures(folder: Path, frame: tuple[int, int]) -> dict[str, NDArray[np.float32]]:
    """Read one picture per expression, black 0 and white 1, scaled to the frame.

    Args:
        folder: pictures whose names contain the expression as a word, e.g. `anger.png` or `Happy_mask.png`.
        frame: rows and columns of the maps; pictures of other sizes must have the same proportions.

    Returns:
        Map (rows, columns) in [0, 1] for each expression that has a picture, the six in their order before others.

    Raises:
        UserError: the folder does not exist or holds no such picture, or one is double, unreadable or of other
            proportions.
    """
    if not folder.is_dir():
        raise UserError(f"no folder of reference pictures at {folder}: give one with a grey picture per expression")
    files: dict[str, Path] = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES):
        expression = expression_in(path.stem)
        if expression is None:
            continue
        if expression in files:
            raise UserError(
                f"two reference pictures for {expression} in {folder}: {files[expression].name}, {path.name}"
            )
        files[expression] = path
    if not files:
        raise UserError(f"no reference picture in {folder}: expected e.g. anger.png, happiness.png")
    return {expression: _read(files[expression], frame) for expression in SYNONYMS if expression in files}


def _read(path: Path, frame: tuple[int, int]) -> NDArray[np.float32]:
    encoded = np.fromfile(path, dtype=np.uint8)
    picture = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH) if len(encoded) else None
    if picture is None:
        raise UserError(f"reference picture {path} cannot be read: it must be a grey picture of 8 or 16 bits")
    if picture.dtype not in (np.uint8, np.uint16):
        raise UserError(f"reference picture {path} holds {picture.dtype}: it must be a grey picture of 8 or 16 bits")
    weights = (picture / (255 if picture.dtype == np.uint8 else 65535)).astype(np.float32)
    rows, columns = weights.shape
    if (rows, columns) == frame:
        return weights
    # A height that is right to the nearest pixel for the width counts as in proportion.
    if abs(rows - columns * frame[0] / frame[1]) > 1:
        raise UserError(
            f"reference picture {path} is {rows} x {columns} (rows x columns), the frame {frame[0]} x {frame[1]}"
        )
    shrinks = rows > frame[0]
    scaled = cv2.resize(weights, frame[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.clip(scaled, 0, 1).astype(np.float32)
