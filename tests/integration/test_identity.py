"""Weights from recognising people start runs on expressions, and are never tested on people whom they know."""

import json
import shutil

import pytest
from safetensors.torch import load_file

from fer_xai.cli import run
from fer_xai.models.trained_on import read_trained_on

SETTINGS = ["model=songnet", "split.validation=0.34", "recipe.max_epochs=1"]
FILE = "pretrained={root}/weights/${{model.name}}/fold0-seed0/identity.safetensors"


@pytest.fixture
def made(tiny_run, tmp_path):
    """A study with weights that know the people outside fold 0."""
    settings = [*tiny_run, *SETTINGS, f"hydra.run.dir={tmp_path}"]
    assert run(["train", "task=identity", *settings]) == 0
    return tmp_path, settings, FILE.format(root=tmp_path)


def test_weights_start_a_run_and_are_not_made_twice(made, capsys):
    root, settings, pretrained = made
    path = root / "weights" / "songnet" / "fold0-seed0" / "identity.safetensors"
    seen, before = read_trained_on(path), load_file(path)
    assert (len(seen.people), len(seen.contents)) == (3, 18)
    assert before["head.3.weight"].shape[0] == 3
    checkpoint = next(root.glob("trained/*/best.safetensors")).stat().st_mtime_ns
    assert run(["train", "task=identity", *settings]) == 0
    assert next(root.glob("trained/*/best.safetensors")).stat().st_mtime_ns == checkpoint
    assert str(path) in capsys.readouterr().err.replace("\n", "")
    assert all((before[name] == tensor).all() for name, tensor in load_file(path).items())

    assert run(["train", *settings, pretrained]) == 0
    record = json.loads(next(root.glob("runs/songnet-identity-fold0-*/run.json")).read_text())
    assert record["pretrained"] == "identity"
    assert record["weights"]["trained_on_people"] == 3
    assert any("head.3.weight: left out" in note for note in record["weights"]["notes"])
    log = next(root.glob("runs/songnet-identity-fold0-*/log.txt")).read_text()
    assert "identity.safetensors, sha256" in log
    assert "18 images and 3 people that are not tested here" in log


def test_testing_on_people_whom_the_weights_know_is_refused(made, capsys):
    _, settings, pretrained = made
    assert run(["train", *settings, pretrained, "fold=1"]) == 2
    assert "18 images and 3 people of test fold 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("setting", "told"),
    [("task.min_images=1", "2 or more"), ("task.validation=0", "above 0"), ("task.min_images=7", "two are needed")],
)
def test_people_that_cannot_be_learnt_are_one_line(tiny_run, tmp_path, capsys, setting, told):
    assert run(["train", "task=identity", *tiny_run, *SETTINGS, setting, f"hydra.run.dir={tmp_path}"]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.slow
def test_a_sweep_over_networks_makes_weights_of_each(tiny_run, tmp_path):
    arguments = [*tiny_run, *SETTINGS[1:], "model=songnet,silnet", f"hydra.sweep.dir={tmp_path}"]
    assert run(["train", "-m", "task=identity", *arguments]) == 0
    names = sorted(path.parents[1].name for path in tmp_path.glob("weights/*/*/identity.safetensors"))
    assert names == ["silnet", "songnet"]


@pytest.mark.slow
def test_a_success_takes_the_failure_before_away(tiny_run, tiny_faces, tmp_path):
    own = [text for text in tiny_run if not text.startswith("data.")]
    table = ["data=table", f"data.csv={tmp_path}/faces/labels.csv", f"hydra.sweep.dir={tmp_path}/s"]
    arguments = ["train", "-m", "task=identity", *own, *SETTINGS, *table]
    assert run(arguments) == 2
    shutil.copytree(tiny_faces, tmp_path / "faces")
    assert run(arguments) == 0
    assert [json.loads(path.read_text())["status"] for path in tmp_path.glob("s/runs/*/run.json")] == ["weights"]


def test_a_failure_is_recorded_in_the_runs_own_folder_and_log(tiny_run, tmp_path, monkeypatch):
    def fails(run):
        raise RuntimeError("out of memory")

    monkeypatch.setattr("fer_xai.run.learn_people.fit_alone", fails)
    sweep = ["-m", "task=identity", *tiny_run, *SETTINGS, "trainer.enable_progress_bar=false"]
    assert run(["train", *sweep, f"hydra.sweep.dir={tmp_path}"]) == 1
    (folder,) = tmp_path.glob("runs/songnet-none-identity-fold0-*")
    record = json.loads((folder / "run.json").read_text())
    assert (record["status"], record["reason"]) == ("failed", "RuntimeError: out of memory")
    log = (folder / "log.txt").read_text()
    assert "learning 3 people from" in log
    assert "Traceback" in log
