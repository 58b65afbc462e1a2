"""A network whose probabilities are known by arithmetic: that of class 0 is linear in the pixels."""

import torch
from torch import Tensor, nn


class LinearProbability(nn.Module):
    """Class 0 has the probability `bias` + sum(weights * image), class 1 the rest; there must be no other.

    Args:
        weights: (3, h, w), small enough for every probability to lie between 0 and 1.
        bias: between 0 and 1.
    """

    def __init__(self, weights: Tensor, bias: float = 0.2) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights)
        self.bias = bias

    def forward(self, images: Tensor) -> Tensor:
        """Logits (b, 2)."""
        first = self.bias + (self.weights * images).sum(dim=(1, 2, 3))
        return torch.stack([first, 1 - first], dim=1).log()


def linear_network(size: int, seed: int = 0) -> LinearProbability:
    """Random weights of both signs for pictures of this side."""
    weights = torch.rand(3, size, size, generator=torch.Generator().manual_seed(seed)) - 0.3
    return LinearProbability(weights / (3 * size * size))


def pictures(n: int, size: int, seed: int = 0) -> Tensor:
    """Smooth random pictures (n, 3, size, size) in [0, 1]."""
    coarse = torch.rand(n, 3, 4, 4, generator=torch.Generator().manual_seed(seed))
    return nn.functional.interpolate(coarse, size=(size, size), mode="bilinear")
