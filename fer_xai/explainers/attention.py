"""What explainers of transformers share: settings, and how they are asked."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.transformer import Transformer


class AttentionExplainer(ABC):
    """A map made of what a vision transformer's blocks attend to, never negative.

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging; there is none here.
    """

    title: str

    def __init__(self, local_scale: str = "mass", positive: bool = False) -> None:
        self.local_scale = local_scale
        self.positive = positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the patches, `layer` takes no part.

        Raises:
            NotApplicableError: the network is no vision transformer whose every block attends from all tokens to all.
            UserError: the network has no such class.
        """
        transformer = Transformer(network, self.title)
        with frozen(network):
            return self.relevance(transformer, question)

    @abstractmethod
    def relevance(self, transformer: Transformer, question: Question) -> Tensor:
        """The map (b, y, x) of each image at the places of its patches; parameters are frozen meanwhile."""
