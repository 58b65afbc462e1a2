"""What preparation makes of a picture, and where it is read from afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from fer_xai.data.preparation.crop import unpack

#: Figures on the quality of a face and where it was cut out, in the order in which `Stored.figures` holds them.
FIGURES: tuple[str, ...] = (
    *("score", "size", "sharpness", "inside", "turned", "outside"),
    *("crop_left", "crop_top", "crop_side"),
)


@dataclass(frozen=True)
class Face:
    """What preparation found in one picture: a face, or the reason why there is none.

    Attributes:
        crop: the crop, (S, S, 3), as `pack` makes it; None without a face.
        landmarks: float32 (68, 2) in pixels of the crop, None without a face.
        score: the detector's confidence (its own unit; NaN where none was asked).
        size: longer side of the box around the landmarks in pixels of the picture file.
        sharpness: variance of the Laplacian of the grey crop; small means blurred.
        inside: share of the crop that lies inside the picture, 0..1.
        turned: degrees by which the crop is turned in the picture, clockwise as one sees it, to level the eyes.
        outside: how many of the landmarks lie outside the picture, as those of a chin that was cut off.
        crop_left: column of the picture at which the crop begins, before it is turned; see `Square`.
        crop_top: row of the picture at which it begins, likewise.
        crop_side: side of the crop in pixels of the picture.
        reason: why there is no face, empty with a face.
    """

    crop: bytes | None = None
    landmarks: np.ndarray | None = None
    score: float = float("nan")
    size: float = float("nan")
    sharpness: float = float("nan")
    inside: float = float("nan")
    turned: float = float("nan")
    outside: float = float("nan")
    crop_left: float = float("nan")
    crop_top: float = float("nan")
    crop_side: float = float("nan")
    reason: str = ""


@dataclass(frozen=True)
class Stored:
    """What a store holds for a list of keys.

    Attributes:
        start: (n,) int64, first byte of the crop, -1 without a face.
        length: (n,) int64, bytes of the crop, 0 without a face.
        landmarks: (n, 68, 2) float32 in pixels of the crop.
        figures: (n, 9) float64 in the order of `FIGURES`, as in `Face`; NaN where there is none.
        reason: (n,) strings, empty with a face.
    """

    start: np.ndarray
    length: np.ndarray
    landmarks: np.ndarray
    figures: np.ndarray
    reason: np.ndarray

    @classmethod
    def empty(cls, n: int) -> Self:
        """For n keys, nothing filled in."""
        landmarks, figures = np.full((n, 68, 2), np.nan, dtype=np.float32), np.full((n, len(FIGURES)), np.nan)
        start, length = np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.int64)
        return cls(start, length, landmarks, figures, np.full(n, "", dtype=object))


@dataclass(frozen=True)
class Crops:
    """Crops in their file, read one at a time: nothing is held in memory, and workers get the path only.

    Attributes:
        path: the file.
        starts: (n,) int64, first byte of each crop in the file.
        lengths: (n,) int64, bytes of each crop.
        size: side of a crop in pixels.
    """

    path: Path
    starts: np.ndarray
    lengths: np.ndarray
    size: int

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, i: int) -> np.ndarray:
        """Crop i as uint8 (size, size, 3), a copy."""
        return unpack(self.packed(i))

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[i] for i in range(len(self)))

    def packed(self, i: int) -> bytes:
        """The bytes of crop i as they lie in the file."""
        with self.path.open("rb") as file:
            file.seek(int(self.starts[i]))
            return file.read(int(self.lengths[i]))
