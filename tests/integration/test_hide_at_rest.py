"""Runs whose hidden pixels show people's neutral faces, and what is said where there are none."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.made_up_faces import made_up_table, write_pictures

from fer_xai.cli import run
from fer_xai.results.heatmap_files import read_dataset
from fer_xai.results.paths import StudyPaths
from fer_xai.synthetic.drawn_tables import landmark_table


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> Path:
    """Noise pictures of six people, four of them with a neutral one, as a table."""
    folder = tmp_path_factory.mktemp("photographs")
    table = made_up_table(folder, people=6)
    neutral = [f"p{person}_neutral.png" for person in range(4)]
    write_pictures(folder, neutral)
    rows = pd.concat(
        [
            table.frame[["image", "expression", "subject"]],
            pd.DataFrame({"image": neutral, "expression": "neutral", "subject": [name[:2] for name in neutral]}),
        ]
    )
    rows.to_csv(folder / "labels.csv", index=False)
    points = np.repeat(table.landmarks[:1], len(rows), axis=0)
    landmark_table(rows["image"].tolist(), points).to_csv(folder / "landmarks.csv", index=False)
    return folder / "labels.csv"


@pytest.fixture
def small(cache, photographs) -> list[str]:
    """Overrides of a run of seconds on the photographs."""
    return [
        *("data=table", f"data.csv={photographs}", "model=songnet", "prepare.crop_size=64", "prepare.workers=1"),
        *("split.folds=2", "model.input_size=32", "recipe.max_epochs=1", "callbacks.explain.images_per_expression=20"),
        *("callbacks.explain.replicates=2", "callbacks.explain.target=true", "trainer.accelerator=cpu"),
        *("explainer=[gaussian,occlusion]", "analyse=false"),
    ]


@pytest.mark.slow
def test_faces_of_people_without_a_neutral_one_are_left_out_and_counted(small, tmp_path):
    hiding = ["data.keep_rest=true", "explainer.occlusion.hide=rest", "trust=deletion", "trust.deletion.fills=[rest]"]
    own = [*small, f"hydra.run.dir={tmp_path}"]
    assert run(["train", *own, *hiding, "trust.deletion.steps=1"]) == 0
    assert run(["train", *own]) == 0
    assert run(["train", *own, "data.keep_rest=true"]) == 0
    records = {}
    for folder in StudyPaths(tmp_path).runs.iterdir():
        record = json.loads((folder / "run.json").read_text())
        records["trust.csv" in record["artefacts"]] = (folder, record)
    # Neutral faces that nothing hides by change nothing, and teach no network anything.
    assert len(list(StudyPaths(tmp_path).runs.iterdir())) == 2
    assert records[True][1]["training_fingerprint"] == records[False][1]["training_fingerprint"]
    assert records[True][1]["data"]["n_images"] == 36
    folder = records[True][0]
    tested = pd.read_csv(folder / "predictions.csv")
    lacking = int(tested["subject"].isin(["p4", "p5"]).sum())
    with read_dataset(folder / "heatmaps.nc") as maps:
        occlusion, gaussian = maps.sel(explainer="occlusion"), maps.sel(explainer="gaussian")
        assert int(occlusion["without_rest"].sum()) == lacking
        assert int(occlusion["not_finite"].sum()) == int(gaussian["without_rest"].sum()) == 0
        assert int(occlusion["images"].sum()) == len(tested) - lacking
        assert int(gaussian["images"].sum()) == len(tested)
    trust = pd.read_csv(folder / "trust.csv", keep_default_na=False)
    whole = trust[trust["measure"].eq("area_rest") & trust["explainer"].eq("gaussian") & trust["expression"].eq("")]
    assert whole["n"].astype(int).tolist() == [len(tested) - lacking]


@pytest.mark.slow
def test_drawn_faces_are_hidden_behind_themselves_at_rest(tiny_run, tmp_path):
    """All of them have one, and nothing has to be said of it."""
    settings = ["model=songnet", "explainer=occlusion", "explainer.occlusion.hide=rest", "analyse=false"]
    assert run(["train", *tiny_run, *settings, f"hydra.run.dir={tmp_path}"]) == 0
    (folder,) = StudyPaths(tmp_path).runs.iterdir()
    with read_dataset(folder / "heatmaps.nc") as maps:
        assert int(maps["without_rest"].sum()) == int(maps["not_finite"].sum()) == 0
        assert int(maps["images"].sum()) > 0


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (["explainer.occlusion.hide=rest"], "explainer.occlusion.hide=rest: hidden pixels are to show"),
        (["trust=insertion", "trust.insertion.fills=[mean,rest]"], "trust.insertion.fills=[mean,rest]: hidden pixels"),
        (["data.keep_rest=true", "data.words={neutral:null}"], "data.keep_rest=true: table has no neutral image"),
        (["data.keep_rest=perhaps"], "data.keep_rest=perhaps"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(settings, line, small, tmp_path, capsys):
    assert run(["train", *small, *settings, f"hydra.run.dir={tmp_path}"]) == 2
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1
