"""What another alignment is. A run warps by it beside its own landmarks, to tell how far heatmaps hang on these."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np


class Alignment(Protocol):
    """Another choice of landmarks for faces whose landmarks are known; no training and no explanation looks at it.

    Attributes:
        title: what it does, in a few words.
    """

    title: str

    def check(self) -> None:
        """Raise UserError for what could not work."""

    def place(self, landmarks: np.ndarray, crops: np.ndarray, images: Sequence[str]) -> np.ndarray:
        """Place the landmarks of some faces.

        Args:
            landmarks: float64 (n, 68, 2), the run's own, x before y, in pixels of the crops.
            crops: uint8 (n, S, S, 3).
            images: their names.

        Returns:
            float64 (n, 68, 2), likewise; NaN where it finds none.
        """
