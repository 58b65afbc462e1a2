"""An order of images in which every class comes equally often."""

import numpy as np


def balanced_order(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many draws as there are images, shared out alike among the classes, in random order.

    Of a class that has too few images each comes equally often; of one that has too many each comes at most once. Where
    the classes do not divide the number of draws, random classes get one more.

    Args:
        labels: int (n,), the class of each image.
        rng: of the choice and the order.

    Returns:
        int64 (n,), positions in `labels`.
    """
    classes = np.unique(labels)
    shares = np.full(len(classes), len(labels) // max(len(classes), 1))
    shares[rng.permutation(len(classes))[: len(labels) - shares.sum()]] += 1
    drawn = [_repeated(np.flatnonzero(labels == k), share, rng) for k, share in zip(classes, shares, strict=True)]
    return rng.permutation(np.concatenate([np.empty(0, np.int64), *drawn]))


def _repeated(items: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """So many of the items, in random order; how often two of them come differs by one at most."""
    rounds = [rng.permutation(items) for _ in range(-(-number // len(items)))]
    return np.concatenate([np.empty(0, np.int64), *rounds])[:number]
