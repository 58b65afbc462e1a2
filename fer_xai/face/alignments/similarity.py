"""No warp: a turn, a scale and a shift, and nothing that bends the face."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fer_xai.face.canonical import CANONICAL_POINTS, N_LANDMARKS


@dataclass(frozen=True)
class Similarity:
    """The canonical landmarks where the similarity transform lays them that comes nearest to the face's, by squares.

    A warp by these landmarks is that transform within the face. Beyond the jaw it ends, as every warp, in the corners
    of the crop.
    """

    title: str = "no warp: turned, scaled and shifted only"

    def check(self) -> None:
        """Nothing can be wrong here."""

    def place(self, landmarks: np.ndarray, crops: np.ndarray, images: Sequence[str]) -> np.ndarray:
        """The transformed canonical landmarks; neither crops nor names are looked at."""
        # As complex numbers a similarity without reflection is z -> a z + b.
        canonical, own = (
            points[..., 0] + 1j * points[..., 1] for points in (CANONICAL_POINTS[:N_LANDMARKS], landmarks)
        )
        offsets = canonical - canonical.mean()
        middle = own.mean(axis=-1, keepdims=True)
        turned = ((own - middle) * offsets.conj()).sum(axis=-1, keepdims=True) / (np.abs(offsets) ** 2).sum()
        placed = turned * offsets + middle
        return np.stack([placed.real, placed.imag], axis=-1)
