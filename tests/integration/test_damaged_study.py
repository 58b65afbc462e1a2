"""What was deleted, edited, damaged or could not be written is told of in one line and made again; nothing else is."""

import errno
import io
import json
import os
import shutil
from pathlib import Path

import pytest
from helpers.same_study import assert_same, strays

from fer_xai.cli import run
from fer_xai.results.run import read_run
from fer_xai.run.trained_network import _save, _write


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Folder of the study that the first test here makes."""
    return tmp_path_factory.mktemp("once") / "study"


@pytest.fixture
def study(tiny_run, once, tmp_path):
    """A copy of a finished study of one run, and the command that made it."""
    told = ["train", *tiny_run, "model=songnet", "logger=none"]
    if not once.exists():
        assert run([*told, f"hydra.run.dir={once}"]) == 0
    copy = tmp_path / "study"
    shutil.copytree(once, copy)
    return copy, [*told, f"hydra.run.dir={copy}"]


def only(study: Path, pattern: str) -> Path:
    (found,) = study.glob(pattern)
    return found


def times(study: Path, pattern: str) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in study.glob(pattern)}


def fill(path: Path) -> None:
    """As long as before and as old, but of nothing: what a disk leaves that failed."""
    status = path.stat()
    path.write_bytes(bytes(status.st_size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def edit(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("anger", "fear", 1), encoding="utf-8")


def better(path: Path) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    record["accuracy"]["value"] = 0.99
    path.write_text(json.dumps(record), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "damage", "told"),
    [
        ("predictions.csv", edit, "predictions.csv missing or changed"),
        pytest.param("heatmaps.nc", fill, "heatmaps.nc missing or changed", marks=pytest.mark.slow),
        pytest.param("replicates.nc", Path.unlink, "replicates.nc missing or changed", marks=pytest.mark.slow),
        ("run.json", better, "run.json missing or changed"),
        ("run.json", lambda path: path.write_text('{"name": '), "cannot read "),
        pytest.param("run.json", lambda p: p.write_text("[]"), "is no record of a run", marks=pytest.mark.slow),
    ],
)
def test_changed_file_is_named_and_the_run_done_again(study, once, capsys, name, damage, told):
    folder, command = study
    damage(only(folder, f"runs/*/{name}"))
    networks = times(folder, "trained/*/*")
    capsys.readouterr()
    assert run(command) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "the run is done again" in line]
    assert len(lines) == 1
    assert told in lines[0]
    assert times(folder, "trained/*/*") == networks
    assert_same(once, folder)
    assert strays(folder) == []


def test_record_of_a_newer_version_is_left_as_it_is(study, capsys):
    folder, command = study
    record = only(folder, "runs/*/run.json")
    record.write_text(json.dumps(json.loads(record.read_text(encoding="utf-8")) | {"schema": 99}), encoding="utf-8")
    before = times(folder, "runs/*/*")
    capsys.readouterr()
    assert run(command) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("fer-xai:")]
    assert "install a newer fer_xai" in line
    assert times(folder, "runs/*/*") == before


def test_renamed_and_copied_folders_are_nobodys_result(study, capsys):
    folder, command = study
    own = only(folder, "runs/*")
    own.rename(own.with_name("mine"))
    shutil.copytree(own.with_name("mine"), own)
    (own / "run.json").write_bytes((own / "run.json").read_bytes().replace(own.name.encode(), b"other"))
    capsys.readouterr()
    assert run(command) == 0
    assert "it is that of run other: the run is done again" in capsys.readouterr().err
    assert run(["status", str(folder)]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "2 runs: 1 damaged, 1 complete" in words
    assert read_run(own).complete


def test_deleted_run_is_done_again_from_its_network(study, once):
    folder, command = study
    shutil.rmtree(folder / "runs")
    networks = times(folder, "trained/*/*")
    assert run(command) == 0
    assert times(folder, "trained/*/*") == networks
    assert_same(once, folder)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("best.safetensors", fill),
        pytest.param("best.safetensors", cut, marks=pytest.mark.slow),
        pytest.param("best.safetensors", Path.unlink, marks=pytest.mark.slow),
        pytest.param("record.json", cut, marks=pytest.mark.slow),
    ],
)
def test_damaged_network_is_told_of_and_trained_again(study, once, capsys, name, damage):
    folder, command = study
    shutil.rmtree(folder / "runs")
    damage(only(folder, f"trained/*/{name}"))
    capsys.readouterr()
    assert run(command) == 0
    assert capsys.readouterr().err.count("it is trained again") == 1
    assert_same(once, folder)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("last.ckpt", cut),
        pytest.param("last.ckpt", fill, marks=pytest.mark.slow),
        pytest.param("best.safetensors", cut, marks=pytest.mark.slow),
        pytest.param("best.safetensors", Path.unlink, marks=pytest.mark.slow),
    ],
)
def test_training_does_not_go_on_from_a_damaged_checkpoint(study, once, capsys, name, damage):
    folder, command = study
    shutil.rmtree(folder / "runs")
    only(folder, "trained/*/record.json").unlink()
    damage(only(folder, f"trained/*/{name}"))
    capsys.readouterr()
    assert run(command) == 0
    assert capsys.readouterr().err.count("training starts anew") == 1
    assert_same(once, folder)


@pytest.mark.parametrize("year", [pytest.param(1971, marks=pytest.mark.slow), 2100])
def test_clock_that_was_set_makes_nothing_again(study, year):
    folder, command = study
    seconds = (year - 1970) * 365 * 24 * 3600
    for path in folder.rglob("*"):
        os.utime(path, (seconds, seconds))
    before = times(folder, "runs/*/*.*") | times(folder, "trained/*/*")
    assert run(command) == 0
    assert times(folder, "runs/*/*.*") | times(folder, "trained/*/*") == before


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("where", ["fer_xai.files.os.fsync", "fer_xai.run.trained_network._write"])
@pytest.mark.slow
def test_full_disk_is_told_of_and_leaves_nothing_half_written(study, once, capsys, monkeypatch, where):
    folder, command = study
    shutil.rmtree(folder)
    capsys.readouterr()
    with monkeypatch.context() as patch:
        patch.setattr(where, full)
        assert run(command) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("fer-xai:")]
    assert len(lines) == 1
    assert "the disk is full" in lines[0]
    assert strays(folder) == []
    assert run(command) == 0
    assert_same(once, folder)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_checkpoint_that_does_not_fit_is_an_error_of_the_disk():
    import torch

    with pytest.raises(OSError, match="No space") as caught:
        _write({"weights": torch.zeros(100_000)}, Path("/dev/full"))
    assert caught.value.errno == errno.ENOSPC


class Disk(io.RawIOBase):
    """Takes so many bytes and no more."""

    def __init__(self, size: int) -> None:
        self.left = size

    def writable(self) -> bool:
        return True

    def write(self, content) -> int:
        self.left -= len(content)
        return len(content) if self.left >= 0 else full()


@pytest.mark.parametrize("size", [0, 100, 5_000, 399_000])
def test_disk_that_fills_while_a_checkpoint_is_written_is_an_error_of_the_disk(size):
    import torch

    with pytest.raises(OSError, match="No space") as caught:
        _save({"weights": torch.zeros(100_000)}, Disk(size))
    assert caught.value.errno == errno.ENOSPC


def test_read_only_folder_is_one_line_before_any_work(study, capsys, monkeypatch):
    folder, command = study
    shutil.rmtree(folder / "runs")

    def read_only(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("fer_xai.data.cache.tempfile.TemporaryFile", read_only)
    capsys.readouterr()
    assert run(command) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("fer-xai:")]
    assert "cannot write into the study's folder" in line
    assert not (folder / "runs").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_without_permission_is_one_line(study, capsys):
    folder, command = study
    shutil.rmtree(folder / "runs")
    folder.chmod(0o555)
    assert run(command) == 2
    assert "cannot write into the study's folder" in capsys.readouterr().err


@pytest.mark.slow
def test_a_sweep_takes_up_only_what_was_damaged(tiny_run, tmp_path, capsys):
    folder = tmp_path / "study"
    told = [*tiny_run, "model=songnet", "fold=0,1", "logger=none", "analyse=false", f"hydra.sweep.dir={folder}"]
    assert run(["train", "-m", *told]) == 0
    left, right = sorted((folder / "runs").iterdir())
    fill(left / "heatmaps.nc")
    before = times(right, "*") | times(folder, "trained/*/*")
    capsys.readouterr()
    assert run(["train", "-m", *told]) == 0
    said = capsys.readouterr().err
    assert "2 runs: 1 done before, 1 to do" in said
    assert said.count("the run is done again") == 1
    assert times(right, "*") | times(folder, "trained/*/*") == before
    assert read_run(left).complete
