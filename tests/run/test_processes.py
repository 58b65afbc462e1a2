"""Runs at once on one machine, and processes of one run, share the threads."""

import os

import joblib
import pytest
import torch

from fer_xai.run.processes import _environment

LIMITS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def threads_here() -> tuple[str, int]:
    return os.environ["OMP_NUM_THREADS"], torch.get_num_threads()


@pytest.mark.slow
def test_runs_at_once_have_their_share_of_the_cores(monkeypatch):
    """As Hydra's launcher starts them."""
    for name in LIMITS:
        monkeypatch.delenv(name, raising=False)
    share = max(1, joblib.cpu_count() // 2)
    found = joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(threads_here)() for _ in range(2))
    assert found == [(str(share), share)] * 2


@pytest.mark.parametrize(("devices", "share"), [(1, "8"), (2, "4"), (3, "2"), (16, "1")])
def test_processes_of_a_run_have_their_share_of_its_threads(monkeypatch, devices, share):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("torch.get_num_threads", lambda: 8)
    assert _environment("folder", devices)["OMP_NUM_THREADS"] == share


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("LOCAL_RANK", "1")
    environment = _environment("folder", 2)
    assert environment["OMP_NUM_THREADS"] == "3"
    assert "LOCAL_RANK" not in environment
