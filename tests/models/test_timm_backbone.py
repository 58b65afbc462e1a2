"""Backbones of timm by their name: convolutions and transformers, some of every family."""

import pytest
import timm
import torch
from hydra import compose, initialize_config_dir
from torch import nn

from fer_xai.config.schema import register
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.config.timm_facts import describe
from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.cam import GradCAM
from fer_xai.explainers.layer import check_layer, unseen_edges
from fer_xai.models.backbones import create_backbone
from fer_xai.models.feature_map import TokensToMap
from fer_xai.models.pretrained_weights import load_weights
from fer_xai.models.timm_backbone import TimmNetwork

#: Small members of many families -> input size and the explained map at that size.
SAMPLE = {
    "resnet10t": (64, (512, 2, 2)),
    "regnetx_002": (64, (368, 2, 2)),
    "convnext_atto": (64, (320, 2, 2)),
    "edgenext_xx_small": (64, (168, 2, 2)),
    "mobilevit_xxs": (64, (320, 2, 2)),
    "mambaout_femto": (64, (288, 2, 2)),
    "vit_tiny_patch16_224": (64, (192, 4, 4)),
    "vit_tiny_r_s16_p8_224": (64, (192, 2, 2)),
    "deit_tiny_distilled_patch16_224": (64, (192, 4, 4)),
    "eva02_tiny_patch14_224": (56, (192, 4, 4)),
    "swin_tiny_patch4_window7_224": (64, (768, 2, 2)),
    "xcit_nano_12_p16_224": (64, (128, 4, 4)),
    "mixer_s16_224": (64, (512, 4, 4)),
    "levit_128s": (128, (384, 2, 2)),
    "pvt_v2_b0": (64, (256, 2, 2)),
    "coat_lite_tiny": (64, (320, 2, 2)),
}
#: Whose maps are fine enough, and whose layers local enough, to see where a change in the image arrives.
PLACES = ["vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "eva02_tiny_patch14_224"]
#: Families of timm whose smallest member ends in no map: its explained layer is named by hand.
BY_HAND = {"coat_tiny", "crossvit_tiny_240", "efficientvim_m1", "pit_xs_224"}


@pytest.fixture(scope="module", params=SAMPLE)
def backbone(request) -> str:
    """Tests go backbone by backbone, so that no more than one is in memory."""
    return request.param


@pytest.fixture(scope="module")
def network(backbone: str) -> TimmNetwork:
    torch.manual_seed(0)
    return TimmNetwork(backbone, SAMPLE[backbone][0])


def images_for(network: TimmNetwork, count: int) -> torch.Tensor:
    return torch.rand(count, 3, network.input_size, network.input_size, generator=torch.Generator().manual_seed(1))


def test_the_explained_map_is_found(backbone, network):
    with torch.no_grad():
        maps = network.eval().features(images_for(network, 2))
    assert tuple(maps.shape) == (2, *SAMPLE[backbone][1])
    check_layer(network, "features", network.input_size)


def test_every_parameter_gets_a_gradient(network):
    network.train()(images_for(network, 4)).logsumexp(1).sum().backward()
    without = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    network.zero_grad()
    assert without == []


def test_batch_of_one_and_of_five_agree(network):
    images = images_for(network.eval(), 5)
    with torch.no_grad():
        together, alone = network(images), torch.cat([network(image[None]) for image in images])
    assert together.isfinite().all()
    torch.testing.assert_close(together, alone, rtol=1e-3, atol=1e-4)


def test_grad_cam_is_finite_and_not_zero(network):
    """A class token alone before the head would leave the map without any gradient."""
    maps = GradCAM().explain(network, "features", Question(images_for(network, 2), torch.tensor([0, 5])))
    assert maps.isfinite().all()
    assert (maps.flatten(1).abs().amax(1) > 0).all()


@pytest.mark.parametrize("name", ["resnet10t", "convnext_atto", "eva02_tiny_patch14_224", "mambaout_femto"])
def test_pooled_features_are_timms_own(name):
    """What our linear layer sees is what timm's would, where timm too takes the mean over all places."""
    size = 56 if name.startswith("eva") else 64
    torch.manual_seed(0)
    own = create_backbone(name, size).eval()
    network = TimmNetwork(name, size).eval()
    state = {network.name_of(key): value for key, value in own.state_dict().items()}
    kept = network.state_dict()
    network.load_state_dict(kept | {key: value for key, value in state.items() if key in kept})
    with torch.no_grad():
        images = images_for(network, 2)
        expected = own.forward_head(own.forward_features(images), pre_logits=name != "mambaout_femto")
        if name == "mambaout_femto":  # its head goes on after the normalisation
            expected = own.head.norm(own.forward_features(images).mean((1, 2)))
        torch.testing.assert_close(network.head[:-1](network.features(images)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize(("row", "column"), [(0, 3), (2, 1), (3, 0)])
def test_tokens_come_to_their_places(name, row, column):
    """A patch that changes in the image changes the map most at its own place: rows and columns are not swapped."""
    size = SAMPLE[name][0]
    torch.manual_seed(0)
    network = TimmNetwork(name, size).eval()
    image = torch.zeros(1, 3, size, size)
    cell = size // 4
    image[..., row * cell : (row + 1) * cell, column * cell : (column + 1) * cell] = 1
    with torch.no_grad():
        change = (network.features(image) - network.features(torch.zeros_like(image))).abs().sum(1)[0]
    assert divmod(int(change.argmax()), 4) == (row, column)


def test_tokens_to_map_by_arithmetic():
    tokens = torch.tensor([9.0, 0, 1, 2, 3, 4, 5]).view(1, 7, 1)
    assert TokensToMap(1, (2, 3))(tokens)[0, 0].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_description_is_that_of_the_weights():
    found = describe("vit_tiny_patch16_224")
    assert found["tag"] == "vit_tiny_patch16_224.augreg_in21k_ft_in1k"
    assert (found["mean"], found["std"], found["input_size"]) == ([0.5] * 3, [0.5] * 3, 224)
    assert describe("resnet50.tv_in1k")["tag"] == "resnet50.tv_in1k"
    assert describe("resnet50.tv_in1k")["mean"] == [0.485, 0.456, 0.406]


def test_config_takes_size_mean_and_std_from_the_backbone():
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        model = compose("train", ["model=timm", "model.backbone=swinv2_tiny_window8_256", "study_dir=x"]).model
        other = compose("train", ["model=timm", "model.backbone=resnet10t", "model.input_size=48", "study_dir=x"]).model
    assert (model.name, model.input_size, model.network.input_size) == ("swinv2_tiny_window8_256", 256, 256)
    assert model.weights.tag == "swinv2_tiny_window8_256.ms_in1k"
    assert list(model.weights.mean) == [0.485, 0.456, 0.406]
    assert (other.input_size, other.network.input_size, other.quick_size) == (
        48,
        48,
        describe("resnet10t")["input_size"],
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vit_tony", "timm has no backbone 'vit_tony'; did you"),
        (None, "model.backbone must be set to timm's name"),
    ],
)
def test_a_wrong_name_is_one_line(name, message):
    with pytest.raises(UserError, match=message):
        describe(name)


@pytest.mark.parametrize("name", ["gemma4_vit_167m_enc", "mobilenetv5_300m_enc"])
def test_an_encoder_that_is_no_classifier_is_one_line(name):
    with torch.device("meta"), pytest.raises(UserError, match=f"model.backbone={name} cannot be had"):
        TimmNetwork(name, 768)


@pytest.mark.parametrize(("name", "size"), [("levit_128s", 100), ("maxvit_pico_rw_256", 100), ("inception_v3", 40)])
def test_an_input_size_that_does_not_go_names_the_key(name, size):
    with pytest.raises(
        UserError, match=f"model.backbone={name} cannot be had with model.input_size={size} .* its own size"
    ):
        TimmNetwork(name, size)


def test_a_backbone_without_a_map_names_the_key_and_works_with_it():
    torch.manual_seed(0)
    network = TimmNetwork("pit_ti_224", 224)
    layer = "features.backbone.transformers.2.pool.conv"
    with pytest.raises(
        UserError, match=rf"model\.layer=features gives \(1, 256\), not a map .* e\.g\. model\.layer={layer}"
    ):
        check_layer(network, "features", 224)
    check_layer(network, layer, 224)
    maps = GradCAM().explain(network, layer, Question(images_for(network, 2), torch.tensor([0, 5])))
    assert maps.shape == (2, 7, 7)
    assert maps.abs().max() > 0


def test_published_normalisation_after_pooling_goes_into_the_head(monkeypatch):
    torch.manual_seed(3)
    donor = create_backbone("convnext_atto", 64)
    nn.init.normal_(donor.head.norm.weight)
    network = TimmNetwork("convnext_atto", 64)
    monkeypatch.setattr("fer_xai.models.pretrained_weights.try_to_load_from_cache", lambda *a, **k: "cached")
    monkeypatch.setattr("fer_xai.models.pretrained_weights.create_backbone", lambda *a, **k: donor)
    provenance = load_weights(network, True, "convnext_atto.d2_in1k")
    torch.testing.assert_close(network.head[1].weight, donor.head.norm.weight, rtol=0, atol=0)
    assert all("head.4" in note for note in provenance.notes)


def smallest_of_every_family() -> list[str]:
    words = ["femto", "atto", "pico", "nano", "xxt", "xxs", "tiny", "mini", "xs", "small", "_s", "b0", "18", "26"]

    def size(name: str) -> tuple[int, int]:
        return next((place for place, word in enumerate(words) if word in name), len(words)), len(name)

    return [min(timm.list_models(module=module), key=size) for module in timm.list_modules()]


@pytest.mark.slow
@pytest.mark.parametrize("name", smallest_of_every_family())
def test_a_member_of_every_family_of_timm(name):
    """At its own size on the meta device: the map is found, square, and every parameter has its use."""
    size = describe(name)["input_size"]
    with torch.device("meta"):
        network = TimmNetwork(name, size).eval()
        maps, logits = network.features(torch.zeros(2, 3, size, size)), network(torch.zeros(2, 3, size, size))
    assert logits.shape == (2, 6)
    if name in BY_HAND:
        assert maps.ndim == 2
        with pytest.raises(UserError, match=r"e\.g\. model\.layer=features\.backbone\."):
            check_layer(network, "features", size)
    else:
        assert maps.ndim == 4
        assert maps.shape[2] == maps.shape[3] > 1
        assert all(parameter.requires_grad for parameter in network.parameters())


@pytest.mark.parametrize(
    ("backbone", "size", "edges"),
    [
        ("vit_tiny_patch16_224", 70, (6, 6)),
        ("vit_tiny_patch16_224", 64, (0, 0)),
        ("convnext_atto", 70, (2, 2)),
        ("resnet18", 96, (0, 0)),
    ],
)
def test_edges_that_patches_do_not_cover(backbone: str, size: int, edges: tuple[int, int]) -> None:
    assert unseen_edges(TimmNetwork(backbone, size), size) == edges


def test_edges_of_a_padded_convolution_are_seen() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3, 2, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    assert unseen_edges(network, 33) == (0, 0)
    network[0] = nn.Conv2d(3, 4, 2, 2)
    assert unseen_edges(network, 33) == (1, 1)
