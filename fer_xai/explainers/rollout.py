"""Attention rollout: where the tokens that a transformer decides by have drawn their content from."""

import torch
from torch import Tensor

from fer_xai.explainers.attention import AttentionExplainer
from fer_xai.explainers.base import Question
from fer_xai.explainers.transformer import Transformer, identity_like


class AttentionRollout(AttentionExplainer):
    """Attention rollout (Abnar and Zuidema, ACL 2020, section 3), for vision transformers of timm (ViT, DeiT, EVA ...).

    Each block's attention, averaged over its heads, is mixed half and half with the identity (the shortcut), and the
    blocks are multiplied. The map is the share that each patch has in the tokens that the network decides by: its class
    token, as in the paper, or the mean over the patches where they are averaged. Shares are never negative, and the
    class takes no part.
    """

    title = "attention rollout"

    def relevance(self, transformer: Transformer, question: Question) -> Tensor:
        """See `AttentionExplainer.relevance`."""
        with torch.no_grad():
            seen = transformer.run(question)
            rolled = own = identity_like(seen.attentions[0])
            for attention in seen.attentions:
                rolled = (attention.float().mean(dim=1) + own) / 2 @ rolled
            return transformer.read(rolled, question, seen)
