"""Sparseness: whether a map's relevance lies in few pixels."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from fer_xai.explainers.base import Explainer
from fer_xai.trust.base import ImageFigures, Trial
from fer_xai.trust.map_likeness import arrays
from fer_xai.trust.measures import Measure
from fer_xai.trust.pixel_ranks import BASELINES


class Sparseness:
    """The Gini index of a map's relevance (Chalasani et al., ICML 2020; Hurley and Rickard 2009).

    Measure: `gini`, of the size of the relevance whatever its sign, over the pixels of the network's input: 0 where all
    pixels have the same, near 1 where one has all. The paper prefers sparse maps, which people read more easily.

    What it cannot tell: anything about the network. A single pixel that is always the same one has the highest index of
    all, so explainers are not judged by it, and baselines that look at no network stand beside them. A coarse map that
    was enlarged is never as sparse as one of single pixels, nor one without negative values as the same map with them.
    """

    title = "Sparseness"
    sentence = (
        "Gini index of the relevance of the pixels, from 0 (the same everywhere) to 1 (all in one pixel); it says how "
        "a map looks, not whether it is right."
    )
    by_order = False
    of_maps_alone = True
    measures = (Measure("gini", "Gini index", higher_is_better=True, judged=False),)

    @property
    def baselines(self) -> Mapping[str, Callable[[int], Explainer]]:
        """What looks at no network, to show how sparse that is."""
        return BASELINES

    def run(self, trial: Trial) -> Iterator[ImageFigures]:
        """See `TrustTest.run`."""
        yield ImageFigures("gini", gini(np.concatenate([arrays(maps) for maps in trial.maps])))


def gini(maps: NDArray) -> NDArray[np.float64]:
    """The Gini index of each map's sizes.

    Args:
        maps: (n, y, x).

    Returns:
        (n,), 0 to 1 - 1 / (y x); NaN for a map that is zero everywhere or not finite.

    Examples:
        >>> gini(np.array([[[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, -3.0]]]))
        array([0.  , 0.75])
    """
    sizes = np.sort(np.abs(maps.reshape(len(maps), -1).astype(np.float64)), axis=1)
    number = sizes.shape[1]
    ranks = 2 * np.arange(1, number + 1) - number - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        return (sizes @ ranks) / (number * sizes.sum(axis=1))
