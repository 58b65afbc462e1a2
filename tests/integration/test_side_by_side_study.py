"""Runs side by side: no worker outlives the command."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fer_xai.results.claim import holder

SMOKE = [sys.executable, "-m", "fer_xai", "train", "-m", "study=smoke", "analyse=false", "hydra.launcher.n_jobs=2"]
ENDLESS = ["recipe.max_epochs=100000", "recipe.patience=null"]


def start(study: Path, *more: str) -> subprocess.Popen:
    return subprocess.Popen([*SMOKE, f"hydra.sweep.dir={study}", *more], stderr=subprocess.PIPE, text=True)


def workers(process: subprocess.Popen, study: Path, number: int) -> set[int]:
    """The processes that do runs, when there are so many."""
    while process.poll() is None:
        held = [holder(folder) for folder in study.glob("runs/*")]
        found = {worker.pid for worker in held if worker is not None}
        if len(found) >= number and len(list(study.glob("trained/*/last.ckpt"))) >= number:
            return found
        time.sleep(0.1)
    raise AssertionError(process.communicate()[1])


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pids: set[int]) -> None:
    for _ in range(600):
        if not any(map(is_alive, pids)):
            return
        time.sleep(0.1)
    raise AssertionError(f"still there: {[pid for pid in pids if is_alive(pid)]}")


@pytest.mark.slow
def test_killed_command_leaves_no_worker_and_its_runs_are_told_of(cache, tmp_path):
    process = start(tmp_path / "smoke", *ENDLESS)
    pids = workers(process, tmp_path / "smoke", 2)
    assert process.pid not in pids
    process.kill()
    process.wait()
    wait_until_gone(pids)
    program = [sys.executable, "-m", "fer_xai", "status", str(tmp_path / "smoke"), "--json"]
    told = json.loads(subprocess.run(program, capture_output=True, text=True, check=True).stdout)
    assert told["counts"] == {"interrupted": 2, "planned": 2}
