"""Gradient-weighted attention, LeGrad and rollout: by hand on two blocks, and literally from the papers' equations."""

import copy
from collections.abc import Callable

import pytest
import torch
from timm.models.eva import Eva
from timm.models.swin_transformer import SwinTransformer
from timm.models.vision_transformer import ParallelThingsBlock, VisionTransformer
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError
from fer_xai.explainers.base import Question
from fer_xai.explainers.chefer import AttentionRelevance
from fer_xai.explainers.legrad import LeGrad
from fer_xai.explainers.rollout import AttentionRollout
from fer_xai.models.songnet import SongNet
from fer_xai.models.timm_backbone import TimmNetwork

EXPLAINERS = [AttentionRelevance, LeGrad, AttentionRollout]


class ByHand(VisionTransformer):
    """Four patches of one pixel, two blocks of two heads that attend to all alike, logits 8, 0 and 4 times the mean.

    A token is (x, 0), x the red value of its pixel. In both blocks the heads' values are 2 x and -x, and both are added
    to x; there is nothing else.
    """

    def __init__(self, **settings) -> None:
        plain = {"pos_embed": "none", "fc_norm": False, "norm_layer": lambda *_, **__: nn.Identity()}
        settings = {"class_token": False, "global_pool": "avg", **plain, **settings}
        super().__init__(img_size=2, patch_size=1, embed_dim=2, depth=2, num_heads=2, num_classes=3, **settings)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.zero_()
            self.patch_embed.proj.weight[0, 0] = 1
            for block in self.blocks:
                block.attn.qkv.weight[4:, 0] = torch.tensor([2.0, -1.0])
                block.attn.proj.weight[0] = 1
            self.head.weight[:, 0] = torch.tensor([8.0, 0.0, 4.0])
        self.eval()


def red(*values: float) -> Tensor:
    images = torch.zeros(1, 3, 2, 2)
    images[0, 0] = torch.tensor(values).view(2, 2)
    return images


def test_attention_relevance_by_hand():
    """x = (1, 2, 3, -2) with mean 1; after the first block (2, 3, 4, -1).

    Attention is 1/4 throughout. The score's gradient at the second block is 8/4 c z, c = 2 or -1 by head; at the first
    8/4 (1 + 1) c x. Times attention, without what is negative, averaged over heads, a row of the first block is
    (1, 2, 3, 1), of the second (1, 1.5, 2, 0.25), whose sum is 4.75; R less its identity: first + second + 4.75 first.
    """
    question = Question(red(1, 2, 3, -2), torch.tensor([0]))
    found = AttentionRelevance().explain(ByHand(), "", question)
    torch.testing.assert_close(found, torch.tensor([[[6.75, 13.0], [19.25, 6.0]]]))
    against = AttentionRelevance().explain(ByHand(), "", question.changed(against=torch.tensor([2])))
    # Half the score: (0.5, 1, 1.5, 0.5) and (0.5, 0.75, 1, 0.125), the sum 2.375.
    torch.testing.assert_close(against, torch.tensor([[[2.1875, 4.125], [6.0625, 1.8125]]]))


def test_legrad_by_hand():
    """Each block's tokens have the score 8 times their mean: its gradient at the attention is 2 c x, then 2 c z.

    Without what is negative, averaged over heads: (2, 4, 6, 2) and (4, 6, 8, 1); then over the blocks.
    """
    found = LeGrad().explain(ByHand(), "", Question(red(1, 2, 3, -2), torch.tensor([0])))
    torch.testing.assert_close(found, torch.tensor([[[3.0, 5.0], [7.0, 1.5]]]))


