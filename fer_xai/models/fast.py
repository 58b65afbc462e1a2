"""What makes training fast and takes no part in tests: networks compiled by torch, factors of fewer digits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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


@contextmanager
def whole_float32() -> Iterator[None]:
    """Compute in float32 to the last digit; otherwise recent NVIDIA GPUs round the factors of convolutions to TF32."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.allow_tf32, matmul.allow_tf32
    try:
        cudnn.allow_tf32 = matmul.allow_tf32 = False
        yield
    finally:
        cudnn.allow_tf32, matmul.allow_tf32 = before
