"""Complexity: over how many pixels a map's relevance is spread."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from fer_xai.explainers.base import Explainer
from fer_xai.trust.base import ImageFigures, Trial
from fer_xai.trust.map_likeness import arrays
from fer_xai.trust.measures import Measure
from fer_xai.trust.pixel_ranks import BASELINES


class Complexity:
    """The entropy of the pixels' fractional contributions (Bhatt, Weller and Moura, IJCAI 2020).

    Measures, of the size of the relevance whatever its sign, over the pixels of the network's input: `entropy`, in
    nats, from 0 (all in one pixel) to the logarithm of the number of pixels (the same everywhere); and `spread`, its
    exponential as a share of the pixels: so large a part of the picture, equally relevant throughout, has that entropy.
    The paper prefers simple maps.

    What it cannot tell: anything about the network. A single pixel that is always the same one is the simplest map of
    all, so explainers are not judged by it, and baselines that look at no network stand beside them. The entropy grows
    with the number of pixels: compare it at one input size, or compare the spread.
    """

    title = "Complexity"
    sentence = (
        "Entropy of the pixels' shares of the relevance, and the part of the picture that has it when equally relevant "
        "throughout; low means that few pixels say all, not that they are the right ones."
    )
    by_order = False
    of_maps_alone = True
    measures = (
        Measure("entropy", "entropy of relevance (nats)", higher_is_better=False, judged=False),
        Measure("spread", "spread (share of the picture)", higher_is_better=False, judged=False),
    )

    @property
    def baselines(self) -> Mapping[str, Callable[[int], Explainer]]:
        """What looks at no network, to show how simple that is."""
        return BASELINES

    def run(self, trial: Trial) -> Iterator[ImageFigures]:
        """See `TrustTest.run`."""
        maps = np.concatenate([arrays(batch) for batch in trial.maps])
        nats = entropy(maps)
        yield ImageFigures("entropy", nats)
        yield ImageFigures("spread", np.exp(nats) / maps[0].size)


def entropy(maps: NDArray) -> NDArray[np.float64]:
    """The entropy of each map's fractional contributions.

    Args:
        maps: (n, y, x).

    Returns:
        (n,), in nats, 0 to log(y x); NaN for a map that is zero everywhere or not finite.

    Examples:
        >>> entropy(np.array([[[2.0, -2.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 5.0]]])) / np.log(2)
        array([1., 0.])
    """
    sizes = np.abs(maps.reshape(len(maps), -1).astype(np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        return entr(sizes / sizes.sum(axis=1, keepdims=True)).sum(axis=1)
