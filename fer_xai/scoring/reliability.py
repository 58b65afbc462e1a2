"""From the correlation of two halves of observers to the reliability of all of them, and intervals over observers."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student_t

from fer_xai.metrics.proportion import TAIL

# Figures that differ by no more than this are the same: rounding of sums.
_SAME = 1e-7


def spearman_brown(r: ArrayLike, share: ArrayLike = 0.5) -> NDArray[np.float64]:
    """The reliability of the mean over all observers, from the correlation of the means of two halves.

    R = 2 r / (1 + r) for halves of one size (Spearman 1910; Brown 1910); for others Horst's formula (1951), which
    solves r^2 = 1 / ((1 + k / p) (1 + k / q)) for k, the part of noise in the whole, with p + q = 1: R = 1 / (1 + k).

    Args:
        r: correlation of the halves; where it is not above 0, the formula for equal halves is taken.
        share: p, share of one half in all observers, above 0 and below 1.

    Returns:
        R, at most 1; below 0 where r is.

    Examples:
        >>> spearman_brown(0.5).round(4).item(), spearman_brown(-0.2).round(4).item()
        (0.6667, -0.5)
        >>> spearman_brown(1 / np.sqrt((1 + 0.2 / 0.25) * (1 + 0.2 / 0.75)), 0.25).round(4).item()
        0.8333
    """
    r, share = np.asarray(r, dtype=np.float64), np.asarray(share, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        equal = 2 * r / (1 + r)
        noise = (np.sqrt(1 + 4 * share * (1 - share) * (1 / r**2 - 1)) - 1) / 2
        return np.where(r > 0, 1 / (1 + noise), equal)


def log_distance(values: ArrayLike) -> NDArray[np.float64]:
    """Logarithm of the distance from 1: on this scale reliabilities have errors that are nearly normal.

    Of a reliability by Spearman-Brown it is -2 times Fisher's z of the halves' correlation.
    """
    with np.errstate(divide="ignore"):
        return np.log1p(-np.minimum(np.asarray(values, dtype=np.float64), 1.0))


def from_log_distance(values: ArrayLike) -> NDArray[np.float64]:
    """The inverse of `log_distance`."""
    return -np.expm1(np.asarray(values, dtype=np.float64))


def jackknife_margin(without: ArrayLike) -> float:
    """How far to both sides a 95 % interval over observers reaches: Student's t times the jackknife's standard error.

    A bootstrap would draw some observers twice, and a half that holds an observer whom the other half holds as well
    agrees with it too much; leaving observers out has no such fault.

    Args:
        without: (b,) the figure without each part of the observers in turn, parts of about one size.

    Returns:
        NaN for fewer than 3 parts, or where more than a tenth of the figures are undefined.
    """
    drawn = np.asarray(without, dtype=np.float64).ravel()
    known = drawn[np.isfinite(drawn)]
    if known.size < 3 or known.size < 0.9 * drawn.size:
        return float("nan")
    error = math.sqrt((known.size - 1) * known.var())
    return float(student_t.ppf(1 - TAIL, known.size - 1)) * error


def jackknife_interval(
    value: float,
    without: ArrayLike,
    scale: Callable[[ArrayLike], NDArray] = np.asarray,
    back: Callable[[ArrayLike], NDArray] = np.asarray,
) -> tuple[float, float]:
    """The 95 % interval of a figure over observers.

    Args:
        value: of all observers.
        without: (b,) the same without each part of the observers in turn.
        scale: monotone: carries figures to where their errors are about normal.
        back: its inverse.

    Returns:
        low and high; NaN where the value or the margin is undefined.
    """
    drawn = np.asarray(without, dtype=np.float64)
    if np.isfinite(value) and drawn.size > 1 and np.all(np.abs(drawn - value) <= _SAME):
        return value, value
    margin = jackknife_margin(scale(drawn))
    if not (np.isfinite(value) and np.isfinite(margin)):
        return float("nan"), float("nan")
    ends = back(scale(value) + np.array([-margin, margin]))
    return float(min(ends)), float(max(ends))
