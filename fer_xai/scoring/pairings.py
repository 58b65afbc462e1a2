"""Would the maps fit just as well with the masks of other expressions? All ways to pair expressions with masks."""

import itertools
from dataclasses import dataclass
from functools import cache

import numpy as np

from fer_xai.scoring.intervals import mean_known

# Scores that are equal in exact arithmetic differ in the last digits when summed in another order.
_TIE = 1e-12


@dataclass(frozen=True)
class Pairings:
    """The mean score under every pairing of n maps with n masks.

    Attributes:
        right: mean score of each map with its own mask.
        means: (n!,) mean score of every pairing, the right one first.
        higher_is_better: direction of the score.
    """

    right: float
    means: np.ndarray
    higher_is_better: bool

    @property
    def as_good(self) -> int:
        """Pairings, the right one among them, that score at least as well as the right one."""
        return int(_at_least(self.means, self.right, self.higher_is_better).sum())

    @property
    def p(self) -> float:
        """Permutation p-value: the share of pairings that are as good; NaN where the score is undefined."""
        return self.as_good / len(self.means) if np.isfinite(self.right) else float("nan")


def pairings(scores: np.ndarray, higher_is_better: bool = True) -> Pairings:
    """Score all pairings.

    Args:
        scores: (n, n), map by mask; NaN where undefined (means skip it).
        higher_is_better: direction of the score.
    """
    n = len(scores)
    means = mean_known(scores[np.arange(n), _orders(n)], axis=1)
    return Pairings(float(means[0]), means, higher_is_better)


@cache
def _orders(n: int) -> np.ndarray:
    """(n!, n) all orders of n things, the given one first."""
    return np.array(list(itertools.permutations(range(n))))


def _at_least(values: np.ndarray, own: float, higher_is_better: bool) -> np.ndarray:
    return values >= own - _TIE if higher_is_better else values <= own + _TIE
