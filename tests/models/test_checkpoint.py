"""Networks out of files of others: what timm gives, in the order of a study, and nothing that runs by being read."""

import contextlib
import copy
import pickle
import re
import zipfile
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.cam import GradCAM
from fer_xai.explainers.input_gradients import Saliency
from fer_xai.explainers.layer import check_layer
from fer_xai.explainers.rise import RISE
from fer_xai.models.checkpoint import load_into, stored_network
from fer_xai.models.class_order import in_class_order
from fer_xai.models.songnet import SongNet
from fer_xai.models.timm_backbone import TimmNetwork

IMAGES = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(3))


class Grey(nn.Module):
    """Logits k * mean: arithmetic."""

    def forward(self, images):
        return images.mean(dim=(1, 2, 3))[:, None] * torch.arange(4.0)


@pytest.mark.parametrize("backbone", ["resnet18", "convnext_atto", "mobilenetv3_small_050"])
def test_timm_weights_give_what_timm_gives(tmp_path: Path, backbone: str) -> None:
    donor = timm.create_model(backbone, num_classes=8).eval()
    save_file(donor.state_dict(), tmp_path / "w.safetensors")
    network = stored_network(8, str(tmp_path / "w.safetensors"), backbone, 64).eval()
    with torch.no_grad():
        torch.testing.assert_close(network(IMAGES), donor(IMAGES), rtol=0, atol=1e-6)
    check_layer(network, "features", 64)


@pytest.mark.parametrize(("pool", "has_map"), [("avg", True), ("token", False)])
def test_transformers_have_a_map_where_their_decision_depends_on_one(tmp_path: Path, monkeypatch, pool, has_map):
    make = timm.create_model
    monkeypatch.setattr(timm, "create_model", lambda name, **kw: make(name, global_pool=pool, **kw))
    donor = timm.create_model("vit_tiny_patch16_224", num_classes=4, img_size=(64, 64)).eval()
    torch.save({"state_dict": {f"module.{k}": v for k, v in donor.state_dict().items()}}, tmp_path / "w.pt")
    network = stored_network(4, str(tmp_path / "w.pt"), "vit_tiny_patch16_224", 64).eval()
    with torch.no_grad():
        torch.testing.assert_close(network(IMAGES), donor(IMAGES), rtol=0, atol=1e-6)
    if has_map:
        check_layer(network, "features", 64)
    else:
        with pytest.raises(NotApplicableError, match="class token"):
            check_layer(network, "features", 64)


def test_weights_of_this_program_are_known_by_their_names(tmp_path: Path) -> None:
    donor = TimmNetwork("resnet18", 64, 6).eval()
    save_file(donor.state_dict(), tmp_path / "best.safetensors")
    network = stored_network(6, str(tmp_path / "best.safetensors"), "resnet18", 64).eval()
    assert isinstance(network, TimmNetwork)
    with torch.no_grad():
        assert torch.equal(network(IMAGES), donor(IMAGES))


@pytest.mark.parametrize("network", [SongNet(input_size=64), nn.Sequential(*SongNet(input_size=64).children())])
def test_classes_are_taken_in_the_study_s_order(network: nn.Module) -> None:
    """Logits and gradients: Grad-CAM of a class is that of the output that it was."""
    network.eval()
    layer = "features" if isinstance(network, SongNet) else "0"
    question = Question(IMAGES, torch.tensor([4, 0]))
    with torch.no_grad():
        whole = network(IMAGES)
    maps = GradCAM().explain(network, layer, question)
    ordered = in_class_order(network, [5, 4, 1]).eval()
    with torch.no_grad():
        assert torch.equal(ordered(IMAGES), whole[:, [5, 4, 1]])
    moved = GradCAM().explain(ordered, layer, Question(IMAGES, torch.tensor([1, 1])))
    torch.testing.assert_close(moved[0], maps[0], rtol=0, atol=0)


def test_torchscript_runs_and_cannot_be_looked_into(tmp_path: Path) -> None:
    torch.jit.script(Grey()).save(str(tmp_path / "net.pt"))
    network = in_class_order(stored_network(4, str(tmp_path / "net.pt")), [2, 1])
    expected = IMAGES.mean(dim=(1, 2, 3))[:, None] * torch.tensor([2.0, 1.0])
    torch.testing.assert_close(network(IMAGES), expected)
    question = Question(IMAGES, torch.tensor([0, 1]))
    for explainer in (Saliency(), GradCAM()):
        with pytest.raises(NotApplicableError, match="only hide pixels"):
            explainer.explain(network, "features", question)
    with pytest.raises(NotApplicableError, match="cannot be changed"):
        copy.deepcopy(network)
    assert RISE(samples=8).explain(network, "features", question).isfinite().all()


