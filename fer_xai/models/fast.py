"""A network compiled by torch, beside the plain one that is kept, tested and explained."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from fer_xai.errors import UserError


def compiled(network: nn.Module, device: torch.device) -> Callable[[Tensor], Tensor]:
    """The network as one compiled function; it shares the weights of `network`, which stays as it is.

    Args:
        network: whose names of weights, hooks and layers are not touched.
        device: that it runs on.

    Raises:
        UserError: torch cannot compile here.
    """
    try:
        torch.compile(lambda values: values * 2 + 1)(torch.ones(3, device=device))
    except Exception as error:  # torch raises many kinds, by what is missing
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise UserError(
            f"compile=true: torch cannot compile here ({reason[0]}): install a C++ compiler, or set compile=false"
        ) from error
    # Within a function, since a module would be registered as a second network with names of its own.
    module = torch.compile(network)
    return lambda images: module(images)
