"""Methods of the grad-cam package and of captum by their names: held against the packages, and against this program."""

import copy

import captum.attr
import numpy as np
import pytest
import pytorch_grad_cam
import torch
from helpers.linear_network import linear_network, pictures

from fer_xai.cli import run
from fer_xai.errors import UserError
from fer_xai.explainers import captum_method, grad_cam_package
from fer_xai.explainers.base import Question
from fer_xai.explainers.cam import GradCAM, HiResCAM
from fer_xai.explainers.captum_method import CaptumMethod
from fer_xai.explainers.grad_cam_package import PackageCAM
from fer_xai.models.songnet import SongNet


@pytest.fixture(scope="module")
def network() -> SongNet:
    torch.manual_seed(0)
    return SongNet(32).eval()


def ask(**given) -> Question:
    return Question(pictures(2, 32, seed=1), torch.tensor([5, 2]), index=torch.tensor([4, 9]), **given)


def test_there_are_methods_that_this_program_has_not():
    assert {"FinerCAM", "ShapleyCAM", "FEM", "KPCA_CAM", "SegEigenCAM", "FullGrad"} <= set(grad_cam_package.methods())
    assert {"GuidedBackprop", "LRP", "GradientShap", "LayerGradCam", "Occlusion"} <= set(captum_method.methods())
    assert not {"NoiseTunnel", "NeuronGradient", "LimeBase", "LayerAttribution"} & set(captum_method.methods())


@pytest.mark.parametrize(("method", "own"), [("GradCAM", GradCAM), ("HiResCAM", HiResCAM)])
@pytest.mark.parametrize("against", [None, torch.tensor([0, 0])])
def test_maps_are_this_programs_own_where_it_has_the_method_with_their_sign(network, method, own, against):
    expected = own().explain(network, "features", ask(against=against))
    found = PackageCAM(method).explain(network, "features", ask(against=against))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6 * float(expected.abs().max()))
    assert (found < 0).any()


def test_scaled_and_cut_a_map_is_the_packages_own(network):
    question = ask()
    twin = copy.deepcopy(network)  # the package leaves gradients behind
    with pytorch_grad_cam.FinerCAM(twin, [twin.features]) as cam:
        theirs = np.concatenate([cam(question.images[i : i + 1], target_idx=k) for i, k in enumerate([5, 2])])
    ours = PackageCAM("FinerCAM").explain(network, "features", question).clamp_min(0)
    ours = ours - ours.amin(dim=(1, 2), keepdim=True)
    ours = ours / (1e-7 + ours.amax(dim=(1, 2), keepdim=True))
    larger = torch.nn.functional.interpolate(ours[:, None], size=32, mode="bilinear", align_corners=False)[:, 0]
    larger = larger - larger.amin(dim=(1, 2), keepdim=True)
    np.testing.assert_allclose(larger / larger.amax(dim=(1, 2), keepdim=True), theirs, atol=1e-4)


@pytest.mark.parametrize("method", sorted(grad_cam_package.methods()))
def test_every_method_of_the_package_gives_maps_and_leaves_the_network(network, method, capsys):
    hooks = [len(module._forward_hooks) for module in network.modules()]
    settings = {"num_scales": 1} if method == "SESS" else {}
    maps = PackageCAM(method, settings).explain(network, "features", ask())
    assert maps.shape[0] == 2
    assert maps.dtype == torch.float32
    assert maps.isfinite().all()
    assert [len(module._forward_hooks) for module in network.modules()] == hooks
    assert all(parameter.grad is None for parameter in network.parameters())
    said = capsys.readouterr()
    assert said.out + said.err == ""


def test_a_method_without_unscaled_maps_says_so_in_the_log(network, caplog):
    with caplog.at_level("INFO"):
        maps = PackageCAM("FullGrad").explain(network, "features", ask())
    assert maps.shape == (2, 32, 32)
    assert "FullGrad: the package gives no maps but those that it has scaled" in caplog.text


