"""Contracts of every configured network: found by glob, so that a new one is tested by being there."""

from pathlib import Path

import pytest
import timm
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_xai.config.paths import conf_dir
from fer_xai.errors import UserError
from fer_xai.models.network import Network
from fer_xai.models.timm_backbone import TimmNetwork

CONFIGS = sorted((conf_dir() / "model").glob("*.yaml"))
NAMES = [path.stem for path in CONFIGS]

# The counts follow from the published layer lists (the first two) or are the published ones.
PARAMETERS = {"weinet": 1_728_230, "songnet": 172_678, "mobilenetv3": 2_977_718}
EXPLAINED_MAP = {"weinet": (64, 64, 64), "songnet": (32, 28, 28), "mobilenetv3": (960, 7, 7)}


def config(name: str, **overrides):
    return OmegaConf.merge({"model": OmegaConf.load(conf_dir() / "model" / f"{name}.yaml")}, {"model": overrides}).model


def build(name: str, **overrides) -> Network:
    torch.manual_seed(0)
    return instantiate(config(name, **overrides).network)


@pytest.mark.parametrize("name", NAMES)
def test_parameter_count_and_explained_map_are_the_published_ones(name):
    network = build(name).eval()
    assert sum(p.numel() for p in network.parameters()) == PARAMETERS[name]
    size = config(name).input_size
    with torch.no_grad():
        maps = network.get_submodule(config(name).layer)(torch.zeros(1, 3, size, size))
    assert tuple(maps.shape[1:]) == EXPLAINED_MAP[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_gets_a_gradient(name):
    network = build(name, input_size=64)
    network(torch.rand(4, 3, 64, 64)).logsumexp(1).sum().backward()
    without = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert without == []


@pytest.mark.parametrize("name", NAMES)
def test_batch_of_one_and_of_five_agree_and_nothing_is_nan(name):
    network = build(name, input_size=64).eval()
    images = torch.rand(5, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        together, alone = network(images), torch.cat([network(image[None]) for image in images])
    assert together.shape == (5, 6)
    assert together.isfinite().all()
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_saved_and_loaded_network_gives_the_same_logits(name, tmp_path: Path):
    network = build(name, input_size=64).eval()
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    other = build(name, input_size=64).eval()
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(network(images), other(images), rtol=0, atol=0)


@pytest.mark.parametrize("name", NAMES)
def test_mean_and_std_are_those_of_the_weights(name):
    weights = config(name).weights
    if weights.tag is None:
        assert (list(weights.mean), list(weights.std)) == ([0.5] * 3, [0.5] * 3)
    else:
        published = timm.get_pretrained_cfg(weights.tag)
        assert (tuple(weights.mean), tuple(weights.std)) == (published.mean, published.std)


def test_tensorflow_same_padding_puts_the_odd_pixel_right_and_below():
    """A 2x2/1 'same' pool on 3 x 3: TensorFlow pads one row below and one column to the right only."""
    pool = build("weinet").features[2]
    image = torch.arange(9.0).view(1, 1, 3, 3)
    expected = torch.tensor([[4.0, 5, 5], [7, 8, 8], [7, 8, 8]])
    torch.testing.assert_close(pool(image)[0, 0], expected)


def test_unknown_backbone_is_one_line():
    with pytest.raises(UserError, match="timm has no backbone 'mobilenet_v9'"):
        TimmNetwork("mobilenet_v9")


def test_backbone_without_a_map_is_refused():
    with pytest.raises(UserError, match="not \\(batch, channels, y, x\\)"):
        TimmNetwork("vit_tiny_patch16_224")


@pytest.mark.parametrize("name", NAMES)
def test_a_new_network_is_in_training_mode_throughout(name):
    assert all(module.training for module in build(name, input_size=64).modules())


def test_weights_start_as_keras_would_start_them():
    """Glorot uniform: within sqrt(6 / (fan in + fan out)), with its standard deviation; biases at zero."""
    layer = build("weinet").features[3]
    bound = (6 / (32 * 49 + 32 * 49)) ** 0.5
    assert layer.weight.abs().max() <= bound
    assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.02)
    assert not layer.bias.any()
