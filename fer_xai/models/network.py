"""The shape that every network has here: features up to the explained map, and a head that decides."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Network(nn.Module):
    """A classifier in two parts.

    `features` ends with the explained map, the last convolutional feature map before any pooling that follows it;
    `head` takes that map to the logits. So the gradient of a logit with respect to the explained map costs no more than
    a pass through the head.

    Args:
        features: images (b, 3, h, w) to maps (b, channels, y, x).
        head: maps to logits (b, classes).
    """

    def __init__(self, features: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.features = features
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        """Logits (b, classes) of images (b, 3, h, w)."""
        return self.head(self.features(images))


def convolution(channels_in: int, channels_out: int, kernel: int) -> list[nn.Module]:
    """A convolution of stride 1 with 'same' padding, and its ReLU: one layer in the study's lists."""
    return [nn.Conv2d(channels_in, channels_out, kernel, padding="same"), nn.ReLU()]


def flat_size(*layers: nn.Module, channels: int, size: int) -> int:
    """Number of values that leave `layers` when a map (channels, size, size) enters them."""
    with torch.no_grad():
        return int(nn.Sequential(*layers)(torch.zeros(1, channels, size, size)).numel())


def initialise_as_keras(network: nn.Module) -> None:
    """Glorot-uniform weights and zero biases, in place: Keras's default, which the study's networks started from."""
    _initialise(network, nn.init.xavier_uniform_)


def initialise_glorot_normal(network: nn.Module) -> None:
    """Glorot-normal weights and zero biases, in place."""
    _initialise(network, nn.init.xavier_normal_)


def _initialise(network: nn.Module, draw: Callable[[Tensor], Tensor]) -> None:
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            draw(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
