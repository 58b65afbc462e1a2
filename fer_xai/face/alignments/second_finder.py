"""The landmarks as another finder places them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fer_xai.face.landmarks import Finder, LocatedFace


@dataclass(frozen=True)
class SecondFinder:
    """Another finder looks for the face in the crop that the network sees.

    Args:
        finder: the finder.
        title: what it does.
    """

    finder: Finder
    title: str

    def check(self) -> None:
        """See that the finder can work.

        Raises:
            UserError: it cannot.
        """
        self.finder.check()

    def place(self, landmarks: np.ndarray, crops: np.ndarray, images: Sequence[str]) -> np.ndarray:
        """The finder's landmarks, NaN where it finds no face; the run's own are not looked at."""
        placed = np.full(landmarks.shape, np.nan)
        for number, crop in enumerate(crops):
            face = self.finder.find(crop, None)
            if isinstance(face, LocatedFace):
                placed[number] = face.landmarks
        return placed
