"""GPUs are shared out among processes; which ones there are is made up."""

import os
import subprocess
import sys

import pytest
from filelock import FileLock

from fer_xai.sweep import gpus


@pytest.fixture(autouse=True)
def four_gpus(monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 4)
    # Set first, so that it is put back afterwards whatever the test does.
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(gpus, "_TAKEN", [])
    yield
    for lock in gpus._TAKEN:
        lock.release()


def test_each_takes_what_the_others_left(tmp_path):
    others = FileLock(tmp_path / "0.lock")
    with others:
        assert gpus.take_gpus(2, tmp_path) == ["1", "2"]
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "1,2"
    assert gpus.take_gpus(2, tmp_path) == ["1", "2"]


def test_too_few_are_free(tmp_path):
    with FileLock(tmp_path / "0.lock"), FileLock(tmp_path / "3.lock"):
        assert gpus.take_gpus(3, tmp_path) == []
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""
    assert gpus.take_gpus(4, tmp_path) == ["0", "1", "2", "3"]


def test_only_visible_ones_are_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,3")
    assert gpus.take_gpus(1, tmp_path) == ["2"]


def test_the_dead_hold_nothing(tmp_path):
    code = f"from filelock import FileLock; import os; FileLock({str(tmp_path / '0.lock')!r}).acquire(); os._exit(1)"
    subprocess.run([sys.executable, "-c", code], check=False)
    assert gpus.take_gpus(1, tmp_path) == ["0"]
