"""Which parts of a picture LIME shows in which pass."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Design(Protocol):
    """Chooses the samples of one picture."""

    def draw(self, samples: int, parts: int, rng: np.random.Generator) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Choose.

        Args:
            samples: number of passes.
            parts: number of the picture's parts.
            rng: the picture's own random numbers.

        Returns:
            Which parts are shown, bool (samples, parts), the first row all of them, and the importance weight of each
            sample (samples,): how much likelier it is where every part is shown with probability 1/2.
        """
        ...


class Plain:
    """LIME's own: every part of every sample is shown with probability 1/2; the first sample shows all."""

    def draw(self, samples: int, parts: int, rng: np.random.Generator) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """See `Design.draw`."""
        shown = rng.integers(0, 2, (samples, parts)).astype(bool)
        shown[0] = True
        return shown, np.ones(samples)
