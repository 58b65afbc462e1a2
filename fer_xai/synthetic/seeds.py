"""Random streams that depend on what is drawn, never on the order or the number of drawings."""

import numpy as np

#: What a stream is for. Each purpose has its own, so that drawing more of one thing leaves the others as they are.
PURPOSES = ("identity", "skin", "hair", "plan", "scene", "background", "noise", "cue", "tiles")


def stream(purpose: str, seed: int, *keys: int) -> np.random.Generator:
    """The random stream of one purpose.

    Args:
        purpose: one of `PURPOSES`.
        seed: the data set's seed, at least 0.
        keys: what it is drawn for, e.g. subject and picture number, each at least 0.

    Returns:
        A generator: the same arguments always give the same numbers.
    """
    return np.random.default_rng([PURPOSES.index(purpose), seed, *keys])
