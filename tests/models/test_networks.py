"""Contracts of every configured network: found by glob, so that a new one is tested by being there."""

import copy
from pathlib import Path

import pytest
import timm
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import nn

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.cam import GradCAM
from fer_xai.models.network import Network
from fer_xai.models.timm_backbone import TimmNetwork

#: `timm` is a family, not a network: see test_timm_backbone.py; `external` is whatever a file holds.
NAMES = sorted(path.stem for path in (conf_dir() / "model").glob("*.yaml") if path.stem not in {"timm", "external"})

#: Four counts follow from the published layer lists and are exact, the others are timm's for a six-way linear layer.
PARAMETERS = {
    "alexnet": 88_718_726,
    "weinet": 1_728_230,
    "songnet": 172_678,
    "silnet": 184_852_038,
    "vgg16": 14_717_766,
    "vgg19": 20_027_462,
    "resnet50": 23_520_326,
    "resnet101v2": 42_504_774,
    "inceptionv3": 21_797_862,
    "xception": 20_819_246,
    "mobilenetv3": 2_977_718,
    "efficientnetv2": 5_866_390,
}
#: In millions, as published, to be met within 1 %.
PUBLISHED = {
    "vgg16": 14.7,
    "vgg19": 20.0,
    "resnet50": 23.6,
    "resnet101v2": 42.6,
    "inceptionv3": 21.8,
    "xception": 20.9,
    "mobilenetv3": 3.0,
    "efficientnetv2": 5.9,
}
EXPLAINED_MAP = {
    "alexnet": (256, 14, 14),
    "weinet": (64, 64, 64),
    "songnet": (32, 28, 28),
    "silnet": (64, 75, 75),
    "vgg16": (512, 14, 14),
    "vgg19": (512, 14, 14),
    "resnet50": (2048, 7, 7),
    "resnet101v2": (2048, 7, 7),
    "inceptionv3": (2048, 5, 5),
    "xception": (2048, 7, 7),
    "mobilenetv3": (960, 7, 7),
    "efficientnetv2": (1280, 7, 7),
}
#: What makes a network small enough to be tested over and over; 64 px for all others.
SMALL = {
    "alexnet": {"input_size": 64, "network": {"units": 64}},
    "silnet": {"input_size": 32},
    "inceptionv3": {"input_size": 96},
}
#: In small form from seed 0, normalised by `settle`, for `ramp`: the first three logits and the mean of the map's
#: absolute values.
GOLDEN = {
    "alexnet": (0.000134496, -0.00862143, -0.0345374, 0.0160165),
    "weinet": (0.379588, -0.0349756, 0.300895, 0.0805955),
    "songnet": (-0.0878647, 0.278373, 0.0240211, 0.038245),
    "silnet": (-0.0750737, -0.0471055, 0.0241678, 0.026308),
    "vgg16": (0.0387052, -0.0686011, 0.00484942, 0.0370517),
    "vgg19": (0.00305341, -0.0580353, -0.0123111, 0.0228869),
    "resnet50": (-0.0862056, 0.48317, 0.27265, 0.48179),
    "resnet101v2": (0.0951151, -0.426044, -0.333612, 0.330832),
    "inceptionv3": (0.424539, -0.421582, -0.569812, 0.433845),
    "xception": (-0.109181, -0.153145, 0.38292, 0.386353),
    "mobilenetv3": (-0.13219, 0.0654688, 0.0875451, 0.187821),
    "efficientnetv2": (-0.0158633, 0.109106, 0.134388, 0.231886),
}


def config(name: str, **overrides):
    return OmegaConf.merge({"model": OmegaConf.load(conf_dir() / "model" / f"{name}.yaml")}, {"model": overrides}).model


def build(name: str, seed: int = 0, **overrides) -> Network:
    torch.manual_seed(seed)
    return instantiate(config(name, **overrides).network)


def build_small(name: str, seed: int = 0) -> Network:
    return build(name, seed, **SMALL.get(name, {"input_size": 64}))


def small_size(name: str) -> int:
    return SMALL.get(name, {}).get("input_size", 64)


def ramp(size: int) -> torch.Tensor:
    """An image (1, 3, size, size) that rises from left to right and from top to bottom, no channel like another."""
    across, down = torch.linspace(-2, 2, size), torch.linspace(-1, 1, size)
    return (across * torch.tensor([1.0, -0.5, 0.25])[:, None])[None, :, None, :] + down[:, None]


@pytest.fixture(scope="module", params=NAMES)
def name(request) -> str:
    """Tests go network by network, so that no more than one is in memory."""
    return request.param


@pytest.fixture(scope="module")
def small(name: str) -> Network:
    """In eval mode; tests leave it as it is."""
    return build_small(name).eval()


def test_parameter_count_and_explained_map_are_the_published_ones(name):
    """On the meta device: full size without its memory."""
    size = config(name).input_size
    with torch.device("meta"):
        network = build(name).eval()
        maps = network.get_submodule(config(name).layer)(torch.zeros(1, 3, size, size))
    parameters = sum(p.numel() for p in network.parameters())
    assert parameters == PARAMETERS[name]
    assert name not in PUBLISHED or parameters / 1e6 == pytest.approx(PUBLISHED[name], rel=0.01)
    assert tuple(maps.shape[1:]) == EXPLAINED_MAP[name]


