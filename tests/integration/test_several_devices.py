"""The same run on one device and on two: the same answer; and every kind of sweep over several devices."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from helpers.same_study import strays

from fer_xai.cli import run
from fer_xai.results.run import read_run
from fer_xai.results.study import read_study

#: How far one device and two may be apart that have trained the same network: their sums have another order.
TRAINED = 1e-4
TWO = ("trainer=ddp", "trainer.devices=2", "trainer.accelerator=cpu")


def train(*arguments: str) -> int:
    # In a process of its own: what one run leaves in this one must not reach the next.
    return subprocess.run([sys.executable, "-m", "fer_xai", "train", *arguments], check=False).returncode


def fewer(faces: Path, each: int) -> Path:
    """A table of so many images of each person, beside the whole one; another expression is missing of each."""
    whole = pd.read_csv(faces / "labels.csv")
    number = whole.groupby("subject").cumcount()
    person = whole["subject"].astype("category").cat.codes
    path = faces / f"labels{each}.csv"
    whole[(number - person) % 6 < each].to_csv(path, index=False)
    return path


def only(study: Path) -> Path:
    (found,) = (study / "runs").iterdir()
    return found


def maps(folder: Path, file: str = "heatmaps.nc") -> xr.Dataset:
    with xr.open_dataset(folder / file, engine="h5netcdf") as dataset:
        return dataset.load()


def close(one: xr.Dataset, other: xr.Dataset, tolerance: float) -> None:
    assert list(one.variables) == list(other.variables)
    for name, values in one.data_vars.items():
        if np.issubdtype(values.dtype, np.floating):
            # float32 keeps seven digits: what is next to nothing beside the largest value is nothing.
            top = float(abs(values).max())
            np.testing.assert_allclose(values, other[name], rtol=tolerance, atol=tolerance * top, err_msg=name)
        else:
            np.testing.assert_array_equal(values, other[name], err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("each", [6, 5])
def test_two_devices_say_of_a_trained_network_what_one_says(tiny_run, tiny_faces, tmp_path, each):
    """Three people are tested with six images each, or with five: these two devices cannot halve."""
    told = [
        *(text for text in tiny_run if not text.startswith("data.")),
        "data=table",
        f"data.csv={fewer(tiny_faces, each)}",
        "model=songnet",
        "recipe.batch_size=8",
        "explainer=[gradcam,occlusion]",
        "callbacks.explain.images_per_expression=100",
        "callbacks.explain.batch_size=2",
        "callbacks.explain.examples=1",
        "logger=none",
    ]
    assert train(*told, f"hydra.run.dir={tmp_path / 'one'}") == 0
    shutil.copytree(tmp_path / "one" / "trained", tmp_path / "two" / "trained")
    assert train(*told, *TWO, f"hydra.run.dir={tmp_path / 'two'}") == 0
    one, two = only(tmp_path / "one"), only(tmp_path / "two")
    assert one.name == two.name
    assert len(pd.read_csv(one / "predictions.csv")) == sum(read_run(one).images.values()) == 3 * each
    close(maps(one), maps(two), 1e-6)
    np.testing.assert_array_equal(maps(one)["count"], maps(two)["count"])
    # Half precision keeps three digits.
    close(maps(one, "people.nc"), maps(two, "people.nc"), 1e-3)
    for key in ("expression", "person", "answer"):
        np.testing.assert_array_equal(maps(one, "people.nc")[key], maps(two, "people.nc")[key])
    left, right = (pd.read_csv(folder / "predictions.csv") for folder in (one, two))
    words = ["image", "dataset", "subject", "fold", "true", "predicted"]
    pd.testing.assert_frame_equal(left[words], right[words])
    pd.testing.assert_frame_equal(left, right, rtol=1e-6, atol=1e-7)
    one_said, two_said = (pd.read_csv(folder / "metrics.csv") for folder in (one, two))
    keys = ["explainer", "expression", "reference", "metric", "n", "skipped"]
    pd.testing.assert_frame_equal(one_said[keys], two_said[keys])
    # Five of 61,600 pixels on the other side of a threshold move an overlap of a mask of a tenth of them by 1e-3.
    np.testing.assert_allclose(one_said["value"], two_said["value"], atol=1e-3)
    assert read_run(one).images == read_run(two).images
    assert strays(tmp_path / "two") == []


@pytest.mark.slow
@pytest.mark.parametrize("more", [[], ["recipe.alignment.reference=friesen_ekman", "recipe.alignment.strength=3"]])
def test_two_devices_train_what_one_trains(tiny_run, tmp_path, more):
    # Without dropout, of which every device draws its own.
    plain = ["model=songnet", "+model.network.dropout=0"]
    told = [*tiny_run, *plain, *more, "recipe.batch_size=6", "recipe.max_epochs=3", "recipe.keep=last"]
    assert train(*told, f"hydra.run.dir={tmp_path / 'one'}") == 0
    assert train(*told, *TWO, f"hydra.run.dir={tmp_path / 'two'}") == 0
    one, two = (pd.read_csv(next((tmp_path / name).glob("trained/*/curves.csv"))) for name in ("one", "two"))
    assert one["val_loss"].notna().all()
    told_of = ["train_loss", "val_loss", *(["train_map_distance"] if more else [])]
    np.testing.assert_allclose(one[told_of], two[told_of], rtol=TRAINED)
    left, right = (pd.read_csv(only(tmp_path / name) / "predictions.csv") for name in ("one", "two"))
    chances = [name for name in left if name.startswith("p_")]
    np.testing.assert_allclose(left[chances], right[chances], atol=TRAINED)


@pytest.mark.slow
def test_batch_that_cannot_be_shared_is_one_line(tiny_run, tmp_path, capfd, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    told = [*tiny_run, "model=songnet", "recipe.batch_size=7", *TWO, f"hydra.run.dir={tmp_path / 'study'}"]
    assert run(["train", *told]) == 2
    assert list((tmp_path / "temporary").iterdir()) == []
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("fer-xai:")]
    assert len(lines) == 1
    assert "recipe.batch_size=7 cannot be shared out evenly to 2 devices" in lines[0]


def test_spawned_processes_are_refused(tiny_run, tmp_path, capsys):
    told = [*tiny_run, "trainer.strategy=ddp_spawn", "trainer.devices=2", f"hydra.run.dir={tmp_path}"]
    assert run(["train", *told]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("fer-xai: trainer.strategy=ddp_spawn: choose ")
    assert not (tmp_path / "runs").exists()


#: Runs at once on one machine.
LAUNCHERS = {"basic": [], "joblib": ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]}


@pytest.mark.slow
@pytest.mark.parametrize("launcher", list(LAUNCHERS))
@pytest.mark.parametrize("devices", [1, 2])
def test_every_sweep_gives_one_folder_and_one_right_record_for_each_run(tiny_run, tmp_path, launcher, devices):
    told = [*tiny_run, "model=songnet", "fold=0,1", "seed=0,1", "analyse=false", *LAUNCHERS[launcher]]
    more = TWO if devices == 2 else ()
    assert train("-m", *told, *more, f"hydra.sweep.dir={tmp_path}") == 0
    records = [run.record for run in read_study(tmp_path).complete]
    assert sorted((record.fold, record.seed) for record in records) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(list((tmp_path / "runs").iterdir())) == 4
    assert len(list((tmp_path / "trained").iterdir())) == 4
    for record in records:
        assert record.name.startswith(f"songnet-none-fold{record.fold}-seed{record.seed}-")
        folder = tmp_path / "runs" / record.name
        assert f"seed: {record.seed}\n" in (folder / "config.yaml").read_text()
        assert set(pd.read_csv(folder / "predictions.csv")["fold"]) == {record.fold}
    assert strays(tmp_path) == []
    assert {path.name for path in tmp_path.iterdir()} == {"plan.json", "runs", "trained"}


@pytest.mark.slow
def test_a_sweep_over_devices(tiny_run, tmp_path):
    told = [*tiny_run, "model=songnet", "trainer.devices=1,2", "seed=${trainer.devices}", "trainer.strategy=ddp"]
    assert train("-m", *told, "analyse=false", f"hydra.sweep.dir={tmp_path}") == 0
    assert sorted(run.record.seed for run in read_study(tmp_path).complete) == [1, 2]
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert [entry["status"] for entry in plan["runs"]] == ["complete", "complete"]


@pytest.mark.slow
def test_processes_that_somebody_else_has_started_are_taken_as_they_are(tiny_run, tmp_path):
    """torchrun, as on a cluster: one folder, one record, and the answer of one process."""
    told = [*tiny_run, "model=songnet", "recipe.batch_size=8", "logger=none"]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "fer_xai"]
    command = [*launcher, "train", *told, *TWO, f"hydra.run.dir={tmp_path / 'two'}"]
    assert subprocess.run(command, check=False, timeout=300).returncode == 0
    assert train(*told, f"hydra.run.dir={tmp_path / 'one'}") == 0
    assert read_run(only(tmp_path / "two")).images == read_run(only(tmp_path / "one")).images
    assert only(tmp_path / "two").name == only(tmp_path / "one").name
    assert strays(tmp_path / "two") == []


@pytest.mark.slow
def test_two_processes_share_a_study(tiny_run, tmp_path):
    told = [*tiny_run, "model=songnet", "fold=0,1", "seed=0,1,2", f"hydra.sweep.dir={tmp_path / 'study'}"]
    command = [sys.executable, "-m", "fer_xai", "train", "-m", *told]
    both = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    runs = list((tmp_path / "study" / "runs").iterdir())
    assert len(runs) == 6
    for folder in runs:
        # Every beginning of the work on a run leaves this line in its log.
        assert (folder / "log.txt").read_text().count("first weights: random") == 1, folder.name
    assert strays(tmp_path / "study") == []
