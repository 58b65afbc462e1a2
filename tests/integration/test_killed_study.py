"""A study that is killed again and again ends as one that was left alone."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.same_study import assert_same, strays

from fer_xai.cli import run

#: What is being written when a process is killed while writing.
WRITTEN = (
    "trained/*/.last.ckpt.*.part",
    "trained/*/.best.safetensors.*.part",
    "trained/*/.record.json.*.part",
    "trained/*/.curves.csv.*.part",
    "runs/*/.heatmaps.nc.*.part",
    "runs/*/.replicates.nc.*.part",
    "runs/*/.people.nc.*.part",
    "runs/*/.predictions.csv.*.part",
    "runs/*/.run.json.*.part",
    ".plan.json.*.part",
    ".analysis.*.part",
    "report/**/.*.part",
)


def command(study: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "fer_xai", "train", "-m", "study=smoke", f"hydra.sweep.dir={study}", *more]


def start(study: Path, *more: str) -> subprocess.Popen:
    out = subprocess.DEVNULL
    return subprocess.Popen(command(study, *more), stdout=out, stderr=out, start_new_session=True)


def wait_for(process: subprocess.Popen, study: Path, pattern: str) -> None:
    """Until a file of that name is there, or the process has ended."""
    while process.poll() is None and next(iter(study.glob(pattern)), None) is None:
        time.sleep(0.001)


def kill(process: subprocess.Popen, group: bool) -> None:
    if process.poll() is not None:
        return
    if group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def finished(study: Path) -> dict[Path, int]:
    """Records of finished runs and networks, with the networks themselves, and when they were written."""
    runs = [path for record in study.glob("runs/*/run.json") for path in record.parent.iterdir()]
    networks = [path for record in study.glob("trained/*/record.json") for path in record.parent.glob("best.*")]
    kept = [path for path in runs if path.suffix in {".nc", ".csv", ".json"} and path.name != "running.json"]
    return {path: path.stat().st_mtime_ns for path in kept + networks if not path.name.startswith(".")}


def torment(study: Path, kills: int, rng: random.Random, seconds: float, *more: str) -> int:
    """Start the command and kill it, until it has ended by itself or was killed so often; the number of kills."""
    done = 0
    while done < kills:
        before = finished(study)
        process = start(study, *more)
        if rng.random() < 0.6:
            wait_for(process, study, rng.choice(WRITTEN))
            time.sleep(rng.choice((0, 0.002, 0.01)))
        else:
            until = time.monotonic() + rng.uniform(0.1, seconds)
            while process.poll() is None and time.monotonic() < until:
                time.sleep(0.01)
        ended = process.poll()
        kill(process, group=rng.random() < 0.5)
        assert {path: path.stat().st_mtime_ns for path in before if path.exists()} == before
        if ended is not None:
            assert ended == 0
            return done
        done += 1
    return done


@pytest.fixture(scope="module")
def undisturbed(cache, tmp_path_factory):
    """A study that was left alone, and how long it took."""
    study = tmp_path_factory.mktemp("undisturbed") / "smoke"
    begun = time.monotonic()
    assert start(study).wait() == 0
    return study, time.monotonic() - begun


def is_like(study: Path, whole: Path) -> None:
    assert subprocess.run(command(study), stderr=subprocess.DEVNULL, check=False).returncode == 0
    assert strays(study) == []
    assert_same(whole, study)


@pytest.mark.slow
def test_twenty_kills_change_nothing(undisturbed, tmp_path):
    whole, seconds = undisturbed
    assert strays(whole) == []
    rng = random.Random(7)
    kills = studies = 0
    while kills < 20:
        study = tmp_path / f"study{studies}" / "smoke"
        kills += torment(study, min(20 - kills, 8), rng, seconds)
        is_like(study, whole)
        studies += 1


@pytest.mark.slow
def test_finished_study_answers_without_touching_anything(undisturbed):
    whole, _ = undisturbed
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*") if path.is_file() and path.name != "plan.json"}
    assert subprocess.run(command(whole), stderr=subprocess.DEVNULL, check=False).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.slow
def test_interrupted_training_ends_the_sweep_and_is_told_of(cache, tmp_path, capsys):
    study = tmp_path / "smoke"
    process = subprocess.Popen(
        command(study, "recipe.max_epochs=100000", "recipe.patience=null"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # As at a terminal, wherever the tests run.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    wait_for(process, study, "trained/*/last.ckpt")
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=120)
    assert process.returncode == 130
    assert error.splitlines()[-1] == "fer-xai: interrupted; the same command goes on from what is finished"
    begun = len(list((study / "runs").iterdir()))
    assert begun < 4
    assert run(["status", str(study)]) == 0
    assert f"4 runs: {4 - begun} planned, {begun} interrupted" in capsys.readouterr().out