def test_a_new_network_is_in_training_mode_throughout(name):
    with torch.device("meta"):
        assert all(module.training for module in build_small(name).modules())


def test_every_parameter_gets_a_gradient(name, small):
    network = copy.deepcopy(small).train()
    network(torch.rand(4, 3, small_size(name), small_size(name))).logsumexp(1).sum().backward()
    without = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert without == []


def test_batch_of_one_and_of_five_agree_and_nothing_is_nan(name, small):
    size = small_size(name)
    images = torch.rand(5, 3, size, size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        together, alone = small(images), torch.cat([small(image[None]) for image in images])
    assert together.shape == (5, 6)
    assert together.isfinite().all()
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5 * max(1.0, together.abs().max().item()))


def hooks(network: nn.Module) -> dict[str, int]:
    """How many hooks each module has."""
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return {key: sum(len(getattr(module, kind)) for kind in kinds) for key, module in network.named_modules()}


def test_hooks_are_gone_after_use_and_after_an_exception(name, small):
    """Grad-CAM sets one at the explained layer; the head that fails sees it there."""
    layer = config(name).layer
    before, during = hooks(small), []
    # A map of one place shows nothing.
    image = ramp(128 if name == "inceptionv3" else small_size(name))
    question = Question(image, torch.tensor([2]))
    maps = GradCAM().explain(small, layer, question)
    assert maps.ndim == 3
    assert min(maps.shape[1:]) > 1
    assert hooks(small) == before

    class Failing(nn.Module):
        def forward(self, maps: torch.Tensor) -> torch.Tensor:
            during.append(hooks(small)[layer])
            raise ZeroDivisionError

    head, small.head = small.head, Failing()
    try:
        with pytest.raises(ZeroDivisionError):
            GradCAM().explain(small, layer, Question(image, torch.tensor([2])))
    finally:
        small.head = head
    assert during == [before[layer] + 1]
    assert hooks(small) == before


def settle(network: Network, images: torch.Tensor) -> Network:
    """Set running means and variances to those of `images`, as training would: random weights alone blow maps up."""
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    for module in norms:
        module.momentum = 1.0
        module.train()
    with torch.no_grad():
        network(images)
    return network.eval()


def test_golden_output(name):
    """Seed and image fixed; within 0.2 %, for the order of sums differs from machine to machine."""
    image = ramp(small_size(name))
    noise = torch.randn((7, *image.shape[1:]), generator=torch.Generator().manual_seed(1))
    network = settle(build_small(name).eval(), torch.cat([image, noise]))
    with torch.no_grad():
        maps = network.features(image)
        found = [*network.head(maps)[0, :3].tolist(), maps.abs().mean().item()]
    assert found == pytest.approx(GOLDEN[name], rel=2e-3, abs=1e-6)


def test_saved_and_loaded_network_gives_the_same_logits(name, small, tmp_path: Path):
    torch.save(small.state_dict(), tmp_path / "weights.pt")
    other = build_small(name, seed=1).eval()
    images = ramp(small_size(name))
    with torch.no_grad():
        expected, before = small(images), other(images)
        other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
        assert not torch.equal(before, expected)
        torch.testing.assert_close(other(images), expected, rtol=0, atol=0)


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


def test_weights_start_as_keras_would_start_them():
    """Glorot uniform: within sqrt(6 / (fan in + fan out)), with its standard deviation; biases at zero."""
    layer = build("weinet").features[3]
    bound = (6 / (32 * 49 + 32 * 49)) ** 0.5
    assert layer.weight.abs().max() <= bound
    assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.02)
    assert not layer.bias.any()


def test_silnet_starts_glorot_normal():
    """Standard deviation sqrt(2 / (fan in + fan out)), and, as in a normal distribution, 4.55 % beyond twice that."""
    layer = build("silnet", input_size=32).features[3]
    std = (2 / (32 * 49 + 32 * 49)) ** 0.5
    assert layer.weight.std().item() == pytest.approx(std, rel=0.02)
    assert (layer.weight.abs() > 2 * std).float().mean().item() == pytest.approx(0.0455, rel=0.1)
    assert not layer.bias.any()


def test_alexnet_starts_with_a_strided_same_convolution():
    """11 x 11 at stride 4 on 224 px: TensorFlow pads 7, three before and four after, so that 56 are left."""
    layer = build("alexnet", input_size=64, network={"units": 8}).features[0]
    with torch.no_grad():
        layer.weight.fill_(1.0)
        out = layer(torch.ones(1, 3, 224, 224))[0, 0]
    assert out.shape == (56, 56)
    assert out[0, 28].item() == pytest.approx(3 * 11 * 8, rel=1e-5)
    assert out[-1, 28].item() == pytest.approx(3 * 11 * 7, rel=1e-5)
