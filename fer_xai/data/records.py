"""What preparation makes of a picture, and where it is read from afterwards."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

#: Figures on the quality of a face, in the order in which `Stored.figures` holds them.
FIGURES: tuple[str, ...] = ("score", "size", "sharpness", "inside")


@dataclass(frozen=True)
class Face:
    """What preparation found in one picture: a face, or the reason why there is none.

    Attributes:
        crop: uint8 (S, S, 3), None without a face.
        landmarks: float32 (68, 2) in pixels of the crop, None without a face.
        score: the detector's confidence (its own unit; NaN where landmarks were given).
        size: longer side of the box around the landmarks in pixels of the picture file.
        sharpness: variance of the Laplacian of the grey crop; small means blurred.
        inside: share of the crop that lies inside the picture, 0..1.
        reason: why there is no face, empty with a face.
    """

    crop: np.ndarray | None = None
    landmarks: np.ndarray | None = None
    score: float = float("nan")
    size: float = float("nan")
    sharpness: float = float("nan")
    inside: float = float("nan")
    reason: str = ""


@dataclass(frozen=True)
class Stored:
    """What a store holds for a list of keys.

    Attributes:
        slot: (n,) int64, place of the crop, -1 without a face.
        landmarks: (n, 68, 2) float32 in pixels of the crop.
        figures: (n, 4) float64: score, size, sharpness, inside as in `Face`; NaN where there is none.
        reason: (n,) strings, empty with a face.
    """

    slot: np.ndarray
    landmarks: np.ndarray
    figures: np.ndarray
    reason: np.ndarray

    @classmethod
    def empty(cls, n: int) -> Self:
        """For n keys, nothing filled in."""
        landmarks, figures = np.full((n, 68, 2), np.nan, dtype=np.float32), np.full((n, len(FIGURES)), np.nan)
        return cls(np.full(n, -1, dtype=np.int64), landmarks, figures, np.full(n, "", dtype=object))


@dataclass(frozen=True)
class Crops:
    """Crops in their file, read one at a time: nothing is held in memory, and workers get the path only.

    Attributes:
        path: the file.
        slots: (n,) int64, place in the file for each crop.
        size: side of a crop in pixels.
    """

    path: Path
    slots: np.ndarray
    size: int

    def __len__(self) -> int:
        return len(self.slots)

    def __getitem__(self, i: int) -> np.ndarray:
        """Crop i as uint8 (size, size, 3), a copy."""
        length = self.size * self.size * 3
        flat = np.fromfile(self.path, dtype=np.uint8, count=length, offset=int(self.slots[i]) * length)
        return flat.reshape(self.size, self.size, 3)
