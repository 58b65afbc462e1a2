"""Training with the votes of people, as a user would ask for it."""

import json

import pandas as pd
import pytest

from fer_xai.cli import run
from fer_xai.expressions import EXPRESSIONS
from fer_xai.results.paths import StudyPaths


@pytest.mark.slow
def test_votes_of_a_table_make_another_network(tiny_run, tiny_faces, tmp_path):
    table = pd.read_csv(tiny_faces / "labels.csv")
    table["image"] = [f"{tiny_faces}/{name}" for name in table["image"]]
    for name in EXPRESSIONS:
        table[f"votes_{name}"] = table["expression"].eq(name) * 7 + (name == "surprise") * 3
    table.to_csv(tmp_path / "voted.csv", index=False)
    own = [text for text in tiny_run if not text.startswith("data")]
    own += ["data=table", f"data.csv={tmp_path}/voted.csv", f"data.landmarks={tiny_faces}/landmarks.csv"]
    own += ["model=songnet", "explainer=saliency", "analyse=false", f"hydra.run.dir={tmp_path / 'study'}"]
    for soft in ("false", "true"):
        assert run(["train", *own, f"recipe.soft_labels={soft}"]) == 0
    study = StudyPaths(tmp_path / "study")
    records = [json.loads(file.read_text()) for file in study.runs.glob("*/run.json")]
    assert len({record["training_fingerprint"] for record in records}) == 2
    assert len({record["data"]["fingerprint"] for record in records}) == 1
    told = [record["settings"]["training"].get("recipe.soft_labels") for record in records]
    assert sorted(map(str, told)) == ["None", "True"]


def test_data_without_votes_are_told_in_one_line(tiny_run, tmp_path, capsys):
    arguments = ["train", *tiny_run, "model=songnet", "recipe.soft_labels=true", f"hydra.run.dir={tmp_path}"]
    assert run(arguments) == 2
    assert "recipe.soft_labels=true: the data have no column votes_anger" in capsys.readouterr().err
    assert not list(tmp_path.glob("trained/*/last.ckpt"))
