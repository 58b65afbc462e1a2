"""Random logit: another class should not be explained by the same map."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.metrics import structural_similarity
from torch import nn

from fer_xai.errors import NotApplicableError
from fer_xai.explainers.base import Question, frozen
from fer_xai.metrics.pairs import paired_ncc
from fer_xai.trust.base import ImageFigures, Trial
from fer_xai.trust.map_likeness import arrays
from fer_xai.trust.measures import Measure


class RandomLogit:
    """The random logit test (Sixt, Granz and Landgraf, ICML 2020); lower similarity is better.

    Each image is explained again for another class, drawn from the test's seed and the image's number among all classes
    but the explained one (and, in a contrast, the one that it is contrasted with, which stays). A map that is the same
    for both is about the picture, not about the class.

    Measures: `ssim`, the structural similarity of the two maps (Wang et al. 2004, uniform window of 7 x 7 pixels, the
    range of both maps together), each divided by its largest size; and `ncc`, their correlation over the pixels, 0
    where the other class has the same everywhere.

    What it cannot tell: whether either map is right. Two expressions may truly rest on the same place (the mouth), and
    then a right explainer has similar maps; and noise that is drawn anew passes best of all. So no figure of an
    explainer is good by itself: compare explainers on the same network.
    """

    title = "Random logit"
    sentence = (
        "Similarity of the map with that of another class drawn at random; 1 means that the map does not depend on "
        "what is explained."
    )
    by_order = False
    measures = (
        Measure("ssim", "another class (SSIM)", higher_is_better=False),
        Measure("ncc", "another class (NCC)", higher_is_better=False),
    )

    def run(self, trial: Trial) -> Iterator[ImageFigures]:
        """See `TrustTest.run`.

        Raises:
            NotApplicableError: there is no other class, or the picture is smaller than the window of the SSIM.
        """
        pairs = []
        for question, maps in zip(trial.questions, trial.maps, strict=True):
            other = question.changed(classes=other_classes(trial.network, question, trial.seed))
            pairs.append((arrays(maps), arrays(trial.explain(other))))
        own, others = (np.concatenate(side) for side in zip(*pairs, strict=True))
        yield ImageFigures("ssim", ssim(own, others))
        yield ImageFigures("ncc", paired_ncc(own, others))


def other_classes(network: nn.Module, question: Question, seed: int) -> torch.Tensor:
    """A class for each image that is neither explained nor contrasted with, drawn by the seed and the image's number.

    Returns:
        int64 (b,), on the device of the question's classes.

    Raises:
        NotApplicableError: the network has no further class.
    """
    with frozen(network), torch.no_grad():
        number = network(question.images[:1]).shape[1]
    taken = [question.classes.tolist()] + ([] if question.against is None else [question.against.tolist()])
    drawn = []
    for image, used in zip(question.seeds, zip(*taken, strict=True), strict=True):
        free = [one for one in range(number) if one not in used]
        if not free:
            raise NotApplicableError("the network has no other class that could be explained in its place")
        drawn.append(int(np.random.default_rng((seed, image)).choice(free)))
    return torch.tensor(drawn, dtype=question.classes.dtype, device=question.classes.device)


def ssim(maps: NDArray, others: NDArray) -> NDArray[np.float64]:
    """Structural similarity of each map with its other one, each divided by its largest size.

    Args:
        maps: (n, y, x), sides of at least 7.
        others: the same shape.

    Returns:
        (n,), -1 to 1; NaN where a map is not finite or zero everywhere, 1 where both are the same everywhere.

    Raises:
        NotApplicableError: a side is smaller than the window.
    """
    if min(maps.shape[1:]) < 7:
        raise NotApplicableError(f"SSIM wants maps of 7 x 7 pixels or more, and these have {maps.shape[1:]}")
    found = np.full(len(maps), np.nan)
    for i, pair in enumerate(zip(maps.astype(np.float64), others.astype(np.float64), strict=True)):
        largest = [np.abs(each).max() for each in pair]
        if np.isfinite(largest).all() and largest[0] > 0:
            one, other = (each / (size or 1) for each, size in zip(pair, largest, strict=True))
            span = max(one.max(), other.max()) - min(one.min(), other.min())
            found[i] = structural_similarity(one, other, data_range=span) if span > 0 else 1.0
    return found
