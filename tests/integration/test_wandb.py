"""What a run leaves for wandb, read back from its offline file."""

import html
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from fer_xai.cli import run
from fer_xai.expressions import EXPRESSIONS


def read_back(file: Path) -> list[dict]:
    wandb = Path(sys.executable).with_name("wandb")  # beside this Python, whatever the path says
    done = subprocess.run([wandb, "leet", "inspect", "--json", str(file)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def study(cache, tmp_path_factory) -> Path:
    """A study of one run, with its own wandb run."""
    folder = tmp_path_factory.mktemp("wandb") / "mystudy"
    sizes = ["data.subjects=6", "data.per_expression=1", "prepare.crop_size=64", "model.input_size=32", "split.folds=2"]
    quick = ["recipe.max_epochs=1", "callbacks.explain.images_per_expression=4", "callbacks.explain.replicates=5"]
    arguments = ["train", "-m", *sizes, *quick, "trainer.accelerator=cpu", "prepare.workers=1", "logger=wandb"]
    assert run([*arguments, f"hydra.sweep.dir={folder}"]) == 0
    return folder


@pytest.fixture(scope="module")
def files(study) -> dict[str, Path]:
    """Whether of the study or of the run -> its file."""
    found = study.glob("wandb/offline-run-*/run-*.wandb")
    return {"study" if file.stem == "run-mystudy-study" else "run": file for file in found}


@pytest.fixture(scope="module")
def records(files) -> list[dict]:
    return read_back(files["run"])


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


def test_study_has_a_run_of_its_own(files):
    records = read_back(files["study"])
    (started,) = [record["run"] for record in records if "run" in record]
    assert (started["run_id"], started["run_group"], started["job_type"]) == ("mystudy-study", "mystudy", "study")
    logged = {key for record in records if "history" in record for key in record["history"]["item"]}
    assert any(key.startswith("figures/heatmaps") for key in logged)
    assert any(key.startswith("tables/ncc") for key in logged)
    assert any(key.startswith("tables/ranks") for key in logged)
    assert not any("example" in key for key in logged)


def test_summary_of_the_study_sorts_its_networks(study, files):
    """Each network's mean score, as `metrics.csv` has it."""
    told = {}
    for record in read_back(files["study"]):
        told |= record.get("summary", {}).get("update", {})
    scores = pd.read_csv(study / "analysis" / "metrics.csv")
    first = scores[["explainer", "reference", "metric"]].iloc[0]
    own = scores[(scores[list(first.index)] == first).all(axis=1) & scores["fold"].isna() & scores["expression"].isna()]
    assert own["network"].tolist() == ["weinet"]
    assert told[f"network/weinet/{first['metric']}"] == pytest.approx(own["value"].item())


def test_workspace_follows_the_sections_of_the_report(study):
    content = json.loads((study / "wandb" / "workspace.json").read_text())
    listed = json.loads((study / "report" / "sections.json").read_text())
    names = [part["name"] for part in listed if part["figures"] or part["bars"]]
    sections = content["spec"]["section"]["panelBankConfig"]["sections"]
    assert [part["name"] for part in sections if part["name"] in names] == names
    page = (study / "report" / "index.html").read_text()
    places = [page.index(f">{html.escape(name)}</a>") for name in names]
    assert places == sorted(places)


def test_workspace_is_written(study):
    text = (study / "wandb" / "workspace.json").read_text()
    for word in (
        "Test accuracy by network",
        "Mean NCC with the masks of Friesen and Ekman by pretraining",
        "The global heatmaps",
        "Which networks look alike",
    ):
        assert word in text
    assert "ncc/friesen_ekman/gradcam" in text
    assert json.loads((study / "wandb" / "dashboard.json").read_text())["project"] == "fer_xai"


@pytest.mark.slow
def test_analysing_again_goes_on_in_the_same_run(study):
    assert run(["analyze", f"study_dir={study}", "logger=wandb"]) == 0
    assert len(list(study.glob("wandb/offline-run-*/run-mystudy-study.wandb"))) == 2


def test_sync_without_login_says_what_to_do(study, capsys, monkeypatch):
    monkeypatch.setattr("fer_xai.commands.sync._logged_in", lambda: False)
    assert run(["sync", str(study)]) == 2
    assert "run `wandb login`" in capsys.readouterr().err


def test_sync_uploads_each_run_once(study, capsys, monkeypatch):
    uploaded = []

    def upload(folder: Path) -> bool:
        uploaded.append(folder.name)
        if len(uploaded) == 2:
            return False
        (folder / f"{folder.name}.wandb.synced").touch()
        return True

    monkeypatch.setattr("fer_xai.commands.sync._logged_in", lambda: True)
    monkeypatch.setattr("fer_xai.commands.sync._check_answer", lambda address, patience: None)
    monkeypatch.setattr("fer_xai.commands.sync._upload", upload)
    monkeypatch.setattr("fer_xai.commands.sync._make_workspace", lambda paths: "https://wandb.example/workspace")
    there = len(list(study.glob("wandb/offline-run-*")))
    assert run(["sync", str(study)]) == 1
    told = capsys.readouterr()
    assert "not uploaded, and kept" in told.err
    assert [line for line in told.out.splitlines() if line.startswith("uploading")] == [
        f"uploading {number} of {there}: {name}" for number, name in enumerate(uploaded, 1)
    ]
    assert run(["sync", str(study)]) == 0
    out = capsys.readouterr().out
    assert f"1 runs uploaded, {there - 1} were before" in out
    assert "https://wandb.example/workspace" in out


def test_sync_wants_a_study_with_runs(tmp_path, capsys):
    assert run(["sync", str(tmp_path)]) == 2
    assert "no offline runs" in capsys.readouterr().err
