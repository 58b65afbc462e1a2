import errno
import importlib
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from fer_xai import __version__, commands
from fer_xai.cli import COMMANDS, run


def test_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"fer-xai {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_help_names_every_command(capsys, arguments):
    assert run(arguments) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("train", "analyze", "data export", "import-heatmaps", "masks"))


def test_every_module_of_commands_with_a_main_is_a_command():
    modules = {path for path in Path(commands.__file__).parent.glob("*.py") if "def main(" in path.read_text()}
    assert {f"fer_xai.commands.{path.stem}" for path in modules} == {module for module, _ in COMMANDS.values()}
    for name, (module, text) in COMMANDS.items():
        assert importlib.import_module(module).__doc__.startswith(f"`fer-xai {name}`: ")
        assert text
    assert list(COMMANDS)[:2] == ["train", "analyze"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "unknown command 'trian'; did you mean 'train'?"),
        (["data"], "'data' wants one of: "),
        (["train", "model=resnet1"], "model=resnet1: there is no such choice; did you mean"),
        (["train", "no_such_key=1"], "no_such_key"),
        (["train", "data.no_such_key=1"], "no_such_key"),
        (["train", "seed=abc"], "seed"),
        (["train", "fold"], "fold"),
        (["train", "-m", "--cfg", "job"], "Only one of --run, --multirun"),
        (["analyze"], "study_dir"),
        (["analyze", "study_dir=no/such/folder"], "no/such/folder"),
        (["analyze", f"study_dir={'a' * 300}"], "give a shorter one"),
        (["status", "a" * 300], "give a shorter one"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(capsys, monkeypatch, tmp_path, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.startswith("fer-xai: ")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_refused_run_removes_no_folder_that_was_there(monkeypatch, tmp_path):
    there = tmp_path / "mine"
    there.mkdir()
    monkeypatch.chdir(there)
    for folder in (there, there / "study"):
        assert run(["train", "data.no_such_key=1", f"hydra.run.dir={folder}"]) == 2
        assert there.is_dir()
        assert not (there / "study").exists()


@pytest.mark.parametrize("arguments", [["--version"], ["train", "--help"], ["analyze", "--help"], ["wrong"]])
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import sys; from fer_xai.cli import run\n"
        f"try: run({arguments!r})\nexcept SystemExit: pass\n"
        "print([m for m in ('torch', 'pandas', 'matplotlib', 'xarray') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_help_of_train_lists_groups(capsys):
    with pytest.raises(SystemExit) as stop:
        run(["train", "--help"])
    assert stop.value.code in (0, None)
    out = capsys.readouterr().out
    assert "model: " in out
    assert "songnet" in out


def test_a_full_disk_is_one_line():
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "fer_xai", "--help"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("fer-xai: there is no space left to write to; free some")
    assert done.stderr.count("\n") == 1


def test_who_stops_reading_is_told_nothing():
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as closed:
        command = [sys.executable, "-m", "fer_xai", "--help"]
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")


def test_what_the_system_refuses_is_one_line_that_names_it(capsys, tmp_path, monkeypatch):
    refused = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "study"))
    monkeypatch.setattr("fer_xai.commands.status.main", Mock(side_effect=refused))
    assert run(["status", "study"]) == 1
    assert capsys.readouterr().err == f"fer-xai: {tmp_path}/study: Permission denied\n"
