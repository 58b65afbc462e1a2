import pytest
import torch
from torch import Tensor, nn

from fer_xai.explainers.base import Question
from fer_xai.explainers.rollout import AttentionRollout
from fer_xai.models.timm_backbone import TimmNetwork


def network_of(name: str, size: int = 64) -> TimmNetwork:
    torch.manual_seed(0)
    return TimmNetwork(name, size).eval()


def slow_rollout(network: TimmNetwork, image: Tensor) -> Tensor:
    """Attention as timm itself computes it without fused kernels; one head, one token at a time."""
    attentions: list[Tensor] = []
    handles = []
    for block in network.features.backbone.blocks:
        block.attn.fused_attn = False
        handles.append(block.attn.attn_drop.register_forward_pre_hook(lambda m, args: attentions.append(args[0][0])))
    with torch.no_grad():
        network(image[None])
    for handle, block in zip(handles, network.features.backbone.blocks, strict=True):
        handle.remove()
        block.attn.fused_attn = True
    tokens = attentions[0].shape[-1]
    rolled = torch.eye(tokens, dtype=torch.float64)
    for attention in attentions:
        mixed = torch.zeros(tokens, tokens, dtype=torch.float64)
        for head in attention.double():
            mixed += head / len(attention)
        mixed = 0.5 * mixed + 0.5 * torch.eye(tokens)
        rolled = mixed @ rolled
    to_map = network.features.to_map
    share = torch.zeros(tokens, dtype=torch.float64)
    patches = range(to_map.prefix, tokens)
    for token in patches:
        share += rolled[token] / len(patches)
    return share[to_map.prefix :].view(to_map.grid)


# A class token; one for distillation as well; none.
@pytest.mark.parametrize(
    "name", ["vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "vit_medium_patch16_gap_240"]
)
@pytest.mark.parametrize("normalised", [False, True])
def test_equals_a_slow_literal_computation(name, normalised):
    network = network_of(name)
    for block in network.features.backbone.blocks if normalised else []:
        block.attn.q_norm, block.attn.k_norm = (nn.LayerNorm(block.attn.head_dim) for _ in range(2))
        nn.init.normal_(block.attn.q_norm.weight, 3.0)
    images = torch.rand(2, 3, 64, 64)
    maps = AttentionRollout().explain(network, "features", Question(images, torch.tensor([0, 5])))
    assert maps.shape == (2, 4, 4)
    for image, found in zip(images, maps, strict=True):
        torch.testing.assert_close(found, slow_rollout(network, image).float(), rtol=1e-4, atol=1e-6)
        assert found.std() > 0


def test_shares_of_patches_and_prefix_make_one():
    network = network_of("vit_medium_patch16_gap_240")  # no prefix: the patches have all
    maps = AttentionRollout().explain(network, "features", Question(torch.rand(1, 3, 64, 64), torch.tensor([0])))
    assert maps.min() > 0
    assert maps.sum().item() == pytest.approx(1, abs=1e-5)
