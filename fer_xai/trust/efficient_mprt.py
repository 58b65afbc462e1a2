"""Efficient MPRT: a map of a network that has forgotten everything should say less, and so be more complex."""

import copy
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import entr

from fer_xai.explainers.passes import at_least
from fer_xai.trust.base import ImageFigures, Trial
from fer_xai.trust.map_likeness import arrays
from fer_xai.trust.measures import Measure
from fer_xai.trust.randomisation import layers_from_head, randomise


class EfficientMPRT:
    """The efficient model parameter randomisation test (Hedström et al., 2024, arXiv 2401.06465); higher is better.

    Measure: `rise`, by how much more complex the map of a network with random weights throughout is than that of the
    trained network, as a share of the latter: (H(random) - H(trained)) / H(trained), where H is the entropy of a
    histogram of the map's values, which are taken with their sign. No two maps are compared, so that no measure of
    likeness can favour noise. 0 is what a map has that knows nothing of the network.

    What it cannot tell: whether the map of the trained network is right, or whether the other one is alike: a map that
    moves elsewhere without another distribution of values has no rise. The histogram spans each map's own values: one
    outlier makes a map look simple. Maps of few places are enlarged before, so their histograms know little. All
    figures come from one draw of random weights.

    Args:
        bins: of the histogram, of equal width from the smallest to the largest value; the paper's number.

    Raises:
        UserError: fewer than two bins.
    """

    title = "Efficient MPRT"
    sentence = (
        "Relative rise of the map's complexity (entropy of a histogram of its values) once all layers have random "
        "weights; 0 means that the map's complexity does not depend on what was learned."
    )
    by_order = False
    measures = (Measure("rise", "rise in complexity", higher_is_better=True),)

    def __init__(self, bins: int = 100) -> None:
        at_least(bins, 2, "trust.efficient_mprt.bins")
        self.bins = bins

    def run(self, trial: Trial) -> Iterator[ImageFigures]:
        """See `TrustTest.run`; no figure where the map of the trained network is the same everywhere."""
        network = copy.deepcopy(trial.network)
        generator = torch.Generator().manual_seed(trial.seed)
        for layer in layers_from_head(network, trial.questions[0].images[:1]):
            for module in layer:
                randomise(module, generator)
        maps = (trial.maps, [trial.explain(question, network) for question in trial.questions])
        trained, random = (histogram_entropy(np.concatenate([arrays(one) for one in part]), self.bins) for part in maps)
        with np.errstate(invalid="ignore", divide="ignore"):
            yield ImageFigures("rise", np.where(trained > 0, (random - trained) / trained, np.nan))


def histogram_entropy(maps: NDArray, bins: int) -> NDArray[np.float64]:
    """The entropy of a histogram of each map's values.

    Args:
        maps: (n, y, x).
        bins: of equal width from each map's smallest to its largest value.

    Returns:
        (n,), in nats, 0 to log(bins); 0 for a map that is the same everywhere, NaN for one that is not finite.

    Examples:
        >>> histogram_entropy(np.array([[[0.0, 0.1], [0.9, 1.0]], [[3.0, 3.0], [3.0, 3.0]]]), 2) / np.log(2)
        array([1., 0.])
    """
    found = np.full(len(maps), np.nan)
    for i, values in enumerate(maps.astype(np.float64)):
        if np.isfinite(values).all():
            counts, _ = np.histogram(values, bins=bins)
            found[i] = entr(counts / values.size).sum()
    return found
