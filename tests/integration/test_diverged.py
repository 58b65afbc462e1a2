"""A training that leaves the finite numbers: it ends at once, says when, and nothing of it is taken for a network."""

import json
import math

import pandas as pd
import pytest
import torch

from fer_xai.cli import run
from fer_xai.errors import DivergedError
from fer_xai.models.songnet import SongNet
from fer_xai.results.weights import write_weights
from fer_xai.run.trained_network import TrainedNetwork


@pytest.mark.slow
@pytest.mark.parametrize("keep", ["best", "last"])
def test_diverged_run_fails_keeps_nothing_and_the_sweep_goes_on(tiny_run, tmp_path, capsys, keep):
    """A rate at which the second epoch of this network has no finite loss any more: the first one has been kept."""
    options = ["recipe.max_epochs=5", "recipe.batch_size=4", f"recipe.keep={keep}", "recipe.optimizer.lr=1e3,1e-3"]
    more = ["model=songnet", "analyse=false", "recipe.patience=null", "recipe.scheduler=null"]
    command = ["train", "-m", *tiny_run, *options, *more, f"hydra.sweep.dir={tmp_path}"]
    assert run(command) == 1
    assert "2 runs: 1 failed, 1 complete" in capsys.readouterr().err.splitlines()[-1]
    (failed,) = [one for one in records(tmp_path) if one["status"] == "failed"]
    assert "training diverged: the training loss is nan in epoch 2, batch " in failed["reason"]
    assert "lower recipe.optimizer.lr" in failed["reason"]
    left = [sorted(path.name for path in folder.iterdir()) for folder in (tmp_path / "trained").iterdir()]
    assert sorted(left, key=len)[0] == ["curves.csv"]
    (curves,) = [
        len(pd.read_csv(path))
        for path in tmp_path.glob("trained/*/curves.csv")
        if len(list(path.parent.iterdir())) == 1
    ]
    assert curves == 1
    assert run(["status", str(tmp_path)]) == 0
    assert "training diverged" in " ".join(capsys.readouterr().out.split())
    assert run(command) == 1
    (again,) = [one for one in records(tmp_path) if one["status"] == "failed"]
    assert again["reason"] == failed["reason"]


def records(study) -> list[dict]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in study.glob("runs/*/run.json")]


def test_single_run_that_diverges_is_one_line(tiny_run, tmp_path, capsys):
    options = ["model=songnet", "recipe.batch_size=4", "recipe.max_epochs=3", "recipe.optimizer.lr=1e12"]
    assert run(["train", *tiny_run, *options, "trainer.precision=bf16-mixed", f"hydra.run.dir={tmp_path}"]) == 2
    error = capsys.readouterr().err
    assert "Traceback" not in error
    (line,) = [line for line in error.splitlines() if line.startswith("fer-xai:")]
    assert "in epoch 1, batch 2" in line
    assert "trainer.precision=32-true instead of bf16-mixed" in line


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_that_are_not_finite_are_no_network(tmp_path, value):
    trained, network = TrainedNetwork(tmp_path, "best"), SongNet(32)
    state = network.state_dict()
    state["head.3.weight"] = torch.full_like(state["head.3.weight"], value)
    write_weights(trained.kept, state)
    with pytest.raises(DivergedError, match="weights of the network are not finite"):
        trained.load_into(network)
