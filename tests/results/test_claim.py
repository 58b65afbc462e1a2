"""Claims: one holder at a time, in whatever process, and none after its death."""

import os
import signal
import subprocess
import sys
import time

import pytest

from fer_xai.results.claim import claimed, holder, last_holder, preparers, preparing, release_finished
from fer_xai.results.paths import StudyPaths

HOLD = """
import sys, time
from pathlib import Path
import pytest

from fer_xai.results.claim import claimed
with claimed(Path(sys.argv[1]), device="1 x CPU", jobs=("abc",)):
    print("held", flush=True)
    time.sleep(600)
"""


def hold(folder):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_claim_is_exclusive_told_of_and_dies_with_its_holder(tmp_path):
    folder = tmp_path / "run"
    process = hold(folder)
    try:
        worker = holder(folder)
        assert worker is not None
        assert (worker.pid, worker.device, list(worker.jobs)) == (process.pid, "1 x CPU", ["abc"])
        with claimed(folder, wait=False) as ours:
            assert not ours
        (folder / ".heatmaps.nc.x.part").touch()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert holder(folder) is None
    assert last_holder(folder) is not None
    with claimed(folder, wait=False) as ours:
        assert ours
        assert not list(folder.glob(".*.part"))
        assert holder(folder).pid == os.getpid()
    assert list(folder.iterdir()) == []
    assert last_holder(folder) is None


COUNT = """
import sys
from pathlib import Path
import pytest

from fer_xai.results.claim import claimed
folder = Path(sys.argv[1])
for _ in range(40):
    with claimed(folder):
        counter = folder / "counter"
        counter.write_text(str(int(counter.read_text() or 0) + 1) if counter.exists() else "1")
"""


def test_waiting_processes_take_turns_although_the_lock_file_comes_and_goes(tmp_path):
    processes = [subprocess.Popen([sys.executable, "-c", COUNT, str(tmp_path)]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert (tmp_path / "counter").read_text() == "120"


def test_claim_is_freed_after_an_error(tmp_path):
    def fail() -> None:
        with claimed(tmp_path):
            raise KeyError("x")

    try:
        fail()
    except KeyError:
        time.sleep(0)
    with claimed(tmp_path, wait=False) as ours:
        assert ours


def test_an_interruption_leaves_word_and_no_claim(tmp_path):
    with pytest.raises(KeyboardInterrupt), claimed(tmp_path, jobs=("abc",)):
        raise KeyboardInterrupt
    assert holder(tmp_path) is None
    assert list(last_holder(tmp_path).jobs) == ["abc"]
    with pytest.raises(RuntimeError), claimed(tmp_path):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_who_prepares_data_is_told_of_until_it_ends_or_dies(tmp_path):
    study = StudyPaths(tmp_path)
    with preparing(study):
        assert [worker.pid for worker in preparers(study)] == [os.getpid()]
        release_finished(study)
        assert len(preparers(study)) == 1
    assert list(tmp_path.iterdir()) == []
    process = hold(tmp_path / "preparing-there-1")
    process.kill()
    process.wait()
    assert preparers(study) == []
    release_finished(study)
    assert list(tmp_path.iterdir()) == []
