"""Figures worked out again from resampled people and trainings, and how each row of them came about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np


@dataclass(frozen=True)
class Layout:
    """What the rows of resampled figures are, in this order.

    First comes one row over all people and trainings, on the grid of the replicates; then the bootstrap replicates of
    people; then the figure without each fold, without each seed, and without each run in turn.

    Attributes:
        replicates: number of bootstrap replicates over people; 0 where a run has none.
        folds: number of folds that are left out in turn; 0 for fewer than two.
        seeds: number of seeds that are left out in turn; 0 for fewer than two.
    """

    replicates: int = 0
    folds: int = 0
    seeds: int = 0

    @property
    def runs(self) -> int:
        """Number of single runs that are left out in turn: where there are several folds and several seeds."""
        return self.folds * self.seeds

    @property
    def left_out(self) -> int:
        """Number of rows in which a fold, a seed or a run is left out."""
        return self.folds + self.seeds + self.runs

    def __len__(self) -> int:
        return 1 + self.replicates + self.left_out if self.replicates else 0


def without_each(
    fold: np.ndarray, seed: np.ndarray, folds: Sequence[object], seeds: Sequence[object]
) -> list[np.ndarray]:
    """Which of n runs are left without each fold, each seed and each run in turn, in the order of a layout's rows.

    Args:
        fold: (n,) fold of each run.
        seed: (n,) seed of each run.
        folds: those that are left out; none where there is only one.
        seeds: likewise.

    Returns:
        Masks (n,) bool, as many as `Layout.left_out`.

    Examples:
        >>> masks = without_each(np.array([0, 0, 1]), np.array([5, 6, 5]), [0, 1], [5, 6])
        >>> [mask.astype(int).tolist() for mask in masks[:3]], len(masks)
        ([[0, 0, 1], [1, 1, 0], [0, 1, 0]], 8)
    """
    return [
        *(fold != one for one in folds),
        *(seed != one for one in seeds),
        *((fold != one) | (seed != other) for one, other in product(folds, seeds)),
    ]


@dataclass(frozen=True)
class Resampled:
    """A figure, or an array of them, from each of the rows of a layout.

    Attributes:
        rows: (len(layout), ...); NaN where undefined.
        layout: what the rows are.
    """

    rows: np.ndarray
    layout: Layout

    @classmethod
    def nothing(cls, *shape: int) -> "Resampled":
        """No rows of figures of this shape."""
        return cls(np.empty((0, *shape)), Layout())

    @classmethod
    def over_people(cls, whole: np.ndarray | float, replicates: np.ndarray) -> "Resampled":
        """Replicates over people alone.

        Args:
            whole: (...) the figure over all people.
            replicates: (replicate, ...) the figure from each replicate.
        """
        if not len(replicates):
            return cls.nothing(*np.shape(whole))
        return cls(np.concatenate([np.asarray(whole, dtype=np.float64)[None], replicates]), Layout(len(replicates)))

    @property
    def whole(self) -> np.ndarray:
        """(...) the figure over all people and trainings, on the grid of the replicates."""
        return self.rows[0]

    @property
    def people(self) -> np.ndarray:
        """(replicate, ...) the figure from each bootstrap replicate over people."""
        return self.rows[1 : 1 + self.layout.replicates]

    @property
    def without_folds(self) -> np.ndarray:
        """(fold, ...) the figure without each fold."""
        return self._after(0, self.layout.folds)

    @property
    def without_seeds(self) -> np.ndarray:
        """(seed, ...) the figure without each seed."""
        return self._after(self.layout.folds, self.layout.seeds)

    @property
    def without_runs(self) -> np.ndarray:
        """(run, ...) the figure without each run."""
        return self._after(self.layout.folds + self.layout.seeds, self.layout.runs)

    def each(self, function: Callable[[np.ndarray], np.ndarray]) -> "Resampled":
        """The same of figures that follow from these row by row: the function keeps the first axis."""
        return replace(self, rows=function(self.rows))

    def __sub__(self, other: "Resampled") -> "Resampled":
        """Differences, people and trainings resampled together."""
        return replace(self, rows=self.rows - other.rows)

    def _after(self, start: int, number: int) -> np.ndarray:
        first = 1 + self.layout.replicates + start
        return self.rows[first : first + number]


def stacked(figures: Sequence[Resampled], axis: int = 1) -> Resampled:
    """Resampled figures of one layout side by side, along a new axis of their rows."""
    return replace(figures[0], rows=np.stack([item.rows for item in figures], axis=axis))
