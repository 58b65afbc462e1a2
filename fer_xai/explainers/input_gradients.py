"""How the score answers to small changes of every pixel: saliency and SmoothGrad."""

import numpy as np
import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen


def input_gradients(network: nn.Module, question: Question, images: Tensor) -> Tensor:
    """Gradient of `question.score` with respect to the network's input.

    Args:
        network: without gradients of its own, see `frozen`.
        question: what is asked.
        images: (n * b, 3, h, w), the batch n times over.

    Returns:
        Same shape as `images`.
    """
    with torch.inference_mode(False), torch.enable_grad():
        # A clone, because images made in inference mode can have no gradient.
        start = images.clone().detach().requires_grad_()
        return torch.autograd.grad(question.score(network(start)).sum(), start)[0]


class Saliency:
    """Gradient saliency (Simonyan et al., 2013, arXiv:1312.6034, section 3).

    The largest absolute gradient of the score among a pixel's three channels. As published it has no sign: it tells
    where the score is sensitive, not which way.

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging; there is none here.
    """

    title = "saliency"

    def __init__(self, local_scale: str = "mass", positive: bool = False) -> None:
        self.local_scale = local_scale
        self.positive = positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, `layer` takes no part."""
        with frozen(network):
            return _largest(input_gradients(network, question, question.images))


class SmoothGrad:
    """SmoothGrad (Smilkov et al., 2017, arXiv:1706.03825, section 3): the mean gradient of noisy copies of the image.

    The noise's standard deviation is a share of each image's own range (largest less smallest value, as preprocessed).
    The gradients are averaged with their sign; of the mean, the largest absolute value among the three channels is
    taken, as in saliency. Each image's noise follows from `seed` and the image's own number, whatever its batch.

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging; there is none here.
        samples: number of noisy copies.
        noise: standard deviation as a share of the image's range; the paper recommends 0.1 to 0.2.
        seed: of the noise.

    Raises:
        UserError: no samples, or a negative noise.
    """

    title = "SmoothGrad"

    def __init__(
        self,
        local_scale: str = "mass",
        positive: bool = False,
        samples: int = 50,
        noise: float = 0.15,
        seed: int = 0,
    ) -> None:
        if samples < 1 or noise < 0:
            raise UserError(f"smoothgrad: samples={samples} must be at least 1, noise={noise} at least 0")
        self.local_scale = local_scale
        self.positive = positive
        self.samples = samples
        self.noise = noise
        self.seed = seed

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, `layer` takes no part."""
        images = question.images.detach()
        low, high = images.amin(dim=(1, 2, 3), keepdim=True), images.amax(dim=(1, 2, 3), keepdim=True)
        deviation = self.noise * (high - low)
        draws = [np.random.default_rng((self.seed, number)) for number in question.seeds]
        total = torch.zeros_like(images, dtype=torch.float32)
        with frozen(network):
            for _ in range(self.samples):
                # Drawn on the CPU, so that every device sees the same noise.
                noise = np.stack([rng.standard_normal(images.shape[1:], dtype=np.float32) for rng in draws])
                total += input_gradients(network, question, images + deviation * torch.from_numpy(noise).to(images))
        return _largest(total / self.samples)


def _largest(gradients: Tensor) -> Tensor:
    return gradients.abs().amax(dim=1).float()
