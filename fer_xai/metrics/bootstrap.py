"""Poisson bootstrap over subjects: how often each one counts in each replicate."""

from functools import cache
from math import exp, factorial

import numpy as np
from numpy.typing import NDArray

REPLICATES = 200
#: Probabilities that a Poisson(1) variable is at most 0, 1, 2 ...; beyond the last, no float64 distinguishes them.
_AT_MOST = np.cumsum([exp(-1) / factorial(k) for k in range(18)])


@cache
def poisson_weights(seed: int, group: int, replicates: int = REPLICATES) -> NDArray[np.uint8]:
    """How often one group of images (a subject's, or a single image) counts in each bootstrap replicate.

    A function of its arguments alone: every rank, fold, device and version of the libraries draws the same. The raw
    bits of a counter-based generator, keyed by seed and group, are turned into Poisson(1) numbers by inversion.

    Args:
        seed: of the study.
        group: stable number of the group, any 64-bit integer.
        replicates: how many to draw.

    Returns:
        uint8 (replicates,), mean 1; read-only.
    """
    words = (1 << 64) - 1
    bits = np.random.Philox(key=[seed & words, group & words]).random_raw(replicates)
    weights = np.searchsorted(_AT_MOST, (bits >> np.uint64(11)) * 2.0**-53, side="right").astype(np.uint8)
    weights.setflags(write=False)
    return weights
