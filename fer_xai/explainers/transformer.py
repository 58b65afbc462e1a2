"""A vision transformer as explainers by attention see it: what its blocks attend to, and what decides after them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError
from fer_xai.explainers.base import Question
from fer_xai.models.feature_map import TokensToMap, to_map
from fer_xai.models.network import Network
from fer_xai.models.timm_backbone import BackboneFeatures


@dataclass(frozen=True)
class AttentionPass:
    """What the blocks did in one pass.

    Attributes:
        attentions: of each block, the shares (b, heads, tokens, tokens) that each token (row) takes of each (column).
        outputs: what each block gave, (b, tokens, channels).
        score: of the question, (b,).
        places: which tokens belong to which place of the picture.
    """

    attentions: list[Tensor]
    outputs: list[Tensor]
    score: Tensor
    places: TokensToMap


class Transformer:
    """The transformer of timm within a network: ViT, DeiT, EVA, BEiT and their like.

    Args:
        network: made around it here, timm's own model, or one that contains it.
        title: of the explainer, for its message.

    Raises:
        NotApplicableError: the network has no blocks that attend from all tokens to all.
    """

    def __init__(self, network: nn.Module, title: str) -> None:
        self.network = network
        self.title = title
        self.backbone: Any = next((module for module in network.modules() if _is_transformer(module)), None)
        if self.backbone is None:
            raise self._refused()

    def run(self, question: Question, apart: bool = False) -> AttentionPass:
        """One pass over the question's images.

        With gradients enabled, attentions and outputs are parts of the score's graph; parameters should be frozen.

        Args:
            question: whose images go in.
            apart: each block starts anew, so that its output depends on its own attention alone.

        Raises:
            NotApplicableError: the blocks attend otherwise, or something else decides after them.
            UserError: the network has no such class.
        """
        attentions: list[Tensor] = []
        outputs: list[Tensor] = []
        with _watched(list(self.backbone.blocks), attentions, outputs, apart):
            logits = self.network(question.images.clone())
        score = question.score(logits)
        places = to_map(self.backbone, outputs[-1], question.images.shape[-1])
        tokens = outputs[-1].shape[1]
        if not isinstance(places, TokensToMap) or len(attentions) != len(outputs):
            raise self._refused()
        if any(one.shape[0] != len(logits) or one.shape[2:] != (tokens, tokens) for one in attentions):
            raise self._refused()
        if not torch.allclose(self.logits(outputs[-1]), logits, rtol=1e-3, atol=1e-4):
            raise NotApplicableError(
                f"{self.title} does not know by what {type(self.network).__name__} decides after its blocks"
            )
        return AttentionPass(attentions, outputs, score, places)

    def logits(self, tokens: Tensor) -> Tensor:
        """What the network would say if its last block gave these tokens (b, tokens, channels): (b, classes)."""
        tokens = self.backbone.norm(tokens)
        if isinstance(self.network, Network) and isinstance(self.network.features, BackboneFeatures):
            return self.network.head(self.network.features.to_map(tokens))
        return self.backbone.forward_head(tokens)

    def read(self, shares: Tensor, question: Question, seen: AttentionPass) -> Tensor:
        """What the tokens that the decision is read from have of each place.

        These are the tokens on which the score depends after the last block: the class token where the network decides
        by it, the patches where they are averaged. Their rows are averaged.

        Args:
            shares: (b, tokens, tokens), what each token (row) has of each (column).
            question: whose score it is.
            seen: the pass that they come from.

        Returns:
            Float32 (b, y, x).
        """
        with torch.inference_mode(False), torch.enable_grad():
            tokens = seen.outputs[-1].detach().clone().requires_grad_()
            (gradient,) = torch.autograd.grad(question.score(self.logits(tokens)).sum(), tokens)
        read = (gradient != 0).any(dim=2).to(shares)
        row = (read[:, :, None] * shares).sum(dim=1) / read.sum(dim=1, keepdim=True).clamp(min=1)
        return at_places(row, seen.places)

    def _refused(self) -> NotApplicableError:
        inner = getattr(getattr(self.network, "features", None), "backbone", None)
        kind = type(inner or getattr(self.network, "backbone", None) or self.network).__name__
        return NotApplicableError(
            f"{self.title} needs a vision transformer whose blocks attend from all tokens to all "
            f"(ViT, DeiT, EVA ...), not {kind}"
        )


def at_places(values: Tensor, places: TokensToMap) -> Tensor:
    """The values (b, tokens) of those tokens that belong to a place, float32 (b, y, x)."""
    return places(values[:, :, None])[:, 0].detach().float()


def identity_like(attention: Tensor) -> Tensor:
    """What each token has of each where none has attended yet: float32 (1, tokens, tokens)."""
    return torch.eye(attention.shape[-1], device=attention.device)[None]


def _is_transformer(module: nn.Module) -> bool:
    blocks = getattr(module, "blocks", None)
    in_turn: Any = blocks if isinstance(blocks, nn.Sequential | nn.ModuleList) else []
    attentions: list[Any] = [getattr(block, "attn", None) for block in in_turn]
    # timm's attentions with all tokens at once have a fused form and hand their shares to this layer in the other one.
    return (
        hasattr(module, "forward_head")
        and hasattr(module, "norm")
        and bool(attentions)
        and all(hasattr(one, "fused_attn") and isinstance(one.attn_drop, nn.Module) for one in attentions)
    )


@contextmanager
def _watched(blocks: list[Any], attentions: list[Tensor], outputs: list[Tensor], apart: bool) -> Iterator[None]:
    """Fused kernels, which give no attention, are off; they and the hooks are as they were afterwards."""

    def attends(module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        attention = args[0] if args[0].requires_grad else args[0].detach().requires_grad_(torch.is_grad_enabled())
        attentions.append(attention)
        return (attention, *args[1:])

    def gives(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
        outputs.append(output)
        return output.detach() if apart else output

    fused = [block.attn.fused_attn for block in blocks]
    handles = [block.attn.attn_drop.register_forward_pre_hook(attends) for block in blocks]
    handles += [block.register_forward_hook(gives) for block in blocks]
    try:
        for block in blocks:
            block.attn.fused_attn = False
        yield
    finally:
        for block, was in zip(blocks, fused, strict=True):
            block.attn.fused_attn = was
        for handle in handles:
            handle.remove()
