"""Attention weighted by its gradient, from block to block: what a transformer's decision took from where."""

import torch
from torch import Tensor

from fer_xai.explainers.attention import AttentionExplainer
from fer_xai.explainers.base import Question
from fer_xai.explainers.transformer import Transformer, identity_like


class AttentionRelevance(AttentionExplainer):
    """Gradient-weighted attention (Chefer, Gur and Wolf, ICCV 2021, equations 5 and 6), for vision transformers.

    Each block's attention times the score's gradient there, what is negative set to 0, averaged over the heads, says
    how the block mixes relevance: with R the identity at first, `R <- R + mean_h((gradient * attention)+) R` from the
    first block to the last. The map is what the tokens that the network decides by then have of each patch: its class
    token, as in the paper, or the mean over the patches where they are averaged. The identity that R begins with is
    left out, which would give each patch the same besides. Values are never negative, and unscaled.
    """

    title = "attention relevance (Chefer et al.)"

    def relevance(self, transformer: Transformer, question: Question) -> Tensor:
        """See `AttentionExplainer.relevance`."""
        with torch.inference_mode(False), torch.enable_grad():
            seen = transformer.run(question)
            gradients = torch.autograd.grad(seen.score.sum(), seen.attentions)
            with torch.no_grad():
                relevance = own = identity_like(seen.attentions[0])
                for attention, gradient in zip(seen.attentions, gradients, strict=True):
                    mixing = (attention * gradient).clamp(min=0).mean(dim=1).float()
                    relevance = relevance + mixing @ relevance
                return transformer.read(relevance - own, question, seen)
