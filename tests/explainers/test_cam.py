import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import nn

from fer_xai.config.paths import conf_dir
from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.cam import GradCAM
from fer_xai.models.network import Network
from fer_xai.models.songnet import SongNet


def hand_set() -> Network:
    """Two 1x1 channels, x and 2x + 1; logits: the means of the channels, weighted (1, 0) and (3, -1)."""
    convolution = nn.Conv2d(1, 2, 1)
    linear = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        convolution.weight.copy_(torch.tensor([1.0, 2.0]).view(2, 1, 1, 1))
        convolution.bias.copy_(torch.tensor([0.0, 1.0]))
        linear.weight.copy_(torch.tensor([[1.0, 0.0], [3.0, -1.0]]))
    return Network(convolution, nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear))


def test_map_of_a_hand_set_network_is_arithmetic():
    """Class 0: weight 1/4 on x. Class 1: 3/4 x - 1/4 (2x + 1) = x/4 - 1/4. Signs stay, nothing is scaled."""
    image = torch.tensor([[[[0.0, 4.0], [-8.0, 1.0]]]])
    maps = GradCAM().explain(hand_set(), "features", Question(image.repeat(2, 1, 1, 1), torch.tensor([0, 1])))
    expected = torch.tensor([[[0.0, 1.0], [-2.0, 0.25]], [[-0.25, 0.75], [-2.25, 0.0]]])
    torch.testing.assert_close(maps, expected)


def slow_grad_cam(network: Network, image: torch.Tensor, index: int) -> torch.Tensor:
    """Equations 1 and 2 of the paper, one image, one channel at a time, through the whole network's graph."""
    maps = network.features(image[None])
    maps.retain_grad()
    network.head(maps)[0, index].backward()
    total = torch.zeros(maps.shape[2:])
    for channel in range(maps.shape[1]):
        total += maps.grad[0, channel].mean() * maps[0, channel].detach()
    return total


#: Every network of the configs, at 64 px where nothing else is said; `timm` is a family, not a network.
NAMES = sorted(path.stem for path in (conf_dir() / "model").glob("*.yaml") if path.stem != "timm")
SMALL = {
    "alexnet": {"input_size": 64, "network": {"units": 64}},
    "silnet": {"input_size": 32},
    "inceptionv3": {"input_size": 96},
}


@pytest.mark.parametrize("name", NAMES)
def test_maps_equal_a_slow_literal_computation(name):
    model = OmegaConf.load(conf_dir() / "model" / f"{name}.yaml")
    cfg = OmegaConf.merge({"model": model}, {"model": SMALL.get(name, {"input_size": 64})}).model
    torch.manual_seed(0)
    network = instantiate(cfg.network).eval()
    images = torch.rand(2, 3, cfg.input_size, cfg.input_size)
    classes = torch.tensor([5, 2])
    maps = GradCAM().explain(network, cfg.layer, Question(images, classes))
    for image, index, found in zip(images, classes, maps, strict=True):
        slow = slow_grad_cam(network, image, int(index))
        assert slow.abs().max() > 0
        # The sums over channels go in another order; what that costs is measured against the largest value.
        torch.testing.assert_close(found, slow, rtol=1e-4, atol=1e-5 * slow.abs().max().item())


def test_network_is_left_as_it_was_found():
    network = SongNet(32).train()
    network.features[0].eval()
    network.features[3].weight.requires_grad_(False)
    network.head[-1].weight.grad = torch.ones_like(network.head[-1].weight)
    modes = [m.training for m in network.modules()]
    flags = [p.requires_grad for p in network.parameters()]
    with torch.no_grad():
        GradCAM().explain(network, "features", Question(torch.rand(2, 3, 32, 32), torch.tensor([0, 1])))
    assert [m.training for m in network.modules()] == modes
    assert [p.requires_grad for p in network.parameters()] == flags
    assert [p.grad is not None for p in network.parameters()].count(True) == 1
    assert torch.equal(network.head[-1].weight.grad, torch.ones_like(network.head[-1].weight))
    assert all(not m._forward_hooks for m in network.modules())


def test_hooks_are_gone_after_an_exception():
    network = SongNet(32)
    with pytest.raises(RuntimeError):
        GradCAM().explain(network, "features", Question(torch.rand(1, 3, 40, 40), torch.tensor([0])))
    assert all(not m._forward_hooks for m in network.modules())
    assert all(m.training for m in network.modules())


def test_frozen_restores_after_an_exception():
    network = SongNet(32)

    def fail_inside() -> None:
        with frozen(network):
            assert not network.training
            assert not any(p.requires_grad for p in network.parameters())
            raise KeyError("x")

    with pytest.raises(KeyError):
        fail_inside()
    assert all(p.requires_grad for p in network.parameters())


def test_unknown_layer_names_the_key():
    with pytest.raises(UserError, match=r"model\.layer=blocks: .* no such layer; it consists of features, head"):
        GradCAM().explain(SongNet(32), "blocks", Question(torch.rand(1, 3, 32, 32), torch.tensor([0])))


def test_layer_without_extent_is_refused():
    with pytest.raises(UserError, match="not a map"):
        GradCAM().explain(SongNet(32), "head", Question(torch.rand(1, 3, 32, 32), torch.tensor([0])))
