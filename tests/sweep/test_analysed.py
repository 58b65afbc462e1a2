"""Whether a finished study has to be analysed again."""

import json

import pytest
from omegaconf import OmegaConf

from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import RunState
from fer_xai.results.run import RunRecord, write_run
from fer_xai.sweep import callback
from fer_xai.sweep.analysed import is_analysed, mark_analysed

RUNS = [RunState("complete", "a")]


@pytest.fixture
def study(tmp_path):
    """A study with a table, a page and a figure."""
    study = StudyPaths(tmp_path)
    for path in (study.analysis / "iou.csv", study.report / "index.html", study.report / "figures" / "scores.svg"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
    mark_analysed(study, RUNS, {}, None)
    return study


@pytest.mark.parametrize("name", ["analysis/iou.csv", "report/index.html", "report/figures/scores.svg"])
def test_every_file_that_was_written_has_to_be_there(study, name):
    (study.root / "report" / "notes.txt").write_text("mine")
    assert is_analysed(study, RUNS, {})
    (study.root / name).write_text("")
    assert not is_analysed(study, RUNS, {})
    (study.root / name).unlink()
    assert not is_analysed(study, RUNS, {})


@pytest.mark.parametrize("content", ["{", "[]", '{"runs": 1}', '{"runs": 1, "files": []}'])
def test_note_that_cannot_be_read_says_nothing(study, content):
    study.analysed.write_text(content)
    assert not is_analysed(study, RUNS, {})


def test_other_runs_or_settings_are_analysed(study):
    assert not is_analysed(study, [RunState("complete", "b")], {})
    assert not is_analysed(study, RUNS, {"floor": 0.5})


def test_finished_study_is_logged_once_for_each_place(study, monkeypatch, capsys):
    write_run(study.run("a"), RunRecord("a", "complete", "net"))
    monkeypatch.setattr(
        "fer_xai.sweep.analyze.analyze", lambda *arguments, **settings: analysed.append(settings["wandb"])
    )
    monkeypatch.setattr("fer_xai.report.wandb_study.log_study", lambda study, wandb: logged.append(wandb) or "logged")
    analysed, logged = [], []
    settings = {
        "reference": {"name": "masks"},
        "metrics": {"iou": {"_target_": "fer_xai.metrics.iou.IoU"}},
        "floor": "chance",
        "primary": "iou",
        "groups": None,
        "margin": 0.05,
        "logger": {},
    }
    callback._finish(study.root, OmegaConf.create(settings))
    assert (len(analysed), len(logged)) == (1, 0)
    here, there = (OmegaConf.create({"project": name, "offline": True}) for name in ("here", "there"))
    for wandb in (here, here, None, there):
        callback._finish(study.root, OmegaConf.create({**settings, "logger": {"wandb": wandb} if wandb else {}}))
    assert (len(analysed), logged) == (1, [here, there])
    assert capsys.readouterr().err.count("nothing new to analyse") == 4
    assert json.loads(study.analysed.read_text())["wandb"] == ["there", None, True]