#: They try every order, or every element of a layer by itself.
TOO_MANY = {"ShapleyValues", "LayerFeatureAblation"}
#: They know no rule for this network's layers.
NO_RULE = {"LRP", "LayerLRP"}


@pytest.mark.parametrize("method", sorted(set(captum_method.methods()) - TOO_MANY - NO_RULE))
def test_every_method_of_captum_gives_the_same_maps_again(network, method):
    few = {"n_steps": 3, "n_samples": 4}
    known = captum_method._parameters(captum_method.methods()[method].attribute)
    explainer = CaptumMethod(
        method, {name: value for name, value in few.items() if name in known}, segments=4, window=0.5
    )
    torch.manual_seed(3)
    maps = explainer.explain(network, "features", ask())
    assert maps.shape[0] == 2
    assert maps.dtype == torch.float32
    assert maps.isfinite().all()
    assert torch.equal(maps, explainer.explain(network, "features", ask()))
    assert not any(module._forward_hooks or module._backward_hooks for module in network.modules())


def test_input_times_gradient_of_a_linear_score_is_arithmetic():
    network, images = linear_network(16), pictures(3, 16)
    question = Question(images, torch.zeros(3, dtype=torch.int64))
    maps = CaptumMethod("InputXGradient").explain(network, "", question)
    first = network.bias + (network.weights * images).sum(dim=(1, 2, 3))
    # The logit is the logarithm of the probability.
    expected = (network.weights * images).sum(dim=1) / first[:, None, None]
    torch.testing.assert_close(maps, expected.detach())


def test_a_picture_of_one_superpixel_has_a_map_of_zero(network):
    question = Question(torch.full((1, 3, 32, 32), 0.5), torch.tensor([1]))
    for method in ("KernelShap", "FeatureAblation"):
        assert (CaptumMethod(method, segments=1).explain(network, "features", question) == 0).all()


def test_hidden_superpixels_are_those_of_the_package(network):
    question = ask()
    maps = CaptumMethod("FeatureAblation", segments=4).explain(network, "features", question)
    from fer_xai.explainers.segments import superpixels

    labels = superpixels(question, 4, 20.0)[0]
    theirs = captum.attr.FeatureAblation(network).attribute(
        question.images[:1], target=5, feature_mask=labels[:1, None], baselines=0
    )
    torch.testing.assert_close(maps[:1], theirs.sum(dim=1).detach())


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: PackageCAM("FinerCam2"), r"grad_cam_package.method=FinerCam2: .* did you mean FinerCAM.*methods: Ab"),
        (lambda: PackageCAM("KPCA_CAM", {"kernl": "rbf"}), r"settings.kernl: KPCA_CAM takes kernel, gamma"),
        (lambda: PackageCAM("GradCAM", {"k": 1}), r"settings.k: GradCAM takes none"),
        (lambda: CaptumMethod("guided_backprop"), r"captum.method=guided_backprop: .* did you mean GuidedBackprop"),
        (lambda: CaptumMethod("NoiseTunnel"), r"captum has no such method for images"),
        (lambda: CaptumMethod("GradientShap", {"samples": 4}), r"settings.samples: GradientShap takes .*n_samples"),
        (lambda: CaptumMethod(hide="white"), r"explainer.captum.hide=white is not known"),
    ],
)
def test_what_a_package_does_not_know_is_one_line(build, message):
    with pytest.raises(UserError, match=message):
        build()


def test_the_command_says_it_before_any_work(tmp_path, capsys):
    arguments = ["train", "explainer=grad_cam_package", f"hydra.run.dir={tmp_path}", f"cache_dir={tmp_path / 'cache'}"]
    assert run([*arguments, "explainer.grad_cam_package.method=FinerCamm"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("fer-xai: explainer.grad_cam_package.method=FinerCamm: ")
    assert said.count("\n") == 1
    assert not [*(tmp_path / "cache").rglob("*.png")]
