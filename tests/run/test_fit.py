"""Training a network, taking it as it was trained, and what is left on the disk."""

import json
import math

import pytest
import torch
from helpers.made_up_run import prepared_run
from safetensors.torch import load_file

from fer_xai.errors import DivergedError, UserError
from fer_xai.run.fit import fit_alone, fit_and_test


def names(run) -> set[str]:
    return {path.name for path in run.context.trained.iterdir()}


def test_test_fills_what_the_run_is_recorded_by(tmp_path):
    run = prepared_run(tmp_path)
    fit_and_test(run)
    context = run.context
    assert len(context.predictions) == len(context.parts.test) == 12
    assert set(context.predictions["subject"]) == {"p10", "p11"}
    assert set(context.timings) >= {"fit", "test", "explain", "compare"}
    assert context.device == "cpu"
    assert context.heatmaps is not None
    assert context.metrics is not None
    told = json.loads((context.trained / "record.json").read_text())
    assert told["fingerprint"] == context.training_fingerprint
    assert told["epochs"] == 2
    assert told["parameters"] == sum(parameter.numel() for parameter in run.network.parameters())
    assert math.isfinite(told["val_loss"])


@pytest.mark.parametrize("keep", ["best", "last"])
def test_network_gets_the_kept_weights_and_is_trained_once(tmp_path, keep):
    run = prepared_run(tmp_path, f"recipe.keep={keep}")
    first = {name: tensor.clone() for name, tensor in run.network.state_dict().items()}
    fit_alone(run)
    assert run.context.predictions is None
    kept = load_file(run.context.trained / f"{keep}.safetensors")
    assert kept.keys() == first.keys()
    assert any((kept[name] != tensor).any() for name, tensor in first.items())
    assert all((kept[name] == tensor).all() for name, tensor in run.network.state_dict().items())
    again = prepared_run(tmp_path, f"recipe.keep={keep}")
    fit_alone(again)
    assert "fit" not in again.context.timings
    assert all((kept[name] == tensor).all() for name, tensor in again.network.state_dict().items())


def test_last_weights_are_kept_once(tmp_path):
    """The state of the training holds them, too, and nothing goes on from it."""
    run = prepared_run(tmp_path, "recipe.keep=last")
    fit_alone(run)
    assert "last.safetensors" in names(run)
    assert "last.ckpt" not in names(run)


def test_training_without_a_validation_is_one_line_and_keeps_nothing(tmp_path):
    run = prepared_run(tmp_path, "+trainer.max_steps=1", "recipe.batch_size=4")
    with pytest.raises(UserError, match="training ended before the first validation"):
        fit_alone(run)
    assert "record.json" not in names(run)


def test_training_that_diverges_keeps_nothing(tmp_path):
    run = prepared_run(tmp_path, "recipe.optimizer.lr=1e30")
    with pytest.raises(DivergedError, match="diverged"):
        fit_alone(run)
    assert not names(run) & {"best.safetensors", "last.ckpt", "record.json"}


def test_interruption_is_the_users_and_goes_on_where_it_was(tmp_path, monkeypatch):
    """Lightning makes the end of the program of it, and would ignore the next ones."""
    import signal

    run = prepared_run(tmp_path)
    steps = type(run.network).forward
    calls = []

    def interrupted(network, images):
        calls.append(len(images))
        if len(calls) == 5:
            raise KeyboardInterrupt
        return steps(network, images)

    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(type(run.network), "forward", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fit_alone(run)
    assert signal.getsignal(signal.SIGINT) == before
    assert "record.json" not in names(run)
    whole, again = prepared_run(tmp_path / "whole"), prepared_run(tmp_path)
    fit_alone(whole)
    fit_alone(again)
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[name], tensor)
