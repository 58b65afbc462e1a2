"""Shares of images with intervals that respect that images of one person are alike."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

#: Share of what a figure could have been that lies between the bounds of its interval: all intervals are of 95 %.
CONFIDENCE = 0.95
#: Share on either side.
TAIL = (1 - CONFIDENCE) / 2

#: Largest p- or q-value at which a test is said to tell something from chance.
SIGNIFICANCE = 0.05

_Z = float(ndtri(1 - TAIL))


def person_of_each(predictions: pd.DataFrame) -> np.ndarray:
    """Whose each image is, (n,): the person's name within the data set; an image without one is a group of its own.

    Args:
        predictions: columns image, subject and, where there is one, dataset.
    """
    dataset = predictions.get("dataset", "")
    return (dataset + "/" + predictions["subject"]).where(predictions["subject"] != "", predictions["image"]).to_numpy()


def proportion(correct: np.ndarray, groups: np.ndarray) -> tuple[float, float, float]:
    """A proportion with its 95 % interval, over images that come in groups (the images of a subject).

    Wilson's interval with the number of images divided by the design effect: the variance between groups over that of
    independent images (Kish 1965), at least 1. Where the proportion is 0 or 1 the effect cannot be estimated, and
    each group counts as one image.

    Args:
        correct: (n,) bool.
        groups: (n,) any labels.

    Returns:
        value, low, high; all NaN for n = 0.
    """
    return mean_proportion(correct, groups, np.zeros(len(correct)))


def mean_proportion(correct: np.ndarray, groups: np.ndarray, classes: np.ndarray) -> tuple[float, float, float]:
    """The mean over classes of the proportion of each, with its 95 % interval over groups: balanced accuracy.

    As `proportion`, which this is with one class. Images of a class of `m` images weigh 1 / (number of classes * m).
    The variance between groups is that of the sum of weighted residuals about the proportion of their class (both
    proportions and weights are estimated from the same images: Taylor's linearisation), and independent images count
    as so many as weights that unequal leave of them (1 over the sum of squared weights, Kish 1965).

    Args:
        correct: (n,) bool, whether each image is recognised.
        groups: (n,) any labels: whose each image is.
        classes: (n,) any labels: what each image shows. Only classes with images count.

    Returns:
        value, low, high; all NaN for n = 0.
    """
    if len(correct) == 0:
        return float("nan"), float("nan"), float("nan")
    _, kind = np.unique(classes, return_inverse=True)
    _, index = np.unique(groups, return_inverse=True)
    sizes = np.bincount(kind)
    shares = np.bincount(kind, weights=np.asarray(correct, dtype=np.float64)) / sizes
    weights = 1 / (len(sizes) * sizes[kind])
    value, person_of_each = float(np.mean(shares)), int(index.max()) + 1
    independent = float(1 / (weights**2).sum())
    effective = min(float(person_of_each), independent)
    if 0 < value < 1 and person_of_each > 1:
        residual = np.bincount(index, weights=weights * (correct - shares[kind]))
        variance = float((residual**2).sum()) * person_of_each / (person_of_each - 1)
        effective = independent / max(1.0, variance * independent / (value * (1 - value)))
    spread = _Z**2 / effective
    centre = (value + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * np.sqrt(value * (1 - value) / effective + spread / (4 * effective))
    return value, float(max(0.0, min(centre - half, value))), float(min(1.0, max(centre + half, value)))
