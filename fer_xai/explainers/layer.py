"""The layer that explainers look at."""

import torch
from torch import nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import frozen
from fer_xai.models.probe import Call, calls_of


def find_layer(network: nn.Module, layer: str) -> nn.Module:
    """The submodule with this dotted name.

    Raises:
        UserError: there is none.
    """
    try:
        return network.get_submodule(layer)
    except AttributeError as error:
        names = [name for name, _ in network.named_children()]
        raise UserError(
            f"model.layer={layer}: the network has no such layer; it consists of {', '.join(names)}"
        ) from error


def check_layer(network: nn.Module, layer: str, input_size: int) -> None:
    """Refuse a layer that cannot be explained, before any training.

    Args:
        network: in any mode; left as it was found.
        layer: dotted name of the explained layer within `network`.
        input_size: side of the network's square input in pixels.

    Raises:
        UserError: there is no such layer, it is not used, or it gives no map (batch, channels, y, x) of more than one
            place; names one that does.
    """
    module = find_layer(network, layer)
    device = next(network.parameters()).device
    with frozen(network), torch.no_grad():
        _, calls = calls_of(network, lambda: network(torch.zeros(1, 3, input_size, input_size, device=device)))
    shapes = [call.output_shape for call in calls if call.module is module]
    if not shapes or len(shapes[-1]) != 4:
        given = f"gives {shapes[-1]}, not a map (batch, channels, y, x)" if shapes else "takes no part in the logits"
        raise UserError(f"model.layer={layer} {given}; set it to a layer that does{_example(network, calls)}")
    if shapes[-1][-1] * shapes[-1][-2] == 1:
        raise UserError(
            f"model.layer={layer} gives a map of one place at model.input_size={input_size}, which shows nothing: "
            f"choose a larger input, or a layer before it{_example(network, calls)}"
        )


def _example(network: nn.Module, calls: list[Call]) -> str:
    """The last convolution that gives a map, as the end of a sentence."""
    names = {module: name for name, module in network.named_modules()}
    maps = [c for c in calls if isinstance(c.module, nn.Conv2d) and len(c.output_shape) == 4 and c.output_shape[-1] > 1]
    return f", e.g. model.layer={names[maps[-1].module]}" if maps else ""
