"""Every class activation map against numbers written out, against slow loops, and against the grad-cam package."""

import math

import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import Tensor, nn

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.cam import (
    GRADCAM_PLUSPLUS_EPS,
    EigenCAM,
    GradCAM,
    GradCAMPlusPlus,
    HiResCAM,
    LayerCAM,
    XGradCAM,
)
from fer_xai.explainers.cam_passes import AblationCAM, ScoreCAM
from fer_xai.explainers.layer_pass import layer_pass
from fer_xai.models.network import Network
from fer_xai.models.songnet import SongNet

CAMS = [GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, XGradCAM, EigenCAM, ScoreCAM, AblationCAM]

#: The picture, and the weights of the two logits at every place of the two channels.
X = torch.tensor([[0.0, 4.0], [2.0, 1.0]])
G = torch.tensor([[[1.0, -1.0], [2.0, 0.0]], [[0.0, 1.0], [-2.0, 1.0]]])
OTHER = torch.tensor([[[0.0, 2.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]])


def hand_set() -> Network:
    """Two channels, A = x and B = 10 - 2 x; logits: the sums of G * (A, B) and OTHER * (A, B)."""
    convolution = nn.Conv2d(1, 2, 1)
    linear = nn.Linear(8, 2, bias=False)
    with torch.no_grad():
        convolution.weight.copy_(torch.tensor([1.0, -2.0]).view(2, 1, 1, 1))
        convolution.bias.copy_(torch.tensor([0.0, 10.0]))
        linear.weight.copy_(torch.stack([G.flatten(), OTHER.flatten()]))
    return Network(convolution, nn.Sequential(nn.Flatten(), linear)).eval()


A, B = X, 10 - 2 * X
#: Class 0. The logit is sum(G * (A, B)) = 0 - 4 + 4 + 0 + 0 + 2 - 12 + 8 = -2; A sums to 7, B to 26.
EXPECTED = {
    # The means of G are 1/2 and 0.
    GradCAM: [[0, 2], [1, 0.5]],
    # alpha G for G = 1, 2 on A: 1/(2 + 7), 2 * 4/(8 + 7 * 8), together 17/72; for G = 1 twice on B: 2 * 1/(2 + 26).
    GradCAMPlusPlus: (17 / 72 * A + B / 14).tolist(),
    HiResCAM: [[0, -4 + 2], [4 - 12, 8]],
    LayerCAM: [[0, 2], [4, 8]],
    # sum(G A) = 0; sum(G B) = -2, of 26.
    XGradCAM: (-B / 13).tolist(),
    # (A, B) less its mean is (x - 7/4) (1, -2), of length sqrt(5); the sum of the channels falls as x grows.
    EigenCAM: (-math.sqrt(5) * (X - 1.75)).tolist(),
    # Masks x/4 and (B - 2)/8 leave (0, 4, 1, 1/4) and (0, 0, 1, 3/4); the logit is (1, -3, 6, -2) x: -6.5 and 4.5.
    ScoreCAM: ((A + math.exp(11) * B) / (1 + math.exp(11))).tolist(),
    # Without A the logit is -2 still, without B it is 0: drops 0 and -2 of -2.
    AblationCAM: B.tolist(),
}


@pytest.mark.parametrize("cam", CAMS)
def test_map_of_a_hand_set_network_is_arithmetic(cam):
    """Signs stay, nothing is scaled; another image in the batch makes no difference."""
    images = torch.stack([X, X.flip(0) - 1])[:, None]
    maps = cam().explain(hand_set(), "features", Question(images, torch.tensor([0, 1])))
    assert maps.shape == (2, 2, 2)
    assert maps.dtype == torch.float32
    torch.testing.assert_close(maps[0], torch.tensor(EXPECTED[cam], dtype=torch.float32), rtol=1e-5, atol=1e-6)


def test_ablation_that_is_not_relative_is_the_drop_itself():
    maps = AblationCAM(relative=False).explain(hand_set(), "features", Question(X[None, None], torch.tensor([0])))
    torch.testing.assert_close(maps[0], -2 * B)


@pytest.mark.parametrize("cam", [GradCAM, HiResCAM])
def test_contrast_of_a_linear_map_is_the_difference_of_two(cam):
    network, images = hand_set(), X[None, None]
    zero, one = torch.tensor([0]), torch.tensor([1])
    contrast = cam().explain(network, "features", Question(images, zero, against=one))
    parts = [cam().explain(network, "features", Question(images, classes)) for classes in (zero, one)]
    torch.testing.assert_close(contrast, parts[0] - parts[1])
    assert not torch.allclose(contrast, parts[0])


def slow_map(cam: type, network: Network, image: Tensor, index: int) -> Tensor:
    """One image, one channel, one place at a time, through the whole network's graph."""
    maps = network.features(image[None])
    maps.retain_grad()
    logit = network.head(maps)[0, index]
    logit.backward()
    logit, grads, maps = logit.detach(), maps.grad[0].double(), maps[0].detach()
    channels, height, width = maps.shape
    places = [(y, x) for y in range(height) for x in range(width)]
    total = torch.zeros(height, width, dtype=torch.float64)
    if cam is EigenCAM:
        points = np.array([[float(maps[c, y, x]) for c in range(channels)] for y, x in places])
        points -= points.mean(axis=0)
        along = points @ np.linalg.svd(points)[2][0]
        along *= 1 if (along * points.sum(axis=1)).sum() > 0 else -1
        return torch.from_numpy(along).view(height, width)
    masked = []
    for c in range(channels):
        one, grad, sum_here = maps[c].double(), grads[c], sum(float(maps[c, y, x]) for y, x in places)
        weight = 0.0
        if cam is GradCAM:
            weight = sum(float(grad[y, x]) for y, x in places) / len(places)
        elif cam is GradCAMPlusPlus:
            for y, x in places:
                g = float(grad[y, x])
                weight += max(g, 0) * g**2 / (2 * g**2 + sum_here * g**3 + GRADCAM_PLUSPLUS_EPS)
        elif cam is XGradCAM:
            weight = sum(float(grad[y, x] * one[y, x]) for y, x in places) / (sum_here + 1e-7)
        elif cam is AblationCAM:
            without = maps.clone()
            without[c] = 0
            weight = ((logit - network.head(without[None])[0, index]) / logit).item()
        elif cam is ScoreCAM:
            mask = nn.UpsamplingBilinear2d(size=image.shape[1:])(maps[None, c : c + 1])[0, 0]
            mask = (mask - mask.min()) / (mask.max() - mask.min() + 1e-8)
            masked.append(network((image * mask)[None])[0, index].item())
        if cam in (HiResCAM, LayerCAM):
            for y, x in places:
                g = float(grad[y, x]) if cam is HiResCAM else max(float(grad[y, x]), 0)
                total[y, x] += g * one[y, x]
        total += weight * one
    if cam is ScoreCAM:
        total = (torch.tensor(masked).double().softmax(0)[:, None, None] * maps).sum(0)
    return total


def close(found: Tensor, expected: Tensor) -> None:
    """Sums over channels go in another order; what that costs is measured against the largest value."""
    largest = expected.abs().max().item()
    assert largest > 0
    torch.testing.assert_close(found, expected.float(), rtol=1e-4, atol=2e-5 * largest)


@pytest.mark.parametrize("cam", CAMS)
def test_maps_of_one_of_the_twelve_equal_slow_loops(cam):
    torch.manual_seed(0)
    network = SongNet(64).eval()
    images, classes = torch.rand(2, 3, 64, 64), torch.tensor([5, 2])
    maps = cam().explain(network, "features", Question(images, classes))
    for image, index, found in zip(images, classes, maps, strict=True):
        close(found, slow_map(cam, network, image, int(index)))


@pytest.mark.parametrize("cam", CAMS)
def test_maps_are_those_of_the_package_before_its_scaling(cam):
    import pytorch_grad_cam
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    torch.manual_seed(1)
    network = SongNet(64).eval()
    question = Question(torch.rand(2, 3, 64, 64), torch.tensor([1, 4]))
    found = layer_pass(network, "features", question)
    theirs = getattr(pytorch_grad_cam, cam.__name__)(network, [network.features])
    targets = [ClassifierOutputTarget(int(index)) for index in question.classes]
    activations, gradients = found.activations.numpy(), found.gradients.numpy()
    expected = torch.tensor(
        theirs.get_cam_image(question.images, network.features, targets, activations, gradients, False)
    )
    maps = cam().explain(network, "features", question)
    if cam is EigenCAM:  # whose sign in the package is left to chance
        expected = expected * (expected * maps).sum(dim=(1, 2), keepdim=True).sign()
    for one, other in zip(maps, expected, strict=True):
        close(one, other)


#: Every network of the configs, at 64 px where nothing else is said; `timm` is a family, not a network.
NAMES = sorted(path.stem for path in (conf_dir() / "model").glob("*.yaml") if path.stem not in {"timm", "external"})
SMALL = {
    "alexnet": {"input_size": 64, "network": {"units": 64}},
    "silnet": {"input_size": 32},
    "inceptionv3": {"input_size": 128},
}


@pytest.mark.parametrize("name", NAMES)
def test_grad_cam_of_each_network_equals_slow_loops(name):
    model = OmegaConf.load(conf_dir() / "model" / f"{name}.yaml")
    cfg = OmegaConf.merge({"model": model}, {"model": SMALL.get(name, {"input_size": 64})}).model
    torch.manual_seed(0)
    network = instantiate(cfg.network).eval()
    image, index = torch.rand(3, cfg.input_size, cfg.input_size), 5
    maps = GradCAM().explain(network, cfg.layer, Question(image[None], torch.tensor([index])))
    close(maps[0], slow_map(GradCAM, network, image, index))


@pytest.mark.parametrize("cam", CAMS)
def test_a_layer_inside_the_network_equals_the_same_cut_at_it(cam):
    """The layer is named within `features`; the same network, cut there, is explained by slow loops."""
    torch.manual_seed(2)
    network = SongNet(32).eval()
    cut = Network(network.features[:6], nn.Sequential(network.features[6:], network.head)).eval()
    image = torch.rand(3, 32, 32)
    maps = cam().explain(network, "features.5", Question(image[None], torch.tensor([3])))
    close(maps[0], slow_map(cam, cut, image, 3))


def test_layer_before_one_that_works_in_place():
    torch.manual_seed(0)
    convolution, head = nn.Conv2d(3, 4, 3), nn.Sequential(nn.Flatten(), nn.Linear(36, 2))
    careful = Network(convolution, nn.Sequential(nn.ReLU(), head))
    in_place = Network(convolution, nn.Sequential(nn.ReLU(inplace=True), head))
    question = Question(torch.rand(2, 3, 5, 5), torch.tensor([0, 1]))
    expected = HiResCAM().explain(careful, "features", question)
    torch.testing.assert_close(HiResCAM().explain(in_place, "features", question), expected)


@pytest.mark.parametrize("cam", CAMS)
def test_silent_layer_gives_zero(cam):
    network = hand_set()
    nn.init.zeros_(network.features.weight)
    nn.init.zeros_(network.features.bias)
    maps = cam().explain(network, "features", Question(torch.rand(2, 1, 2, 2), torch.tensor([0, 1])))
    assert torch.equal(maps, torch.zeros(2, 2, 2))


@pytest.mark.parametrize(
    ("cam", "total", "eps"), [(GradCAMPlusPlus, -2 - 2**-20, 2**-20), (XGradCAM, -(2**-20), 2**-20)]
)
def test_denominators_of_zero_give_weights_of_zero(cam, total, eps, monkeypatch):
    """With G = 1 the denominators are 2 + total + eps and total + eps; these sums are exact in binary."""
    monkeypatch.setattr("fer_xai.explainers.cam.GRADCAM_PLUSPLUS_EPS", eps)
    monkeypatch.setattr("fer_xai.explainers.cam.XGRADCAM_EPS", eps)
    activations = torch.tensor([[[[total, 0.0], [0.0, 0.0]], [[0.0, 1.0], [0.0, 0.0]]]])
    found = cam().combine(activations, torch.ones(1, 2, 2, 2))
    assert torch.equal(found, cam().combine(activations[:, 1:], torch.ones(1, 1, 2, 2)))
    assert found[0, 0, 1] > 0


@pytest.mark.parametrize("sign", [1, -1])
def test_where_channels_cancel_out_the_largest_value_of_eigencam_is_positive(sign):
    """Two channels that are opposite everywhere, as after a layer norm: activation as a whole is 0 at each place."""
    one = sign * torch.tensor([[3.0, -1.0], [-1.0, -1.0]])
    (found,) = EigenCAM().combine(torch.stack([one, -one])[None], torch.ones(1, 2, 2, 2))
    torch.testing.assert_close(found, math.sqrt(2) * torch.tensor([[3.0, -1.0], [-1.0, -1.0]]))


def test_an_image_that_is_not_finite_takes_no_other_with_it():
    activations = torch.rand(3, 4, 3, 3)
    expected = EigenCAM().combine(activations, activations)
    activations[1, 2, 0, 0] = torch.inf
    found = EigenCAM().combine(activations, activations)
    assert found[1].isnan().all()
    torch.testing.assert_close(found[[0, 2]], expected[[0, 2]])


def test_cams_of_one_question_share_one_pass():
    network, calls = SongNet(32), []
    network.register_forward_hook(lambda *args: calls.append(1))
    question = Question(torch.rand(2, 3, 32, 32), torch.tensor([0, 1]))
    for cam in (GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, XGradCAM, EigenCAM):
        cam().explain(network, "features", question)
    assert len(calls) == 1
    GradCAM().explain(network, "features.3", question)
    GradCAM().explain(SongNet(32), "features", question)
    assert len(calls) == 2


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
@pytest.mark.parametrize("cam", [ScoreCAM, AblationCAM])
def test_batch_size_of_passes_changes_nothing(cam, at_once):
    torch.manual_seed(0)
    network = SongNet(32).eval()
    question = Question(torch.rand(2, 3, 32, 32), torch.tensor([0, 1]))
    expected = cam(batch_size=64).explain(network, "features", question)
    torch.testing.assert_close(cam(batch_size=at_once).explain(network, "features", question), expected)


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


@pytest.mark.parametrize("cam", CAMS)
@pytest.mark.parametrize(("layer", "message"), [("head", "not a map"), ("head.0", "a map of one place")])
def test_layer_without_extent_is_refused(cam, layer, message):
    network = Network(nn.Conv2d(3, 4, 3), nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)))
    with pytest.raises(UserError, match=message) as caught:
        cam().explain(network, layer, Question(torch.rand(1, 3, 32, 32), torch.tensor([0])))
    assert "\n" not in str(caught.value)


def test_layer_that_takes_no_part_is_refused():
    class Beside(Network):
        def forward(self, images: Tensor) -> Tensor:
            self.beside(images)
            return super().forward(images)

    network = Beside(nn.Conv2d(3, 4, 3), nn.Sequential(nn.Flatten(), nn.Linear(36, 2)))
    network.beside, network.unused = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)
    question = Question(torch.rand(1, 3, 5, 5), torch.tensor([0]))
    for layer in ("beside", "unused"):
        with pytest.raises(UserError, match=f"{layer} takes no part"):
            GradCAM().explain(network, layer, question)
