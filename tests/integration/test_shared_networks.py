"""Runs that differ in what is explained share one trained network, and the analysis joins them."""

import pandas as pd
import pytest

from fer_xai.cli import run
from fer_xai.results.study import read_study


@pytest.mark.slow
@pytest.mark.parametrize(
    ("swept", "explainers", "expressions"),
    [
        ("expressions=anger,fear", {"gradcam"}, {"anger", "fear"}),
        ("explainer=gradcam,hirescam", {"gradcam", "hirescam"}, None),
    ],
)
def test_sweep_over_explanations_trains_once(tiny_run, tmp_path, swept, explainers, expressions):
    assert run(["train", "-m", *tiny_run, "model=songnet", swept, f"hydra.sweep.dir={tmp_path}"]) == 0
    study = read_study(tmp_path)
    assert len(study.complete) == 2
    assert len({run.record.training_fingerprint for run in study.complete}) == 1
    (network,) = (tmp_path / "trained").iterdir()
    names = {path.name for path in network.iterdir()}
    assert names == {"best.safetensors", "last.ckpt", "curves.csv", "record.json"}
    # Only the first of them has trained.
    assert sorted("fit" in run.record.timings for run in study.complete) == [False, True]
    (row,) = study.networks
    assert row.name == "songnet"
    metrics = pd.read_csv(tmp_path / "analysis" / "metrics.csv")
    assert set(metrics["network"]) == {"songnet"}
    assert set(metrics["explainer"]) == explainers
    if expressions is not None:
        assert set(metrics["expression"].dropna()) == expressions
