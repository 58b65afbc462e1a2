"""A tiny run whose explainers are put to every test, as a user would ask for it."""

import json

import numpy as np
import pandas as pd
import pytest

from fer_xai.cli import run
from fer_xai.results.paths import StudyPaths
from fer_xai.trust.pixel_ranks import BASELINES

TESTS = {"randomisation", "deletion", "insertion", "road", "stability"}


def test_run_with_every_test_of_two_explainers(tiny_run, tmp_path):
    settings = [
        f"trust=[{','.join(sorted(TESTS))}]",
        "explainer=[gaussian,saliency]",
        "callbacks.trust.images=1",
        "trust.randomisation.shares=[1.0]",
        "trust.deletion.steps=1",
        "trust.insertion.steps=1",
        "trust.road.shares=[0.5]",
    ]
    assert run(["train", *tiny_run, "model=songnet", *settings, f"hydra.run.dir={tmp_path}"]) == 0
    (folder,) = StudyPaths(tmp_path).runs.iterdir()
    record = json.loads((folder / "run.json").read_text())
    assert record["baselines"] == ["gaussian"]
    assert {"trust.csv", "trust_images.csv"} <= set(record["artefacts"])
    table = pd.read_csv(folder / "trust.csv", keep_default_na=False, na_values={"step": "", "value": ""})
    assert set(table["test"]) == TESTS
    assert set(table["explainer"]) == {"saliency", *BASELINES}
    mean = table[table["expression"].eq("") & table["step"].isna()].set_index(["explainer", "measure"])["value"]
    # A blob in the middle knows nothing of the network; a gradient does.
    assert mean["gaussian", "area_ncc"] == pytest.approx(1)
    assert mean["gaussian", "area_global_ncc"] == pytest.approx(1)
    assert np.isfinite(mean["saliency", "area_ncc"])
    assert mean["saliency", "area_ncc"] < 1
    assert mean["saliency", "repeat"] == pytest.approx(1)


@pytest.mark.slow
def test_tests_make_another_run_and_none_make_the_same(tiny_run, tmp_path):
    """Without tests, their settings change nothing."""
    own = [*tiny_run, "explainer=gaussian", "analyse=false", f"hydra.run.dir={tmp_path}"]
    assert run(["train", *own]) == 0
    assert run(["train", *own, "callbacks.trust.images=3"]) == 0
    runs = StudyPaths(tmp_path).runs
    assert len(list(runs.iterdir())) == 1
    stable = [*own, "trust=stability", "callbacks.trust.images=1"]
    assert run(["train", *stable]) == 0
    assert len(list(runs.iterdir())) == 2
    assert len(list(runs.glob("*/trust.csv"))) == 1


def test_test_that_does_not_exist_is_told_in_one_line(tiny_run, tmp_path, capsys):
    assert run(["train", *tiny_run, "trust=[guessing]", f"hydra.run.dir={tmp_path}"]) == 2
    assert "trust=guessing: there is no such choice" in capsys.readouterr().err
