"""One pass that gives what class activation maps are made of: a layer's maps and the score's gradient there."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.layer import find_layer
from fer_xai.models.network import Network


@dataclass(frozen=True)
class LayerPass:
    """What a layer gave, and how the score depends on it.

    Attributes:
        activations: the layer's maps (b, channels, y, x), float32.
        gradients: of the score with respect to them, same shape, float32.
        score: (b,), float32.
    """

    activations: Tensor
    gradients: Tensor
    score: Tensor


def layer_pass(network: nn.Module, layer: str, question: Question) -> LayerPass:
    """The layer's maps and the gradient of `question.score` there; one pass for all explainers of the question.

    Everything up to the layer runs without gradients, and the backward pass ends at the layer: the price is one forward
    pass and the gradient of what follows. A layer that is called several times counts with its last call.

    Args:
        network: in any mode; left as it was found. Its weights may not change while the question is being answered.
        layer: dotted name of the explained layer within `network`.
        question: the images and what is asked about them.

    Raises:
        UserError: the layer does not exist, takes no part in the logits, or gives no map of several places; or the
            network has no such class.
    """
    return question.share(("layer_pass", network, layer), lambda: _run(network, layer, question))


def _run(network: nn.Module, layer: str, question: Question) -> LayerPass:
    module = find_layer(network, layer)
    starts: list[Tensor] = []

    def cut(module: nn.Module, args: Any, output: Any) -> Tensor:
        _check_map(layer, output)
        starts.append(output.detach().requires_grad_())
        # A copy goes on, so that a layer that works in place can follow.
        return starts[-1].clone()

    handle = module.register_forward_hook(cut)
    try:
        with frozen(network), torch.inference_mode(False), torch.enable_grad():
            score = question.score(network(question.images.detach()))
            if not starts or not score.requires_grad:
                raise UserError(f"model.layer={layer} takes no part in the logits; set it to a layer that does")
            (gradients,) = torch.autograd.grad(score.sum(), starts[-1])
    finally:
        handle.remove()
    return LayerPass(starts[-1].detach().float(), gradients.float(), score.detach().float())


def _check_map(layer: str, output: Any) -> None:
    shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
    if not isinstance(output, Tensor) or output.ndim != 4:
        raise UserError(f"model.layer={layer} gives {shape}, not a map (batch, channels, y, x)")
    if output.shape[-1] * output.shape[-2] == 1:
        raise UserError(
            f"model.layer={layer} gives {shape}, a map of one place, which shows nothing; set it to a layer before "
            "the pooling, or make model.input_size larger"
        )


def score_with_maps(network: nn.Module, layer: str, question: Question, maps: Tensor) -> Tensor:
    """The score that the network would give if the layer gave these maps instead of its own.

    Args:
        network: in eval mode.
        layer: dotted name of the replaced layer.
        question: the images and what is asked about them.
        maps: (n * b, channels, y, x), for the batch n times over.

    Returns:
        (n * b,).
    """
    if isinstance(network, Network) and layer == "features":
        return question.score(network.head(maps))
    # What lies before the layer may also reach the logits around it (a shortcut), so all of the network runs.
    handle = find_layer(network, layer).register_forward_hook(lambda module, args, output: maps.to(output))
    try:
        return question.score(network(question.images.repeat(len(maps) // len(question), 1, 1, 1)))
    finally:
        handle.remove()
