"""95 % intervals from bootstrap replicates."""

import numpy as np
from numpy.typing import ArrayLike

from fer_xai.metrics.proportion import TAIL


def interval(
    value: float, replicates: ArrayLike, bounds: tuple[float, float] = (-np.inf, np.inf)
) -> tuple[float, float]:
    """The interval of a figure: the spread of its replicates about their median, laid about the figure itself.

    A replicate holds some subjects twice and others not at all, so its maps are noisier than the maps themselves, and
    they lie at half the resolution. Both shift a score (a distance between noisier maps is larger) and neither is
    uncertainty, so only the spread is taken from the replicates. The value always lies within its interval.

    Args:
        value: the figure over all images.
        replicates: the same figure from each replicate; NaN where it is undefined.
        bounds: smallest and largest value that the figure can take.

    Returns:
        low and high; NaN where the value is undefined, or more than half of the replicates are, or where it is one
        person's: drawn or not, that person gives the same figure in every replicate that is defined.
    """
    drawn = np.asarray(replicates, dtype=np.float64).ravel()
    finite = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or 2 * finite.size < drawn.size or finite.size < 2:
        return float("nan"), float("nan")
    # One person is drawn in 63 % of the replicates, at least one of two in 86 %.
    if finite.size < 0.75 * drawn.size and np.ptp(finite) <= 1e-9 * np.abs(finite).max():
        return float("nan"), float("nan")
    low, middle, high = np.quantile(finite, [TAIL, 0.5, 1 - TAIL])
    return float(max(value + low - middle, bounds[0])), float(min(value + high - middle, bounds[1]))


def mean_known(values: ArrayLike, axis: int | tuple[int, ...] | None = None) -> np.ndarray:
    """The mean over the values that are defined; NaN where none is."""
    array = np.asarray(values, dtype=np.float64)
    known = np.isfinite(array)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, array, 0).sum(axis) / known.sum(axis)
