"""Attention rollout: where the tokens that a transformer decides by have drawn their content from."""

import torch
from torch import Tensor, nn

from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.transformer import Transformer, identity_like


class AttentionRollout:
    """Attention rollout (Abnar and Zuidema, ACL 2020, section 3), for vision transformers of timm (ViT, DeiT, EVA ...).

    Each block's attention, averaged over its heads, is mixed half and half with the identity (the shortcut), and the
    blocks are multiplied. The map is the share that each patch has in the tokens that the network decides by: its class
    token, as in the paper, or the mean over the patches where they are averaged. Shares are never negative, and the
    class takes no part.

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging; there is none here.
    """

    title = "attention rollout"

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
        with frozen(network), torch.no_grad():
            seen = transformer.run(question)
            rolled = own = identity_like(seen.attentions[0])
            for attention in seen.attentions:
                rolled = (attention.float().mean(dim=1) + own) / 2 @ rolled
            return transformer.read(rolled, question, seen)
