"""What a run leaves for wandb, read back from its offline file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fer_xai.cli import run
from fer_xai.expressions import EXPRESSIONS


@pytest.fixture
def records(tiny_run, tmp_path) -> list[dict]:
    assert run(["train", *tiny_run, "logger=wandb", f"hydra.run.dir={tmp_path / 'mystudy'}"]) == 0
    (file,) = tmp_path.glob("mystudy/wandb/offline-run-*/run-*.wandb")
    wandb = Path(sys.executable).with_name("wandb")  # beside this Python, whatever the path says
    done = subprocess.run([wandb, "leet", "inspect", "--json", str(file)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_offline_run_holds_config_curves_confusion_heatmaps_and_iou(records):
    (started,) = [record["run"] for record in records if "run" in record]
    assert (started["project"], started["run_group"]) == ("fer_xai", "mystudy")
    assert started["display_name"] == started["run_id"]
    assert started["display_name"].startswith("weinet-none-fold0-seed0-")
    config = started["config"]["update"]
    assert config["callbacks"]["explain"]["images_per_expression"] == 4
    logged = {key for record in records if "history" in record for key in record["history"]["item"]}
    assert {"train_loss", "val_loss", "train_accuracy", "test_accuracy", "test_f1"} <= logged
    assert any(key.startswith("confusion_matrix") for key in logged)
    assert any(key.startswith("iou.") for key in logged)
    pictures = {key.split(".")[0] for key in logged if key.startswith("heatmap/")}
    assert pictures
    assert pictures <= {f"heatmap/gradcam/{name}" for name in EXPRESSIONS}
