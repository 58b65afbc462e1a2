"""The true map beside other explainers in a run, and what it does not apply to."""

from pathlib import Path

import pandas as pd
import pytest
import xarray as xr

from fer_xai.cli import run
from fer_xai.results.paths import StudyPaths


@pytest.mark.slow
def test_the_true_map_goes_through_a_run_like_any_other(tiny_run, tmp_path):
    arguments = ["explainer=[gradcam,intervention]", "expressions=[happiness,sadness]", "classes=[happiness,sadness]"]
    arguments += ["trust=[known_evidence]", "callbacks.trust.images=2"]
    assert run(["train", *tiny_run, *arguments, "callbacks.explain.target=true", f"hydra.run.dir={tmp_path}/s"]) == 0
    (folder,) = StudyPaths(tmp_path / "s").runs.iterdir()
    with xr.open_dataset(folder / "heatmaps.nc") as heatmaps:
        mean = heatmaps["mean"].sel(explainer="intervention")
        assert float(mean.min()) >= 0
        assert (mean.max(["y", "x"]) > 0).all()
    scores = pd.read_csv(folder / "metrics.csv")
    assert set(scores["explainer"]) == {"gradcam", "intervention"}
    units = pd.read_csv(folder / "action_units.csv")
    assert set(units["expression"]) == {"happiness", "sadness"}
    assert units["unit"].str.startswith("AU").all()
    assert units["value"].notna().any()
    trust = pd.read_csv(folder / "trust.csv", keep_default_na=False)
    assert set(trust["explainer"]) >= {"gradcam", "intervention", "difference", "noise"}
    assert set(trust["answers"]) <= {"all", "right", "wrong"}
    whole = trust[trust["answers"].eq("all") & trust["expression"].eq("")].set_index(["explainer", "measure"])
    assert float(whole.loc[("intervention", "map_correlation"), "value"]) > 0.99
    assert whole.loc[("gradcam", "map_correlation"), "chance_of"] == "difference"


INTERVENTION = "explainer=[gradcam,intervention]"


@pytest.mark.parametrize(
    ("choice", "drawing", "words"),
    [
        (INTERVENTION, None, ("explainer.intervention does not apply", "no drawn faces")),
        (INTERVENTION, "v1-seed0-256px/s0000_fear_00", ("explainer.intervention does not", "version 1 of the drawing")),
        ("explainer=[gradcam,difference]", None, ("explainer.difference does not apply", "no drawn faces")),
        ("trust=[known_evidence]", None, ("trust.known_evidence does not apply", "no drawn faces")),
    ],
)
def test_on_photographs_it_does_not_apply(tiny_run, tiny_faces, tmp_path, capsys, choice, drawing, words):
    table = pd.read_csv(tiny_faces / "labels.csv").assign(drawing=drawing)
    table["image"] = [str(tiny_faces / name) for name in table["image"]]
    table.to_csv(tmp_path / "labels.csv", index=False)
    settings = [text for text in tiny_run if not text.startswith("data.")]
    data = ["data=table", f"data.csv={tmp_path}/labels.csv", f"data.landmarks={landmarks(tiny_faces, tmp_path)}"]
    arguments = [*settings, *data, choice, f"hydra.run.dir={tmp_path}/s"]
    assert run(["train", *arguments]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert all(word in lines[-1] for word in words)
    assert not (tmp_path / "s" / "trained").exists()


def landmarks(tiny_faces: Path, folder: Path) -> Path:
    """The landmarks of faces that are named by their whole paths."""
    table = pd.read_csv(tiny_faces / "landmarks.csv")
    table["image"] = [str(tiny_faces / name) for name in table["image"]]
    table.to_csv(folder / "landmarks.csv", index=False)
    return folder / "landmarks.csv"


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("units=[99]", "intervention.units: 99 is no action unit"),
        ("exact_up_to=0", "intervention.exact_up_to=0: from 1 to 10"),
        ("drawings=10", "intervention.drawings=10: at least 40"),
    ],
)
def test_bad_settings_are_one_line_before_any_training(tiny_run, tmp_path, capsys, setting, words):
    arguments = ["explainer=intervention", f"explainer.intervention.{setting}", f"hydra.run.dir={tmp_path}/s"]
    assert run(["train", *tiny_run, *arguments]) == 2
    assert words in capsys.readouterr().err.strip().splitlines()[-1]
    assert not (tmp_path / "s" / "trained").exists()
