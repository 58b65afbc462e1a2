"""Shares of images with intervals that respect that images of one person are alike."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

_Z = float(ndtri(0.975))


def people(predictions: pd.DataFrame) -> np.ndarray:
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
    n = len(correct)
    if n == 0:
        return float("nan"), float("nan"), float("nan")
    value = float(np.mean(correct))
    _, index = np.unique(groups, return_inverse=True)
    sizes = np.bincount(index)
    effective = float(len(sizes))
    if 0 < value < 1 and len(sizes) > 1:
        residual = np.bincount(index, weights=np.asarray(correct, dtype=np.float64)) - value * sizes
        variance = (residual**2).sum() * len(sizes) / (len(sizes) - 1) / n**2
        effective = n / max(1.0, variance / (value * (1 - value) / n))
    spread = _Z**2 / effective
    centre = (value + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * np.sqrt(value * (1 - value) / effective + spread / (4 * effective))
    return value, float(max(0.0, min(centre - half, value))), float(min(1.0, max(centre + half, value)))
