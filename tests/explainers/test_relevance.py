"""Relevance propagation: by hand, against zennit's rules, and what has to sum to the score."""

import pytest
import torch
from timm.models._efficientnet_builder import decode_arch_def
from timm.models.efficientnet import EfficientNet
from timm.models.eva import Eva
from timm.models.resnet import Bottleneck, ResNet
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.relevance import RULES, RelevancePropagation
from fer_xai.explainers.relevance_rules import RelevanceMode, Rules


def ask(images: Tensor, label: int = 0, **given) -> Question:
    return Question(images, torch.full((len(images),), label), **given)


def linear(*weights: float) -> nn.Module:
    """Logits of a picture of one pixel: its three channels by these weights, and the negative of that."""
    layer = nn.Conv2d(3, 2, 1, bias=False)
    with torch.no_grad():
        layer.weight[:, :, 0, 0] = torch.tensor([weights, [-w for w in weights]])
    return nn.Sequential(layer, nn.Flatten())


class PerChannel(RelevancePropagation):
    """Gives each channel's relevance by itself, of a picture of one pixel."""

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        images = question.images.clone().requires_grad_()
        with RelevanceMode(self.rules, getattr(self.rules, self.rule)):
            logits = network(images)
        (gradient,) = torch.autograd.grad(question.score(logits).sum(), images)
        return (images * gradient).detach().flatten()


@pytest.mark.parametrize(
    ("rule", "settings", "weights", "expected"),
    [
        # x = (1, 2, 1): contributions 3, -2 and 0, and their sum 1.
        ("epsilon", {}, (3, -1, 0), (3, -2, 0)),
        # Those of the output's sign count twice: 6, -2, of 4.
        ("gamma", {"gamma": 1.0}, (3, -1, 0), (1.5, -0.5, 0)),
        # 1, -6 and 0 of -5: those below 0 count twice, 1 and -12 of -11.
        ("gamma", {"gamma": 1.0}, (1, -3, 0), (-5 / -11, -5 * 12 / 11, 0)),
        ("gamma", {"gamma": 0.0}, (3, -1, 0), (3, -2, 0)),
        # Twice the score among the positive, once against it among the negative ones.
        ("alpha_beta", {"alpha": 2.0}, (3, -1, 0), (2, -1, 0)),
        ("alpha_beta", {"alpha": 2.0}, (3, -1, 1), (2 * 2 * 3 / 4, -2, 2 * 2 * 1 / 4)),
        ("alpha_beta", {"alpha": 1.0}, (3, -1, 1), (2 * 3 / 4, 0, 2 * 1 / 4)),
    ],
)
def test_rules_by_hand(rule, settings, weights, expected):
    question = ask(torch.tensor([1.0, 2.0, 1.0]).view(1, 3, 1, 1))
    found = PerChannel(rule, **settings).explain(linear(*weights), "", question)
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float32), rtol=1e-4, atol=1e-5)


def test_a_negative_input_counts_with_the_sign_of_its_contribution():
    """x = (-1, 2, 1) by (3, 4, 0): -3 and 8 of 5; the positive one counts twice: -3 and 16 of 13."""
    question = ask(torch.tensor([-1.0, 2.0, 1.0]).view(1, 3, 1, 1))
    found = PerChannel("gamma", gamma=1.0).explain(linear(3, 4, 0), "", question)
    torch.testing.assert_close(found, torch.tensor([5 * -3 / 13, 5 * 16 / 13, 0]), rtol=1e-4, atol=1e-5)
    found = PerChannel("alpha_beta", alpha=2.0).explain(linear(3, 4, 0), "", question)
    torch.testing.assert_close(found, torch.tensor([-5.0, 10.0, 0.0]), rtol=1e-4, atol=1e-5)


def test_of_a_linear_network_it_is_weights_times_input():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, 5), nn.Linear(5, 3))
    images = torch.randn(2, 3, 4, 4)
    weights = (network[2].weight @ network[1].weight)[1].view(3, 4, 4)
    found = RelevancePropagation("epsilon").explain(network, "", ask(images, 1))
    torch.testing.assert_close(found, (weights * images).sum(dim=1).detach(), rtol=1e-3, atol=1e-4)


def bare(network: nn.Module) -> nn.Module:
    """Without biases and whatever else adds to what comes from the picture."""
    for name, parameter in network.named_parameters():
        if name.endswith("bias") or "pos_embed" in name or "token" in name:
            nn.init.zeros_(parameter)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.zero_()
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
    return network.double().eval()


def plain() -> nn.Module:
    first = [nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(inplace=True)]
    return nn.Sequential(*first, nn.AvgPool2d(2), nn.Flatten(), nn.Linear(8 * 9, 16), nn.ReLU(), nn.Linear(16, 3))


def gated() -> nn.Module:
    """Squeeze-and-excitation, hard-swish, depthwise convolutions."""
    blocks = decode_arch_def([["ir_r2_k3_s1_e2_c8_se0.25_nhs"]])
    return EfficientNet(blocks, num_classes=3, stem_size=8, num_features=16)


SMALL = {"img_size": 8, "patch_size": 4, "embed_dim": 16, "depth": 2, "num_heads": 2, "num_classes": 3}
NETWORKS = {
    "plain": plain,
    "residual": lambda: ResNet(Bottleneck, [1, 1, 1, 1], num_classes=3, channels=(8, 8, 8, 8), stem_width=8),
    "gated": gated,
    "vit": lambda: VisionTransformer(**SMALL, global_pool="avg"),
    "eva": lambda: Eva(**SMALL, use_rot_pos_emb=True, swiglu_mlp=True, qkv_fused=False),
}


