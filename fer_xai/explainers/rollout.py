"""Attention rollout: where the tokens that a transformer decides by have drawn their content from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from timm.models.vision_transformer import Attention, VisionTransformer
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError
from fer_xai.explainers.base import Question, frozen
from fer_xai.models.feature_map import TokensToMap
from fer_xai.models.timm_backbone import BackboneFeatures


class AttentionRollout:
    """Attention rollout (Abnar and Zuidema, ACL 2020, section 3), for vision transformers of timm (ViT, DeiT ...).

    Each block's attention, averaged over its heads, is mixed half and half with the identity (the shortcut), and the
    blocks are multiplied. The map is the share that each patch has in the tokens that the head pools, here the mean
    over the patches; the paper reads it from the class token, which these networks do not decide by. Shares are never
    negative, and the class takes no part. Attention is computed again from the queries and keys, since the fused
    kernels do not give it.

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
        attentions, places = _parts(network)
        with frozen(network), torch.no_grad(), _rolled(attentions) as steps:
            question.score(network(question.images))
            rolled = steps[0]
            for step in steps[1:]:
                rolled = step @ rolled
        return rolled[:, places.prefix :, places.prefix :].mean(dim=1).unflatten(1, places.grid)


def _parts(network: nn.Module) -> tuple[list[Attention], TokensToMap]:
    features = getattr(network, "features", None)
    backbone = features.backbone if isinstance(features, BackboneFeatures) else None
    blocks = list(backbone.blocks) if isinstance(backbone, VisionTransformer) else []
    attentions: list[Any] = [getattr(block, "attn", None) for block in blocks]
    if not attentions or not all(type(attention) is Attention for attention in attentions):
        kind = type(backbone or network).__name__
        raise NotApplicableError(
            f"attention rollout needs a vision transformer whose blocks attend from all tokens to all "
            f"(ViT, DeiT ...), not {kind}"
        )
    assert isinstance(features, BackboneFeatures)
    assert isinstance(features.to_map, TokensToMap)
    return attentions, features.to_map


@contextmanager
def _rolled(attentions: list[Attention]) -> Iterator[list[Tensor]]:
    """Each block's mixing of tokens (b, tokens, tokens), in the order of the pass; hooks are gone afterwards."""
    steps: list[Tensor] = []

    def keep(attention: Attention) -> Callable[..., None]:
        return lambda module, args, qkv: steps.append(_mixing(attention, qkv))

    handles = [attention.qkv.register_forward_hook(keep(attention)) for attention in attentions]
    try:
        yield steps
    finally:
        for handle in handles:
            handle.remove()


def _mixing(attention: Any, qkv: Tensor) -> Tensor:
    """Half the attention averaged over heads, half the identity, from the joint projection (b, tokens, 3 * width)."""
    queries, keys, _ = qkv.unflatten(2, (3, attention.num_heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
    queries, keys = attention.q_norm(queries).float(), attention.k_norm(keys).float()
    shares = (attention.scale * queries @ keys.transpose(2, 3)).softmax(dim=3).mean(dim=1)
    return (shares + torch.eye(shares.shape[-1], device=shares.device)) / 2
