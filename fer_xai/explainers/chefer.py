"""Attention weighted by its gradient, from block to block: what a transformer's decision took from where."""

import torch
from torch import Tensor, nn

from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.transformer import Transformer, identity_like


class AttentionRelevance:
    """Gradient-weighted attention (Chefer, Gur and Wolf, ICCV 2021, equations 5 and 6), for vision transformers.

    Each block's attention times the score's gradient there, what is negative set to 0, averaged over the heads, says
    how the block mixes relevance: with R the identity at first, `R <- R + mean_h((gradient * attention)+) R` from the
    first block to the last. The map is what the tokens that the network decides by then have of each patch: its class
    token, as in the paper, or the mean over the patches where they are averaged. The identity that R begins with is
    left out, which would give each patch the same besides. Values are never negative, and unscaled.

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging; there is none here.
    """

    title = "attention relevance (Chefer et al.)"

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
        with frozen(network), torch.inference_mode(False), torch.enable_grad():
            seen = transformer.run(question)
            gradients = torch.autograd.grad(seen.score.sum(), seen.attentions)
            with torch.no_grad():
                relevance = own = identity_like(seen.attentions[0])
                for attention, gradient in zip(seen.attentions, gradients, strict=True):
                    mixing = (attention * gradient).clamp(min=0).mean(dim=1).float()
                    relevance = relevance + mixing @ relevance
                return transformer.read(relevance - own, question, seen)
