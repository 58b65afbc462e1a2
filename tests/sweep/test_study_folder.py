"""One folder for all runs of a study."""

import re

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig

from fer_xai.cli import run
from fer_xai.config.schema import register
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.sweep.jobs import make_jobs
from fer_xai.sweep.study_folder import check_study_dir, fix_study_dir

SWEEP = ["train", "-m", "model=songnet,weinet", "fold=0,1"]


def refused(capsys, *arguments: str) -> str:
    assert run(list(arguments)) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.count("\n") == 1
    return error


@pytest.mark.parametrize(
    "folder",
    [
        "multirun/${model.name}",
        "multirun/fold${fold}",
        "multirun/${hydra.job.num}",
        "multirun/${hydra:job.num}",
        "multirun/${hydra.job.override_dirname}",
        "${hydra.runtime.choices.model}",
    ],
)
def test_folder_that_depends_on_the_run(monkeypatch, tmp_path, capsys, folder):
    monkeypatch.chdir(tmp_path)
    for more in ([], ["dry_run=true"]):
        error = refused(capsys, *SWEEP, f"hydra.sweep.dir={folder}", *more)
        assert error.startswith(f"fer-xai: hydra.sweep.dir={folder}: the runs of a study share one folder")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("hydra.sweep.subdir=${hydra.job.num}", "leave this key out"),
        ("hydra.sweep.subdir=${model.name}", "leave this key out"),
        ("hydra.sweep.subdir=here", "leave this key out"),
        ("study_dir=multirun/${model.name}", "set hydra.sweep.dir="),
        ("study_dir=multirun/mine", "set hydra.sweep.dir=multirun/mine instead"),
        ("hydra.sweep.dir=", "hydra.sweep.dir=: give a folder"),
        ("hydra.sweep.dir=' '", "hydra.sweep.dir= : give a folder"),
        ("hydra.sweep.dir=file", "file is a file"),
        ("hydra.sweep.dir=file/study", "file is a file"),
        (f"hydra.sweep.dir={conf_dir() / 'study'}", "the program's own folder"),
        ("hydra.sweep.dir=study/runs/mine", "lies within the study"),
    ],
)
def test_other_folders_that_are_no_studys(monkeypatch, tmp_path, capsys, setting, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "plan.json").write_text("{}")
    error = refused(capsys, *SWEEP, setting)
    assert words in error
    assert setting.split("=")[0] in error
    assert {path.name for path in tmp_path.rglob("*")} == {"file", "study", "plan.json"}


@pytest.mark.parametrize("setting", ["study_dir=mine", "hydra.run.dir=file/s", "hydra.run.dir=study/trained"])
def test_folder_of_a_single_run(monkeypatch, tmp_path, capsys, setting):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "plan.json").write_text("{}")
    assert "hydra.run.dir=" in refused(capsys, "train", setting)
    assert {path.name for path in tmp_path.rglob("*")} == {"file", "study", "plan.json"}


def test_other_sweepers_know_no_runs_to_compare(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    error = refused(capsys, *SWEEP, "hydra/sweeper=basic", "hydra.sweep.dir=multirun/${seed}")
    assert "the runs of a study share one folder" in error


def fixed(folder: str) -> tuple[bool, str, list[str]]:
    """Whether it holds the time, the folder, and the folders of two runs, composed later."""
    register()

    def composing(overrides):
        return compose("train", [*config.hydra.overrides.hydra, *overrides], return_hydra_config=True)

    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        config = compose("train", [f"hydra.sweep.dir={folder}"], return_hydra_config=True)
        HydraConfig.instance().set_config(config)
        jobs = make_jobs([["fold=0"], ["fold=1"]], "base")
        check_study_dir(config, sweep=True)
        by_time = fix_study_dir(config, jobs, composing)
        return by_time, config.hydra.sweep.dir, [composing(job.overrides).hydra.sweep.dir for job in jobs]


def test_folder_named_by_the_time_is_one_for_all_runs():
    by_time, folder, others = fixed("multirun/${now:%Y-%m-%d}/${now:%H-%M-%S-%f}")
    assert by_time
    assert re.fullmatch(r"multirun/\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d-\d{6}", folder)
    assert others == [folder, folder]


def test_folder_named_by_what_all_runs_share():
    assert fixed("multirun/${data.name}-${model.name}") == (
        False,
        "multirun/synthetic-weinet",
        ["multirun/synthetic-weinet"] * 2,
    )
    assert fixed("multirun/${data.sources.synthetic.subjects}")[1] == "multirun/50"
    assert fixed("multirun/plain") == (False, "multirun/plain", ["multirun/plain"] * 2)
