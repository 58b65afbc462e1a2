"""The layer that explainers look at."""

import torch
from torch import nn
from torch.func import functional_call

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


def last_map_layer(network: nn.Module, input_size: int) -> str:
    """The layer to explain where none is named: the last one that gives a map (b, channels, y, x) of several places.

    Args:
        network: in any mode; left as it was found.
        input_size: side of the network's square input in pixels.

    Returns:
        Its dotted name; empty where no layer gives such a map, for explainers that look at no layer.

    Examples:
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        >>> last_map_layer(network, 16)
        '1'
    """
    device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
    with frozen(network), torch.no_grad():
        _, calls = calls_of(network, lambda: network(torch.zeros(1, 3, input_size, input_size, device=device)))
    names = {module: name for name, module in network.named_modules()}
    shapes = ((call.module, call.output_shape) for call in calls)
    maps = [module for module, shape in shapes if len(shape) == 4 and shape[-1] * shape[-2] > 1]
    return names[maps[-1]] if maps else ""


def unseen_edges(network: nn.Module, input_size: int) -> tuple[int, int]:
    """Pixels at the right and at the bottom of its input that a network does not look at.

    Patches and strides that do not cover a size leave its end out. Branches that begin at zero, as the last scale of a
    ResNet's block does, count as if they had learnt something.

    Args:
        network: in any mode; left as it was found.
        input_size: side of its square input in pixels.

    Returns:
        Columns at the right and rows at the bottom on which no logit depends.
    """
    device = next(network.parameters()).device
    image = torch.rand(1, 3, input_size, input_size, generator=torch.Generator().manual_seed(0)).to(device)
    image.requires_grad_()
    awake = {name: p if p.any() else torch.ones_like(p) for name, p in network.named_parameters()}
    with frozen(network), torch.enable_grad():
        (gradient,) = torch.autograd.grad(functional_call(network, awake, image).square().sum(), image)
    seen = (gradient != 0).any(dim=1)[0]
    if not bool(seen.any()):
        return 0, 0
    last_row, last_column = (int(seen.any(dim=axis).nonzero().max()) for axis in (1, 0))
    return input_size - 1 - last_column, input_size - 1 - last_row


def _example(network: nn.Module, calls: list[Call]) -> str:
    """The last convolution that gives a map, as the end of a sentence."""
    names = {module: name for name, module in network.named_modules()}
    maps = [c for c in calls if isinstance(c.module, nn.Conv2d) and len(c.output_shape) == 4 and c.output_shape[-1] > 1]
    return f", e.g. model.layer={names[maps[-1].module]}" if maps else ""
