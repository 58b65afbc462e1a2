"""The experiment with tiles in a run: its map beside others, and what it keeps of every face."""

import pandas as pd
import pytest
import xarray as xr

from fer_xai.cli import run
from fer_xai.results.paths import StudyPaths


@pytest.mark.slow
def test_uncovering_goes_through_a_run_like_any_other(tiny_run, tmp_path):
    arguments = ["explainer=uncovering", "explainer.uncovering.orders=6", "explainer.uncovering.columns=3"]
    arguments += ["explainer.uncovering.rows=4", "callbacks.explain.target=true"]
    assert run(["train", *tiny_run, *arguments, f"hydra.run.dir={tmp_path}/s"]) == 0
    (folder,) = StudyPaths(tmp_path / "s").runs.iterdir()
    with xr.open_dataset(folder / "heatmaps.nc") as heatmaps:
        assert heatmaps["explainer"].values.tolist() == ["uncovering"]
    faces = pd.read_csv(folder / "uncovering.csv")
    assert faces["orders"].eq(6).all()
    assert faces["tiles"].between(1, 12).all()
    assert faces["criterion"].nunique() == 1
    assert set(faces["set_by"]) <= {"validation", "train"}
    answers = faces[[name for name in faces if name.startswith("answer_")]]
    assert answers.sum(axis=1).eq(6).all()
    assert [name for name in faces if name[0] == "t" and name[1:].isdigit()] == [f"t{tile}" for tile in range(12)]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("columns=0", "uncovering.columns=0: from 1 to 64"),
        ("orders=0", "uncovering.orders=0: at least 1 is needed"),
        ("criterion=1.2", "uncovering.criterion=1.2: a probability above 0, at most 1, or people"),
    ],
)
def test_bad_settings_are_one_line_before_any_training(tiny_run, tmp_path, capsys, setting, words):
    arguments = ["explainer=uncovering", f"explainer.uncovering.{setting}", f"hydra.run.dir={tmp_path}/s"]
    assert run(["train", *tiny_run, *arguments]) == 2
    assert words in capsys.readouterr().err.strip().splitlines()[-1]
    assert not (tmp_path / "s" / "trained").exists()
