"""Who works for a process ends with it, also when that is killed."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from fer_xai.parallel import call_side_by_side

PARENT = """
import os, subprocess, sys, time
child = "import sys, time, pathlib; from fer_xai.parallel import end_with;" + \
    "end_with(int(sys.argv[1]), pathlib.Path(sys.argv[2])); print('ready', flush=True); time.sleep(300)"
worker = subprocess.Popen([sys.executable, "-c", child, str(os.getpid()), sys.argv[1]], stdout=subprocess.PIPE)
worker.stdout.readline()
print(worker.pid, flush=True)
time.sleep(300)
"""


def test_no_worker_outlives_a_parent_that_is_killed(tmp_path):
    left = tmp_path / "left"
    left.mkdir()
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(left)], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    os.kill(worker, 0)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    for _ in range(600):
        if not is_alive(worker):
            break
        time.sleep(0.1)
    assert not is_alive(worker)
    assert not left.exists()


def test_calls_side_by_side_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)
    calls = [partial(pow, base, 2) for base in (3, 1, 2)]
    assert call_side_by_side(calls, 2) == [9, 1, 4]
    assert os.getpid() not in call_side_by_side([os.getpid, os.getpid], 2)
    assert call_side_by_side([os.getpid, os.getpid], 1) == [os.getpid()] * 2


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended keeps its number until somebody asks for its status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
