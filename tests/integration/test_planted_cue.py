"""A tiny run on faces with a planted cue, and what cannot be planted."""

import json

import pandas as pd
import pytest

from fer_xai.cli import run
from fer_xai.results.paths import StudyPaths


def test_a_network_learns_from_planted_faces_and_is_tested_on_others(tiny_run, tmp_path):
    cue = ["data.cue=mark", "data.cue_expression=fear", "data.cue_rate=1", "data.cue_base_rate=0"]
    own = [*tiny_run, *cue, "model=songnet", "explainer=gaussian", "analyse=false", f"hydra.run.dir={tmp_path}"]
    assert run(["train", *own]) == 0
    (folder,) = StudyPaths(tmp_path).runs.iterdir()
    assert json.loads((folder / "run.json").read_text())["data"]["n_images"] == 2 * 36
    split = pd.read_csv(folder / "split.csv")
    marked = split["image"].str.contains("+mark", regex=False)
    shown = split["part"] != "left_out"
    assert shown.sum() == 36
    learning = split["part"].isin(["train", "validation"])
    assert (marked[learning] == (split["expression"][learning] == "fear")).all()
    tested = pd.read_csv(folder / "predictions.csv")["image"]
    assert sorted(tested) == sorted(split["image"][split["part"] == "test"])
    assert not tested.str.contains("+mark", regex=False).any()


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (["data.cue=moustache", "data.cue_expression=fear"], "data.cue=moustache is not known"),
        (["data.cue=mark", "data.cue_expression=fear", "data.cue_rate=2"], "data.cue_rate=2: a share from 0 to 1"),
        (["data.cue=mark", "data.cue_expression=fear", "data.cue_rate=often"], "data.cue_rate=often"),
        (["data.cue=mark"], "data.cue_expression=null: name the expression"),
        (["classes=[anger,fear]", "data.cue=tint", "data.cue_expression=disgust"], "data.cue_expression=disgust"),
    ],
)
def test_what_cannot_be_planted_is_told_in_one_line(settings, line, tiny_run, tmp_path, capsys):
    assert run(["train", *tiny_run, *settings, "model=songnet", f"hydra.run.dir={tmp_path}"]) == 2
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1
