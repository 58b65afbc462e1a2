"""From the logits of a network with classes of its own to those of a study's classes."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fer_xai.models.network import Network


class ClassOrder(nn.Module):
    """Takes the logits of a study's classes out of those that a network gives; others are left out.

    Args:
        places: for each class of the study, which of the network's outputs it is.
    """

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__()
        self.places: Tensor
        self.register_buffer("places", torch.tensor(list(places)), persistent=False)

    def forward(self, logits: Tensor) -> Tensor:
        """(b, outputs) to (b, classes)."""
        return logits[:, self.places]


class Reordered(nn.Module):
    """A network whose logits are put into a study's order; its layers keep the names that they have in it.

    Args:
        network: images (b, 3, h, w) to logits (b, outputs).
        class_order: takes those of the classes.
    """

    def __init__(self, network: nn.Module, class_order: ClassOrder) -> None:
        super().__init__()
        self.network = network
        self.class_order = class_order

    def forward(self, images: Tensor) -> Tensor:
        """Logits (b, classes) of images (b, 3, h, w)."""
        return self.class_order(self.network(images))

    def get_submodule(self, target: str) -> nn.Module:
        """The layer of this name within the network, or else within the whole."""
        try:
            return self.network.get_submodule(target)
        except AttributeError:
            return super().get_submodule(target)


def in_class_order(network: nn.Module, places: Sequence[int]) -> nn.Module:
    """A network whose logits are those of a study's classes, in their order.

    Args:
        network: gives logits of classes of its own.
        places: see `ClassOrder`.
    """
    if isinstance(network, Network):
        # Its head still takes the explained map to the logits.
        network.head = nn.Sequential(network.head, ClassOrder(places))
        return network
    return Reordered(network, ClassOrder(places))