SIDE = {"plain": 16, "residual": 32, "gated": 16, "vit": 8, "eva": 8}
#: By alpha_beta, an output that has contributions of one sign alone loses the other's share. Of outputs below 0 that is
#: seen where no rectifier takes them away: before a shortcut is added, or a smooth gate.
LOSES = {("gated", "alpha_beta"), ("residual", "alpha_beta")}
PAIRS = [(name, rule) for name in NETWORKS for rule in RULES if (name, rule) not in LOSES]


@pytest.mark.parametrize(("name", "rule"), PAIRS)
def test_without_biases_an_images_values_sum_to_its_score(name, rule):
    torch.manual_seed(0)
    network = bare(NETWORKS[name]())
    images = torch.randn(2, 3, SIDE[name], SIDE[name], dtype=torch.float64)
    question = ask(images, 1, against=torch.tensor([2, 0]))
    found = RelevancePropagation(rule, epsilon=1e-12, alpha=1.0).explain(network, "", question)
    score = question.score(network(images)).detach()
    torch.testing.assert_close(found.sum(dim=(1, 2)).double(), score, rtol=1e-4, atol=1e-6)
    assert found.abs().sum() > 1.01 * score.abs().sum()  # it is spread, with signs


def batch_normed() -> nn.Module:
    torch.manual_seed(0)
    first = [nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1)]
    rest = [nn.BatchNorm2d(8), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(8 * 9, 16), nn.ReLU()]
    network = nn.Sequential(*first, *rest, nn.Linear(16, 3)).eval()
    for layer in network:
        if isinstance(layer, nn.BatchNorm2d):
            for values in (layer.running_mean, layer.weight, layer.bias):
                nn.init.normal_(values)
            nn.init.uniform_(layer.running_var, 0.5, 2)
    return network.double()


@pytest.mark.parametrize("rule", RULES)
def test_equals_zennit_with_batch_normalisation_merged(rule):
    rules = pytest.importorskip("zennit.rules", reason="zennit is not installed (extra: dev)")
    from zennit.canonizers import SequentialMergeBatchNorm
    from zennit.composites import LayerMapComposite, layer_map_base

    network, images = batch_normed(), torch.randn(2, 3, 8, 8, dtype=torch.float64)
    conv = {"epsilon": rules.Epsilon(), "gamma": rules.Gamma(0.25), "alpha_beta": rules.AlphaBeta(2, 1)}[rule]
    layers = [*layer_map_base(), (nn.Conv2d, conv), (nn.Linear, rules.Epsilon())]
    start = images.clone().requires_grad_()
    with LayerMapComposite(layers, canonizers=[SequentialMergeBatchNorm()]).context(network) as changed:
        logits = changed(start)
        chosen = torch.zeros_like(logits)
        chosen[:, 1] = logits[:, 1].detach()
        (expected,) = torch.autograd.grad(logits, start, grad_outputs=chosen)
    found = RelevancePropagation(rule).explain(network, "", ask(images, 1))
    torch.testing.assert_close(found, expected.sum(dim=1).float(), rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


class Product(nn.Module):
    """The first channel times the second, or times a gate that the second opens."""

    def __init__(self, gate: bool) -> None:
        super().__init__()
        self.gate = gate

    def forward(self, images: Tensor) -> Tensor:
        a, b = images[:, :1], images[:, 1:2]
        return (a * (b.sigmoid() if self.gate else b)).flatten(1).repeat(1, 2)


def test_two_signals_share_and_a_gate_is_a_constant():
    question = ask(torch.tensor([3.0, 4.0, 5.0]).view(1, 3, 1, 1))
    torch.testing.assert_close(PerChannel().explain(Product(False), "", question), torch.tensor([6.0, 6.0, 0.0]))
    gate = torch.tensor(4.0).sigmoid().item()
    torch.testing.assert_close(PerChannel().explain(Product(True), "", question), torch.tensor([3 * gate, 0.0, 0.0]))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("rule", RULES)
def test_what_the_network_says_is_the_same(name, rule):
    torch.manual_seed(0)
    network, rules = NETWORKS[name]().double().eval(), Rules(1e-6, 0.25, 2.0)
    images = torch.randn(2, 3, SIDE[name], SIDE[name], dtype=torch.float64)
    with RelevanceMode(rules, getattr(rules, rule)):
        within = network(images)
    torch.testing.assert_close(within, network(images), rtol=1e-4, atol=1e-5)


def test_attention_in_one_piece_is_refused_in_one_line():
    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(3, 1, batch_first=True)

        def forward(self, images: Tensor) -> Tensor:
            tokens = images.flatten(2).transpose(1, 2)
            return self.attention(tokens, tokens, tokens, need_weights=False)[0].mean(dim=1)

    with pytest.raises(NotApplicableError, match="no rule for multi_head_attention_forward") as caught:
        RelevancePropagation().explain(Whole(), "", ask(torch.rand(1, 3, 4, 4)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rule": "zplus"}, "rule=zplus is not known: choose one of epsilon, gamma, alpha_beta"),
        ({"epsilon": 0}, "epsilon=0: more than 0 is needed"),
        ({"gamma": -1}, "gamma=-1: at least 0 is needed"),
        ({"alpha": 0.5}, "alpha=0.5: at least 1 is needed"),
    ],
)
def test_settings_out_of_range_are_one_line(settings, words):
    with pytest.raises(UserError, match=f"^relevance_propagation.{words}$"):
        RelevancePropagation(**settings)