def test_onnx_gives_the_same_logits(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed (extra: onnx)")
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: no file can be written")
    from onnx import TensorProto, helper

    weight = torch.arange(12.0).reshape(3, 4) / 10
    nodes = [
        helper.make_node("GlobalAveragePool", ["images"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weight"], ["logits"]),
    ]
    inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, 64, 64])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 4])]
    kept = [helper.make_tensor("weight", TensorProto.FLOAT, [3, 4], weight.flatten().tolist())]
    model = helper.make_model(
        helper.make_graph(nodes, "g", inputs, outputs, kept), opset_imports=[helper.make_opsetid("", 13)]
    )
    model.ir_version = 9
    onnx.save(model, tmp_path / "net.onnx")
    network = stored_network(4, str(tmp_path / "net.onnx"))
    torch.testing.assert_close(network(IMAGES), IMAGES.mean(dim=(2, 3)) @ weight, rtol=1e-5, atol=1e-6)


class Harmful:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return (Path.touch, (self.trace,))


@pytest.mark.parametrize("write", [torch.save, lambda content, path: path.write_bytes(pickle.dumps(content))])
def test_pickle_with_code_is_refused_and_not_run(tmp_path: Path, write) -> None:
    write({"state_dict": Harmful(tmp_path / "trace")}, tmp_path / "w.pt")
    with pytest.raises(UserError, match=r"holds code|not a safetensors or state-dict file"):
        stored_network(6, str(tmp_path / "w.pt"), "resnet18", 64)
    assert not (tmp_path / "trace").exists()


def test_whole_pickled_network_is_refused(tmp_path: Path) -> None:
    torch.save(SongNet(input_size=64), tmp_path / "w.pt")
    with pytest.raises(UserError, match=r"holds code \(fer_xai.models.songnet.SongNet\)"):
        stored_network(6, str(tmp_path / "w.pt"), "resnet18", 64)


class Mean(nn.Module):
    def forward(self, images):
        return images.mean((2, 3))


def test_exported_program_without_a_pickle_runs_what_it_says_where_torch_reads_it(tmp_path: Path) -> None:
    """Why such files are refused: the size of a tensor is a text that torch evaluates."""
    kept, changed, trace = tmp_path / "net.pt2", tmp_path / "harmful.pt2", tmp_path / "trace"
    sizes = ({0: torch.export.Dim("batch", min=1, max=64)},)
    torch.export.save(torch.export.export(Mean(), (IMAGES,), dynamic_shapes=sizes), kept)
    with zipfile.ZipFile(kept) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name.endswith("models/model.json"):
                code = f"__import__('pathlib').Path('{trace}').touch()"
                content, count = re.subn(rb'("expr_str": )"[^"]*"', rf'\1"{code}"'.encode(), content)
                assert count
            after.writestr(name, content)
    for path in (kept, changed):
        with pytest.raises(UserError, match=r"torch.export can hold code"):
            stored_network(3, str(path))
    assert not trace.exists()
    with contextlib.suppress(Exception):
        torch.export.load(changed)
    assert trace.exists(), "torch no longer evaluates the texts of exported programs: see whether they can be read"


def test_what_does_not_fit_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    with pytest.raises(UserError, match="no such file"):
        stored_network(6, str(path))
    save_file(timm.create_model("resnet18", num_classes=7).state_dict(), path)
    with pytest.raises(UserError, match=r"name it, model.backbone=NAME"):
        stored_network(7, str(path))
    with pytest.raises(UserError, match=r"fc.* model.classes has to name all outputs"):
        stored_network(6, str(path), "resnet18", 64)
    with pytest.raises(UserError, match=r"is of another network: .* such as layer"):
        stored_network(7, str(path), "resnet34", 64)
    (tmp_path / "text.pt").write_text("no weights")
    with pytest.raises(UserError, match="not a safetensors or state-dict file"):
        stored_network(6, str(tmp_path / "text.pt"), "resnet18", 64)


def test_names_before_all_tensors_make_no_difference() -> None:
    donor, network = SongNet(input_size=64), SongNet(input_size=64)
    load_into(network, {f"module.net.{name}": tensor for name, tensor in donor.state_dict().items()}, Path("w"))
    assert all(torch.equal(tensor, donor.state_dict()[name]) for name, tensor in network.state_dict().items())
