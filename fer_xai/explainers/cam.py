"""Class activation maps that one forward pass and one gradient give, by the definitions of the grad-cam package.

A and G are the explained layer's maps and the gradient of the class's score there, both (b, channels, y, x); sums over
places run over y and x. The package's scaling of every image to [0, 1] is left out, because an average of maps that
were scaled one by one means nothing; so is its ReLU, which is a step of its own (`positive`). All maps of one question
share one pass.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from fer_xai.explainers.base import Question
from fer_xai.explainers.layer_pass import layer_pass

#: The package's additions to denominators.
GRADCAM_PLUSPLUS_EPS = 1e-6
XGRADCAM_EPS = 1e-7
#: Of what it could be, the growth of activation along a direction that is more than rounding.
EIGENCAM_GROWTH = 1e-4


class CAM(ABC):
    """A map made of a layer's activations and the score's gradient there.

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.
    """

    def __init__(self, local_scale: str = "mass", positive: bool = True) -> None:
        self.local_scale = local_scale
        self.positive = positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the explained layer.

        Raises:
            UserError: the layer does not exist, or its output has no spatial extent; the network has no such class.
        """
        of_layer = layer_pass(network, layer, question)
        with torch.no_grad():
            return self.combine(of_layer.activations, of_layer.gradients)

    @abstractmethod
    def combine(self, activations: Tensor, gradients: Tensor) -> Tensor:
        """The map (b, y, x) of A and G, both (b, channels, y, x), unscaled, with its sign."""


class GradCAM(CAM):
    """Grad-CAM (Selvaraju et al., ICCV 2017, equations 1 and 2 without the ReLU).

    Channels are weighted by the mean of G over places.
    """

    title = "Grad-CAM"

    def combine(self, activations: Tensor, gradients: Tensor) -> Tensor:
        """See `CAM.combine`."""
        return weighted_sum(gradients.mean(dim=(2, 3)), activations)


class GradCAMPlusPlus(CAM):
    """Grad-CAM++ (Chattopadhay et al., WACV 2018, equation 19 of arXiv:1710.11063).

    Channels are weighted by the sum over places of alpha * relu(G), where alpha = G^2 / (2 G^2 + sum(A) G^3 + eps) with
    eps = 1e-6, and 0 where G is 0. The powers of G stand for the derivatives of exp(score), as in the paper. Where a
    layer gives negative values the denominator can come near 0 or below; where it is exactly 0, alpha is 0.
    """

    title = "Grad-CAM++"

    def combine(self, activations: Tensor, gradients: Tensor) -> Tensor:
        """See `CAM.combine`."""
        squares = gradients**2
        total = activations.sum(dim=(2, 3), keepdim=True)
        alpha = _divide(squares, 2 * squares + total * squares * gradients + GRADCAM_PLUSPLUS_EPS)
        return weighted_sum((gradients.clamp_min(0) * alpha).sum(dim=(2, 3)), activations)


class HiResCAM(CAM):
    """HiResCAM (Draelos and Carin, 2020, arXiv:2011.08891): the sum of G * A over channels, place by place."""

    title = "HiResCAM"

    def combine(self, activations: Tensor, gradients: Tensor) -> Tensor:
        """See `CAM.combine`."""
        return (gradients * activations).sum(dim=1)


class LayerCAM(CAM):
    """LayerCAM (Jiang et al., IEEE TIP 2021): the sum of relu(G) * A over channels, place by place."""

    title = "LayerCAM"

    def combine(self, activations: Tensor, gradients: Tensor) -> Tensor:
        """See `CAM.combine`."""
        return (gradients.clamp_min(0) * activations).sum(dim=1)


class XGradCAM(CAM):
    """XGrad-CAM (Fu et al., BMVC 2020).

    Channels are weighted by sum(G * A) / (sum(A) + eps) over places, eps = 1e-7. A silent channel has weight 0. Where a
    layer gives negative values, a channel whose sum is near 0 gets a large weight; where the denominator is exactly 0,
    its weight is 0.
    """

    title = "XGrad-CAM"

    def combine(self, activations: Tensor, gradients: Tensor) -> Tensor:
        """See `CAM.combine`."""
        weights = _divide(gradients * activations, activations.sum(dim=(2, 3), keepdim=True) + XGRADCAM_EPS)
        return weighted_sum(weights.sum(dim=(2, 3)), activations)


class EigenCAM(CAM):
    """Eigen-CAM (Muhammad and Yeasin, IJCNN 2020), centred as in the package: knows nothing of the class.

    Places are points in the space of channels, less their mean; the map is their coordinate along the direction of
    largest variance. That direction has no sign of its own: the one is taken along which activation as a whole (the sum
    of the channels) grows, so that the map is high where the layer is active, as in the paper, which does not centre;
    where activation as a whole is the same everywhere (after a layer norm), the one that makes the largest value
    positive. (The package takes what its linear algebra library happens to give.) A layer that is the same everywhere
    gives 0.
    """

    title = "Eigen-CAM"

    def combine(self, activations: Tensor, gradients: Tensor) -> Tensor:
        """See `CAM.combine`; G takes no part."""
        finite = activations.isfinite().flatten(1).all(dim=1)
        # Eigenvectors of one image that is not finite would stop the whole batch.
        places = activations.where(finite[:, None, None, None], 0).flatten(2).transpose(1, 2)
        places = places - places.mean(dim=1, keepdim=True)
        along = _first_component(places)
        growth = (along * places.sum(dim=2)).sum(dim=1, keepdim=True)
        largest = along.gather(1, along.abs().argmax(dim=1, keepdim=True))
        grows = growth.abs() > EIGENCAM_GROWTH * along.norm(dim=1, keepdim=True) * places.norm(dim=(1, 2))[:, None]
        along = along * torch.where(torch.where(grows, growth, largest) < 0, -1, 1)
        return along.where(finite[:, None], torch.nan).unflatten(1, activations.shape[2:])


def weighted_sum(weights: Tensor, activations: Tensor) -> Tensor:
    """Sum of channels (b, channels, y, x), each times its weight (b, channels): (b, y, x)."""
    return torch.einsum("bc,bcyx->byx", weights, activations)


def _divide(numerator: Tensor, denominator: Tensor) -> Tensor:
    """Zero where the denominator is."""
    return (numerator / denominator).where(denominator != 0, 0)


def _first_component(places: Tensor) -> Tensor:
    """Coordinates (b, places) along the first principal component of centred points (b, places, channels)."""
    across = places.transpose(1, 2)
    if places.shape[1] <= places.shape[2]:
        values, vectors = torch.linalg.eigh(places @ across)
        return vectors[..., -1] * values[..., -1:].clamp_min(0).sqrt()
    vectors = torch.linalg.eigh(across @ places).eigenvectors
    return (places @ vectors[..., -1:])[..., 0]
