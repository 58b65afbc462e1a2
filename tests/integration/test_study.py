"""A sweep: every combination recorded, Hydra's own files gone, the study analysed."""

import json
import os

import pytest

from fer_xai.cli import run
from fer_xai.errors import UserError
from fer_xai.results.claim import preparers
from fer_xai.results.paths import StudyPaths
from fer_xai.results.study import read_study


@pytest.fixture
def no_hub(monkeypatch):
    """A machine without network and without cached weights."""

    def refuse(*args, **kwargs):
        raise ConnectionError("no network")

    monkeypatch.setattr("fer_xai.models.pretrained_weights.HfApi.model_info", refuse)
    monkeypatch.setattr("fer_xai.models.pretrained_weights.try_to_load_from_cache", lambda *a, **k: None)


@pytest.mark.slow
def test_sweep_records_what_cannot_be_done_and_goes_on(tiny_run, tmp_path, no_hub):
    sweep = ["model=songnet,mobilenetv3", "pretrained=false,true", f"hydra.sweep.dir={tmp_path}", "model.input_size=64"]
    assert run(["train", "-m", *tiny_run, *sweep]) == 0
    study = read_study(tmp_path)
    found = {(r.record.network, r.record.pretrained): r.record.status for r in study.runs}
    assert found == {
        ("songnet", "none"): "complete",
        ("songnet", "imagenet"): "not applicable",
        ("mobilenetv3", "none"): "complete",
        ("mobilenetv3", "imagenet"): "unavailable",
    }
    reasons = [r.record.reason for r in study.runs if r.record.status == "unavailable"]
    assert all("pretrained=FILE" in reason for reason in reasons)
    assert {path.name for path in tmp_path.iterdir()} == {"analysis", "plan.json", "report", "runs", "trained"}
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert {entry["name"] for entry in plan["runs"]} == {r.record.name for r in study.runs}
    page = (tmp_path / "report" / "index.html").read_text()
    assert "not applicable" in page
    assert "unavailable" in page
    assert (tmp_path / "analysis" / "iou.md").exists()
    assert run(["train", "-m", *tiny_run, *sweep, "strict=true", "analyse=false"]) == 1


def test_a_failing_run_does_not_end_the_sweep(tiny_run, tmp_path, capsys):
    sweep = ["pretrained=gone.safetensors,false", "analyse=false", f"hydra.sweep.dir={tmp_path}"]
    assert run(["train", "-m", *tiny_run, *sweep]) == 1
    study = read_study(tmp_path)
    assert study.statuses == {"failed": 1, "complete": 1}
    (failed,) = [r for r in study.runs if r.record.status == "failed"]
    assert "gone.safetensors" in failed.record.reason
    assert "Traceback" in failed.paths.log.read_text()
    assert "Traceback" not in capsys.readouterr().err


def test_study_says_while_data_are_prepared(tiny_run, tmp_path, monkeypatch):
    told = []

    def look(cfg):
        told.extend(worker.pid for worker in preparers(StudyPaths(tmp_path)))
        raise UserError("enough")

    monkeypatch.setattr("fer_xai.run.train.faces_of", look)
    assert run(["train", *tiny_run, f"hydra.run.dir={tmp_path}"]) == 2
    assert told == [os.getpid()]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_runs_that_fail_before_they_know_their_data_have_a_record_each(tiny_run, tmp_path):
    sweep = ["trainer.devices=many,few,1", "analyse=false", f"hydra.sweep.dir={tmp_path}"]
    assert run(["train", "-m", *tiny_run, "model=songnet", *sweep]) == 1
    study = read_study(tmp_path)
    assert study.statuses == {"failed": 2, "complete": 1}
    reasons = sorted(r.record.reason.split(":")[0] for r in study.runs if r.record.status == "failed")
    assert reasons == ["trainer.devices=few", "trainer.devices=many"]


@pytest.mark.slow
def test_runs_that_a_later_command_replaces_are_kept_but_in_no_table(tiny_run, tmp_path):
    """Runs of another data set in the same folder: made beside the old ones, which the analysis sets aside."""
    arguments = ["train", "-m", *tiny_run, "fold=0", f"hydra.sweep.dir={tmp_path}"]
    assert run([*arguments, "analyse=false"]) == 0
    assert run([*arguments, "data.seed=3"]) == 0
    assert len(list(tmp_path.glob("runs/*/run.json"))) == 2
    study = read_study(tmp_path)
    assert (len(study.complete), len(study.set_aside)) == (1, 1)


@pytest.mark.slow
def test_an_analysis_that_fails_is_told_after_the_sweep(tiny_run, tmp_path, capsys, monkeypatch):
    def fail(*arguments, **settings):
        raise UserError("the tables cannot be written")

    monkeypatch.setattr("fer_xai.sweep.analyze.analyze", fail)
    assert run(["train", "-m", *tiny_run, "fold=0", f"hydra.sweep.dir={tmp_path}"]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1] == "fer-xai: the tables cannot be written"
    assert len(list(tmp_path.glob("runs/*/run.json"))) == 1
