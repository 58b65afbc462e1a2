"""Landmarks with noise of a stated size."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fer_xai.errors import UserError

_EYES = slice(36, 42), slice(42, 48)


@dataclass(frozen=True)
class NoisyLandmarks:
    """Moves each landmark by Gaussian noise, as a finder that errs would, independently of the others.

    Args:
        share: standard deviation of the noise along x and along y, as a share of the distance of the eyes.
        seed: of the noise; each image has its own, whatever images stand beside it.

    Raises:
        UserError: a share out of range.
    """

    share: float
    seed: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return f"landmarks with noise of {100 * self.share:g} % of the distance of the eyes"

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise UserError(
                f"realign: noise of share={self.share}: a share of the distance of the eyes is above 0, to 1"
            )

    def check(self) -> None:
        """Nothing can be missing here."""

    def place(self, landmarks: np.ndarray, crops: np.ndarray, images: Sequence[str]) -> np.ndarray:
        """The landmarks with noise; crops are not looked at."""
        left, right = (landmarks[:, eye].mean(axis=1) for eye in _EYES)
        size = self.share * np.linalg.norm(right - left, axis=1)
        noise = np.stack([self._noise(name, landmarks.shape[1]) for name in images]) if len(images) else landmarks
        return landmarks + size[:, None, None] * noise

    def _noise(self, image: str, points: int) -> np.ndarray:
        digest = hashlib.sha256(f"{self.seed}/{image}".encode()).digest()
        return np.random.default_rng(list(digest)).standard_normal((points, 2))
