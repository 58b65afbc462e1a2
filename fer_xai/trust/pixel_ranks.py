"""Pixels in order of relevance, and what the network says when some of them are replaced."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from fer_xai.explainers.base import Explainer, Question, frozen
from fer_xai.explainers.baseline_maps import Baseline, CentredGaussian, Edges, LandmarkDensity, UniformNoise
from fer_xai.explainers.steps import upsample
from fer_xai.trust.base import TrustTest

#: Cells along each side of the coarse noise that `RandomBlobs` enlarges: the size of most networks' explained maps.
CELLS = 7


def ranks(maps: Tensor, question: Question, seed: int) -> Tensor:
    """Each pixel's place in the order of relevance, 0 for the most relevant one.

    Pixels of the same relevance come in an order drawn by the seed and the image's number, so that a map that says
    nothing gives a random order and not that of the rows.

    Args:
        maps: (b, h, w).
        question: whose images the maps are of.
        seed: of the order among equals.

    Returns:
        int64 (b, h, w) on the device of the maps.
    """
    ranked = np.empty((len(maps), maps[0].numel()), dtype=np.int64)
    for i, (flat, number) in enumerate(zip(maps.flatten(1).cpu().numpy(), question.seeds, strict=True)):
        among_equals = np.random.default_rng((seed, number)).random(flat.size)
        ranked[i, np.lexsort((among_equals, -flat))] = np.arange(flat.size)
    return torch.from_numpy(ranked).view(maps.shape).to(maps.device)


def share_of(places: Tensor, share: float) -> Tensor:
    """Which pixels are among the first `share` of the order: bool (b, 1, h, w) from places (b, h, w)."""
    return (places < round(share * places[0].numel()))[:, None]


def probability(network: nn.Module, question: Question, images: Tensor, maps: Tensor) -> np.ndarray:
    """The explained class's probability for changed images.

    Args:
        network: in any mode; left as it was found.
        question: what is asked.
        images: (b, 3, h, w), in place of those of the question.
        maps: (b, h, w); where one is not finite there was no order, and nothing can be said.

    Returns:
        float64 (b,).
    """
    with frozen(network), torch.no_grad():
        probabilities = question.probability(network(images)).double()
    return probabilities.where(maps.flatten(1).isfinite().all(dim=1), torch.nan).cpu().numpy()


class RandomBlobs(Baseline):
    """A random order of smooth blobs: the baseline for maps of few places, which hide whole parts at once.

    Args:
        seed: of the order.
    """

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self.seed = seed

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; coarse noise from the seed and the image's number, enlarged to (b, h, w)."""
        draws = [np.random.default_rng((self.seed, number)) for number in question.seeds]
        coarse = torch.from_numpy(np.stack([rng.random((CELLS, CELLS), dtype=np.float32) for rng in draws]))
        return upsample(coarse.to(question.images.device), question.images.shape[-1])


#: What every order of relevance is compared with, made from a seed: the baselines that explainers can be, and blobs.
BASELINES: dict[str, Callable[[int], Explainer]] = {
    "noise": UniformNoise,
    "gaussian": lambda seed: CentredGaussian(),
    "edges": lambda seed: Edges(),
    "landmark_density": lambda seed: LandmarkDensity(),
    "random blobs": RandomBlobs,
}


def baselines_of(test: TrustTest) -> Mapping[str, Callable[[int], Explainer]]:
    """What looks at no network and is put to a test beside the explainers: the test's own `baselines`, or `BASELINES`.

    Args:
        test: one without `baselines` has some only if the order of the pixels is all that counts.
    """
    baselines: Mapping[str, Callable[[int], Explainer]] = getattr(test, "baselines", BASELINES if test.by_order else {})
    return baselines