def test_a_class_token_is_what_is_read_where_the_network_decides_by_it():
    """The class token is 0 and attends as the patches do, to five tokens: the mean of x is 4/5, z = x + 4/5.

    The gradient at the second block is 8 c z in the class token's row alone; at the first, 8 c x in all rows: a fifth
    of it by the second block's attention, and as much again in the class token's row by its shortcut (8 + 8/5 = 9.6).
    """
    network = ByHand(class_token=True, global_pool="token")
    found = AttentionRelevance().explain(network, "", Question(red(1, 2, 3, -2), torch.tensor([0])))

    def halves(x: Tensor) -> Tensor:
        return ((2 * x).clamp(min=0) + (-x).clamp(min=0)) / 2

    x = torch.tensor([0.0, 1, 2, 3, -2])
    first, second = halves(x) / 5, halves(x + 0.8) * 8 / 5
    # R of the class token after the first block, of the patches, and after the second block.
    token, patch = 9.6 * first, 1.6 * first
    row = token + second + second[0] * token + second[1:].sum() * patch
    torch.testing.assert_close(found.flatten(), row[1:], rtol=1e-5, atol=1e-6)


def vit(**settings) -> nn.Module:
    return VisionTransformer(img_size=8, patch_size=4, embed_dim=16, depth=2, num_heads=2, num_classes=3, **settings)


def eva(**settings) -> nn.Module:
    rotary = {"use_rot_pos_emb": True, "qkv_fused": False, "swiglu_mlp": True}
    return Eva(img_size=8, patch_size=4, embed_dim=16, depth=2, num_heads=2, num_classes=3, **{**rotary, **settings})


#: Networks, and the tokens that they decide by out of those of class, registers and four patches.
NETWORKS: dict[str, tuple[Callable[[], nn.Module], list[int]]] = {
    "class token": (lambda: vit(), [0]),
    "registers": (lambda: vit(reg_tokens=2, no_embed_class=True, init_values=0.5, qk_norm=True), [0]),
    "average, no class token": (lambda: vit(class_token=False, global_pool="avg"), [0, 1, 2, 3]),
    "average beside a class token": (lambda: vit(global_pool="avg"), [1, 2, 3, 4]),
    "rotary, average": (lambda: eva(global_pool="avg"), [1, 2, 3, 4]),
    "rotary, class token, joint bias": (lambda: eva(global_pool="token", qkv_fused=True), [0]),
    "rotary, attention of another class": (lambda: eva(attn_type="rope", global_pool="avg"), [1, 2, 3, 4]),
}


def made(name: str) -> tuple[nn.Module, Question]:
    torch.manual_seed(1)
    network = NETWORKS[name][0]().double().eval()
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.3)
    return network, Question(torch.randn(1, 3, 8, 8, dtype=torch.float64), torch.tensor([1]), torch.tensor([2]))


def with_attention(network: nn.Module, question: Question, change: Callable[[int, Tensor], Tensor]) -> float:
    """The score where each block's attention is changed, on the path that does not fuse."""
    handles = []
    for number, block in enumerate(network.blocks):
        block.attn.fused_attn = False
        hook = lambda module, args, number=number: (change(number, args[0]),)  # noqa: E731
        handles.append(block.attn.attn_drop.register_forward_pre_hook(hook))
    with torch.no_grad():
        score = question.score(network(question.images)).item()
    for handle in handles:
        handle.remove()
    return score


def attentions_of(network: nn.Module, question: Question) -> list[Tensor]:
    kept: list[Tensor] = []
    with_attention(network, question, lambda number, attention: kept.append(attention) or attention)
    return kept


def slope(network: nn.Module, question: Question, block: int, at: tuple[int, int, int]) -> float:
    """By differences: how the score answers to one share that one token takes of another."""
    scores = []
    for step in (1e-5, -1e-5):

        def change(number: int, attention: Tensor, step: float = step) -> Tensor:
            changed = attention.clone()
            if number == block:
                changed[0, at[0], at[1], at[2]] += step
            return changed

        scores.append(with_attention(network, question, change))
    return (scores[0] - scores[1]) / 2e-5


def places(n: int) -> list[tuple[int, int, int]]:
    return [(head, i, j) for head in range(2) for i in range(n) for j in range(n)]


