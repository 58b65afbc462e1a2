"""The same command gives the same figures; a finished run is not repeated; a killed one goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from fer_xai.cli import run
from fer_xai.results.run import read_run
from fer_xai.results.study import read_study


def figures(study: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    (done,) = read_study(study).complete
    return pd.read_csv(done.paths.predictions), pd.read_csv(done.paths.metrics)


def same(left: Path, right: Path) -> None:
    for one, other in zip(figures(left), figures(right), strict=True):
        pd.testing.assert_frame_equal(one, other, rtol=0, atol=0)


def test_same_command_twice_gives_the_same_figures(tiny_run, tmp_path):
    for name in ("one", "two"):
        arguments = ["model=songnet", "recipe.max_epochs=2", f"hydra.run.dir={tmp_path / name}"]
        assert run(["train", *tiny_run, *arguments]) == 0
    same(tmp_path / "one", tmp_path / "two")


@pytest.mark.slow
def test_finished_run_is_not_repeated_and_a_new_selection_reuses_the_network(tiny_run, tmp_path):
    command = ["train", *tiny_run, f"hydra.run.dir={tmp_path}"]
    assert run(command) == 0
    (first,) = read_study(tmp_path).complete
    before = {path: path.stat().st_mtime_ns for path in [first.paths.record, *tmp_path.rglob("trained/*/*.*")]}
    assert run(command) == 0
    assert run([*command, "callbacks.explain.images_per_expression=2"]) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    records = [read_run(folder) for folder in (tmp_path / "runs").iterdir()]
    assert len(records) == 2
    assert len({record.training_fingerprint for record in records}) == 1
    assert len({record.run_fingerprint for record in records}) == 2


@pytest.mark.slow
def test_seed_and_data_change_the_fingerprint_but_folders_and_loggers_do_not(tiny_run, tmp_path):
    def fingerprint(name: str, *more: str) -> str:
        assert run(["train", *tiny_run, *more, f"hydra.run.dir={tmp_path / name}"]) == 0
        (done,) = read_study(tmp_path / name).complete
        return done.record.run_fingerprint

    base = fingerprint("base")
    assert fingerprint("logger", "logger=none") == base
    assert fingerprint("seed", "seed=1") != base
    assert fingerprint("data", "data.seed=1") != base


@pytest.mark.slow
def test_killed_training_goes_on_and_ends_with_the_same_figures(tiny_run, tmp_path):
    options = ["model=songnet", "recipe/augment=faces", "recipe/scheduler=warmup_cosine", "recipe.balance=sampling"]
    more = ["recipe.max_epochs=6", "recipe.freeze_epochs=2", "recipe.accumulate=2", "num_workers=1", "logger=none"]
    arguments = ["train", *tiny_run, *options, *more]
    assert run([*arguments, f"hydra.run.dir={tmp_path / 'whole'}"]) == 0
    command = [sys.executable, "-m", "fer_xai", *arguments, f"hydra.run.dir={tmp_path / 'killed'}"]
    process = subprocess.Popen(command, env=os.environ)
    while process.poll() is None and not list(tmp_path.glob("killed/trained/*/last.ckpt")):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not list(tmp_path.glob("killed/runs/*/run.json"))
    assert run([*arguments, f"hydra.run.dir={tmp_path / 'killed'}"]) == 0
    same(tmp_path / "whole", tmp_path / "killed")
