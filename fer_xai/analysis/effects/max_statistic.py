"""Where two groups of maps differ: a t-test at every pixel, with one error rate for the whole frame.

The largest |t| over the frame is compared with the largest ones under all other labellings (or signs) that are as
likely if nothing differs: so the chance that any pixel at all is marked by mistake is held to the level (Nichols and
Holmes 2002, Nonparametric permutation tests for functional neuroimaging).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_xai.analysis.effects.labellings import Design, Labellings

# Labellings that are worked on at once.
_CHUNK = 500
#: Up to so many labellings are all looked at, of more so many are drawn: enough for a level of 5 %, at every pixel.
MOST, RANDOM = 1_024, 999

#: Whatever is the same in all maps but for rounding has no t.
_SAME = 1e-12


@dataclass(frozen=True)
class Difference:
    """Where two groups of maps differ.

    Attributes:
        difference: (pixels,) mean of the first group less that of the second.
        t: (pixels,) its t statistic; NaN where the maps are all the same.
        p: (pixels,) family-wise p: share of the labellings whose largest |t| is at least this pixel's.
        permutations: labellings looked at.
        exact: whether these are all.
    """

    difference: NDArray
    t: NDArray
    p: NDArray
    permutations: int
    exact: bool


def paired_difference(first: NDArray, second: NDArray) -> Difference:
    """Maps in pairs, such as of one network by two explainers: signs of the differences are flipped.

    Args:
        first: (pairs, pixels).
        second: (pairs, pixels).
    """
    differences = first - second
    n = len(differences)
    design = Design(tuple(range(2 * n)), tuple(range(n)) * 2, "signs")
    labellings = design.labellings(["a"] * n + ["b"] * n, most=MOST, random=RANDOM)
    signs = 1.0 - 2.0 * labellings.codes[:, :n]
    norm = np.sqrt((differences**2).sum(0))
    # Flipping signs leaves the sum of squares as it is, so that t follows from the mean alone.
    return _difference(differences.mean(0), np.ones(n), signs, differences, norm, n, labellings)


def group_difference(first: NDArray, second: NDArray) -> Difference:
    """Two independent groups of maps, such as of networks with and without pretraining: labels are permuted.

    Args:
        first: (n, pixels).
        second: (m, pixels).
    """
    n, m = len(first), len(second)
    design = Design(tuple(range(n + m)), ("",) * (n + m), "labels")
    labellings = design.labellings(["a"] * n + ["b"] * m, most=MOST, random=RANDOM)
    maps = np.concatenate([first, second])
    deviations = maps - maps.mean(0)
    norm = np.sqrt((deviations**2).sum(0))
    own, others = (np.where(codes == 0, 1 / n, -1 / m) for codes in (np.repeat([0, 1], [n, m]), labellings.codes))
    scale = np.sqrt(n * m / (n + m))
    return _difference(
        first.mean(0) - second.mean(0), own * scale, others * scale, deviations, norm, n + m - 1, labellings
    )


def _difference(
    difference: NDArray,
    own: NDArray,
    contrasts: NDArray,
    maps: NDArray,
    norm: NDArray,
    freedom: int,
    labellings: Labellings,
) -> Difference:
    """The test by contrasts of the maps, whose share u of the sum of squares t follows: t2 = (df) u2 / (1 - u2)."""
    # Of signs the contrast of n maps has length sqrt(n): u is the cosine between maps and contrast in both cases.
    length = np.sqrt((own**2).sum())
    varying = norm > _SAME * max(float(np.abs(maps).max(initial=0.0)), _SAME)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.where(varying, maps / norm, 0.0)
    u = own @ unit / length
    largest = np.concatenate(
        [np.abs(contrasts[start : start + _CHUNK] @ unit).max(1) / length for start in range(0, len(contrasts), _CHUNK)]
    )
    with np.errstate(divide="ignore"):
        t = u * np.sqrt((freedom - 1) / np.maximum(1 - u**2, 0))
    ordered = np.sort(largest)
    as_large = len(ordered) - np.searchsorted(ordered, np.abs(u) * (1 - 1e-9))
    p = as_large / len(ordered) if labellings.exact else (1 + as_large) / (1 + len(ordered))
    nothing = np.where(varying, 1.0, np.nan)
    return Difference(difference, t * nothing, p * nothing, len(ordered), labellings.exact)
