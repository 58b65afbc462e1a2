"""What an explainer is, and the care that all of them take of the network."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from torch import Tensor, nn


class Explainer(Protocol):
    """Answers why a network gave an image a class.

    Attributes:
        local_scale: the local weighting that suits its maps when they are averaged, see `steps.SCALES`.
        positive: whether only evidence in favour of the class counts (ReLU before averaging).
    """

    local_scale: str
    positive: bool

    def explain(self, network: nn.Module, layer: str, images: Tensor, classes: Tensor) -> Tensor:
        """Raw local heatmaps, unscaled, with their sign, at the explainer's own resolution.

        Args:
            network: in any mode; left as it was found.
            layer: dotted name of the explained layer within `network`.
            images: the network's input (b, 3, h, w), preprocessed.
            classes: int64 (b,), the class to explain per image.

        Returns:
            float32 (b, y, x) on the device of `images`.
        """
        ...


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Eval mode and no gradients for parameters; both, and every `.grad`, restored as found, also after an error."""
    modes = {module: module.training for module in network.modules()}
    flags = {parameter: parameter.requires_grad for parameter in network.parameters()}
    try:
        network.eval()
        network.requires_grad_(False)
        yield
    finally:
        for module, training in modes.items():
            module.training = training
        for parameter, flag in flags.items():
            parameter.requires_grad_(flag)