@pytest.mark.parametrize("name", NETWORKS)
def test_attention_relevance_equals_the_equations_in_loops(name):
    network, question = made(name)
    found = AttentionRelevance().explain(network, "", question)
    attentions, read = attentions_of(network, question), NETWORKS[name][1]
    n = attentions[0].shape[-1]
    relevance = torch.eye(n, dtype=torch.float64)
    for block, attention in enumerate(attentions):
        mixing = torch.zeros(n, n, dtype=torch.float64)
        for head, i, j in places(n):
            product = slope(network, question, block, (head, i, j)) * attention[0, head, i, j].item()
            mixing[i, j] += max(product, 0) / 2
        relevance = relevance + mixing @ relevance
    expected = torch.zeros(4, dtype=torch.float64)
    for token in read:
        expected += (relevance - torch.eye(n))[token, -4:] / len(read)
    torch.testing.assert_close(found.flatten(), expected.float(), rtol=1e-4, atol=1e-7)
    assert found.max() > found.min()


@pytest.mark.parametrize("name", NETWORKS)
def test_legrad_equals_the_equations_in_loops(name):
    network, question = made(name)
    found = LeGrad().explain(network, "", question)
    n = attentions_of(network, question)[0].shape[-1]
    expected = torch.zeros(n, dtype=torch.float64)
    for block in range(2):
        # The network that ends after this block, with the same last layers, gives the block's score.
        short = copy.deepcopy(network)
        short.blocks = short.blocks[: block + 1]
        for head, i, j in places(n):
            expected[j] += max(slope(short, question, block, (head, i, j)), 0) / (2 * n) / 2
    torch.testing.assert_close(found.flatten(), expected[-4:].float(), rtol=1e-4, atol=1e-7)
    assert found.max() > found.min()


@pytest.mark.parametrize("name", NETWORKS)
def test_rollout_equals_the_equations_in_loops(name):
    network, question = made(name)
    found = AttentionRollout().explain(network, "", question)
    attentions, read = attentions_of(network, question), NETWORKS[name][1]
    rolled = torch.eye(attentions[0].shape[-1], dtype=torch.float64)
    for attention in attentions:
        rolled = (0.5 * sum(attention[0]) / 2 + 0.5 * torch.eye(len(rolled))) @ rolled
    expected = sum(rolled[token, -4:] for token in read) / len(read)
    torch.testing.assert_close(found.flatten(), expected.float(), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("explainer", EXPLAINERS)
@pytest.mark.parametrize("fails", [False, True])
def test_fused_kernels_are_on_again_afterwards(explainer, fails):
    network, question = made("class token")[0].float(), Question(torch.randn(1, 3, 8, 8), torch.tensor([1]))
    network.blocks[1].attn.fused_attn = False
    network.blocks[0].attn.fused_attn = True
    if fails:
        network.head = nn.Linear(7, 3)
        with pytest.raises(RuntimeError):
            explainer().explain(network, "", question)
    else:
        explainer().explain(network, "", question)
    assert [block.attn.fused_attn for block in network.blocks] == [True, False]
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())


class Doubled(nn.Module):
    """Decides by something else than the transformer within it."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = vit()

    def forward(self, images: Tensor) -> Tensor:
        return 2 * self.inner(images) + 1


@pytest.mark.parametrize("explainer", EXPLAINERS)
def test_a_network_that_decides_otherwise_after_the_blocks_is_refused(explainer):
    torch.manual_seed(0)
    with pytest.raises(NotApplicableError, match="does not know by what Doubled decides"):
        explainer().explain(Doubled().eval(), "", Question(torch.rand(1, 3, 8, 8), torch.tensor([0])))


OTHERS = {
    "SongNet": lambda: SongNet(32),
    "MobileNetV3": lambda: TimmNetwork("mobilenetv3_small_050", 64),
    "SwinTransformer": lambda: SwinTransformer(
        img_size=32, window_size=2, embed_dim=8, depths=(1, 1), num_heads=(1, 1)
    ),
    "VisionTransformer": lambda: vit(block_fn=ParallelThingsBlock),  # two attentions side by side
}


@pytest.mark.parametrize("explainer", EXPLAINERS)
@pytest.mark.parametrize("kind", OTHERS)
def test_other_networks_are_refused_in_one_line(explainer, kind):
    with pytest.raises(NotApplicableError) as caught:
        explainer().explain(OTHERS[kind](), "features", Question(torch.rand(1, 3, 32, 32), torch.tensor([0])))
    assert str(caught.value).startswith(explainer.title)
    assert str(caught.value).endswith(f"not {kind}")
    assert "\n" not in str(caught.value)
