"""Which parts of a picture LIME shows in which pass."""

from math import comb
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import hadamard

Sample = tuple[NDArray[np.bool_], NDArray[np.float64]]


class Design(Protocol):
    """Chooses the samples of one picture."""

    def draw(self, samples: int, parts: int, rng: np.random.Generator) -> Sample:
        """Choose.

        Args:
            samples: number of passes.
            parts: number of the picture's parts.
            rng: the picture's own random numbers.

        Returns:
            Which parts are shown, bool (samples, parts), the first row all of them; and the importance of each sample
            (samples,): how many times likelier it is where every part is shown with probability 1/2.
        """
        ...


class Plain:
    """LIME's own: every part of every sample is shown with probability 1/2; the first sample shows all."""

    def draw(self, samples: int, parts: int, rng: np.random.Generator) -> Sample:
        """See `Design.draw`."""
        shown = rng.integers(0, 2, (samples, parts)).astype(bool)
        shown[0] = True
        return shown, np.ones(samples)


class Paired:
    """Every sample is followed by its complement (I. Covert and S.-I. Lee, AISTATS 2021, section 4.2).

    What parts do together in twos, fours ... then cancels out of their own weights.
    """

    def draw(self, samples: int, parts: int, rng: np.random.Generator) -> Sample:
        """See `Design.draw`; with an odd number, the last complement is left out."""
        half, _ = Plain().draw(-(-samples // 2), parts, rng)
        return _with_complements(half)[:samples], np.ones(samples)


class Orthogonal:
    """Pairs from the rows of Hadamard matrices, with columns and signs at random for every block of rows.

    In each whole block any three parts are shown in all eight ways equally often (an orthogonal array of strength 3).
    """

    def draw(self, samples: int, parts: int, rng: np.random.Generator) -> Sample:
        """See `Design.draw`."""
        size = 1 << max(parts - 1, 1).bit_length()
        matrix = hadamard(size) > 0
        blocks: list[NDArray[np.bool_]] = []
        for _ in range(-(-samples // (2 * size))):
            rows, columns = rng.permutation(size), rng.permutation(size)[:parts]
            # Signs of the columns that make the first row of the sample the whole picture.
            first = matrix[rows[0], columns]
            sign = first if not blocks else rng.integers(0, 2, parts).astype(bool)
            blocks.append(_with_complements(~(matrix[rows][:, columns] ^ sign)))
        return np.concatenate(blocks)[:samples], np.ones(samples)


class Leverage:
    """Pairs drawn by their leverage in LIME's weighted regression (C. Musco and R. T. Witter, ICLR 2025).

    A sample's leverage depends on the number of parts that it shows alone: numbers are drawn by it, spread evenly, and
    every choice of so many parts is equally likely.

    Args:
        kernel_width: LIME's.
    """

    def __init__(self, kernel_width: float = 0.25) -> None:
        self.kernel_width = kernel_width

    def draw(self, samples: int, parts: int, rng: np.random.Generator) -> Sample:
        """See `Design.draw`."""
        number = np.arange(parts + 1)
        usual = np.array([comb(parts, int(m)) for m in number]) / 2.0**parts
        drawn = usual * self._leverage(number, usual)
        # A pair is as likely as its two halves together.
        drawn = (drawn + drawn[::-1]) / (2 * drawn.sum())
        pairs = -(-samples // 2)
        places = (np.arange(pairs) + rng.random(pairs)) / pairs
        sizes = np.searchsorted(drawn.cumsum(), places).clip(max=parts)
        half = rng.random((pairs, parts)).argsort(axis=1).argsort(axis=1) < sizes[:, None]
        half[0] = True
        shown = _with_complements(half)[:samples]
        importance = (usual / drawn)[shown.sum(axis=1)]
        # The whole picture and the empty one are there on purpose, not drawn: as in the plain sample they count once.
        importance[:2] = 1
        return shown, importance

    def _leverage(self, number: NDArray[np.int_], usual: NDArray[np.float64]) -> NDArray[np.float64]:
        """Leverage in LIME's regression, with its intercept, of samples that show so many parts; up to a factor."""
        parts = number[-1]
        near = np.exp(-((1 - np.sqrt(number / parts)) ** 2) / (2 * self.kernel_width**2))
        mean = (usual * near * number).sum() / (usual * near).sum() / parts
        spread = number * (1 - mean) ** 2 + (parts - number) * mean**2
        return near * (1 + spread / (mean * (1 - mean)))


def _with_complements(half: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Every row followed by its complement, (2 * n, parts)."""
    return np.stack([half, ~half], axis=1).reshape(-1, half.shape[1])
