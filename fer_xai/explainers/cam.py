"""Class activation maps, by the definitions of the grad-cam package."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.layer import find_layer


@contextmanager
def gradients_start_at(layer: nn.Module) -> Iterator[None]:
    """Cut the graph before `layer`'s output, so that a backward pass costs no more than what follows it."""
    handle = layer.register_forward_hook(lambda module, args, output: output.detach().requires_grad_())
    try:
        yield
    finally:
        handle.remove()


class GradCAM:
    """Grad-CAM (Selvaraju et al., ICCV 2017, equations 1 and 2 without the ReLU).

    Weights are the spatial means of the gradient of the class's logit at the explained layer; the map is the weighted
    sum of the layer's channels. Weights and sum are the grad-cam package's; its scaling of every image to [0, 1] is
    left out, because an average of maps that were scaled one by one means nothing. The ReLU is a step of its own.

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
            UserError: the layer does not exist, or its output has no spatial extent.
        """
        from pytorch_grad_cam import GradCAM as PackageGradCAM

        target_layer = find_layer(network, layer)
        with frozen(network), gradients_start_at(target_layer), torch.enable_grad():
            cam = PackageGradCAM(network, [target_layer])
            try:
                question.score(cam.activations_and_grads(question.images)).sum().backward()
                activations, gradients = cam.activations_and_grads.activations, cam.activations_and_grads.gradients
                if activations[0].ndim != 4:
                    raise UserError(
                        f"model.layer={layer} gives {tuple(activations[0].shape)}, not a map (batch, channels, y, x)"
                    )
                arrays = (activations[0].numpy(), gradients[0].numpy())
                raw = cam.get_cam_image(question.images, target_layer, None, *arrays)
            finally:
                cam.activations_and_grads.release()
        return torch.as_tensor(raw, dtype=torch.float32, device=question.images.device)
