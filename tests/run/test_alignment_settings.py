"""What a run's maps are drawn to: mistakes in one line, and a strength of 0 that changes nothing."""

import json

import numpy as np
import pytest
import torch
from helpers.made_up_run import prepared_run
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf, open_dict

from fer_xai.config.fingerprint import training_fingerprint
from fer_xai.config.schema import register
from fer_xai.config.settle import settle
from fer_xai.config.shared_settings import shared_settings
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.models.module import ExpressionModule
from fer_xai.results.run import RunRecord, setting_words
from fer_xai.run.alignment_reference import aligned_to, alignment_facts, is_to_others, try_alignment
from fer_xai.run.check_run import check_choices
from fer_xai.run.fit import fit_alone
from fer_xai.run.record import run_name

TO = "recipe.alignment.reference="


def config(*overrides: str):
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        cfg = compose("train", [*overrides, "study_dir=x"])
    settle(cfg)
    return cfg


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            [f"{TO}observer"],
            f"{TO}observer: no reference of that name is chosen, only friesen_ekman, observers: did you",
        ),
        (["recipe.alignment.map=gradcam"], "recipe.alignment.map=gradcam: choose grad_cam or input_gradient"),
        (["recipe.alignment.distance=mse"], "recipe.alignment.distance=mse: choose ncc or kl"),
        (["recipe.alignment.strength=-1"], "recipe.alignment.strength=-1: must be 0 .off. or more"),
        ([f"{TO}observers", "recipe.alignment.strength=inf"], "strength=inf: must be"),
        ([f"{TO}observers", "compile=true"], f"{TO}observers: a compiled network"),
        ([f"{TO}observers", "task=identity"], f"{TO}observers: references are of expressions"),
        (
            [f"{TO}observers", "recipe.augment={_target_: torchvision.transforms.v2.Identity}"],
            "torchvision.transforms.v2.Identity has no method `with_maps`",
        ),
    ],
)
def test_a_mistake_is_one_line_before_any_work(overrides, words):
    with pytest.raises(UserError, match=words) as caught:
        check_choices(config(*overrides))
    assert "\n" not in str(caught.value)


def test_an_expression_without_a_map_is_told(tmp_path):
    run = prepared_run(tmp_path)
    cfg = run.cfg.copy()
    with open_dict(cfg):
        cfg.reference = config().reference
        cfg.classes = [*cfg.classes, "neutral"]
        cfg.recipe.alignment.reference = "friesen_ekman"
    with pytest.raises(UserError, match=f"{TO}friesen_ekman: it has nothing for neutral, only for anger"):
        try_alignment(cfg, run.network, run.context.faces)


def test_true_maps_of_photographs_and_a_map_that_is_the_same_everywhere(tmp_path):
    run = prepared_run(tmp_path)
    cfg = run.cfg.copy()
    with open_dict(cfg):
        cfg.reference = config("reference=true_maps", f"cache_dir={tmp_path}").reference
        cfg.reference.true_maps.people = 1
        cfg.recipe.alignment.reference = "true_maps"
    with pytest.raises(UserError, match=f"{TO}true_maps does not apply: .*only photographs"):
        try_alignment(cfg, run.network, run.context.faces)
    with open_dict(cfg):
        cfg.reference = config("reference=gaussian", "reference.gaussian.part=1.0e+9").reference
        cfg.recipe.alignment.reference = "gaussian"
    with pytest.raises(UserError, match=f"{TO}gaussian: its map for anger is the same everywhere"):
        try_alignment(cfg, run.network, run.context.faces)


def test_a_network_that_cannot_be_differentiated_twice_is_told(tmp_path):
    run = prepared_run(tmp_path)
    cfg = run.cfg.copy()
    with open_dict(cfg):
        cfg.reference = config().reference
        cfg.recipe.alignment.reference = "observers"
    hard = torch.nn.Sequential(run.network.features, torch.nn.Hardsigmoid())
    network = type(run.network).__new__(type(run.network))
    torch.nn.Module.__init__(network)
    network.features, network.head = hard, run.network.head
    try_alignment(cfg, network, run.context.faces)
    cfg.recipe.alignment.map = "input_gradient"
    with pytest.raises(UserError, match=r"cannot be differentiated twice .*: try recipe.alignment.map=grad_cam"):
        try_alignment(cfg, network, run.context.faces)


def name(cfg) -> str:
    return training_fingerprint(cfg, "data", "weights", "split", aligned_to(cfg))


def test_the_fingerprint_takes_alignment_in_only_where_it_is_on():
    plain = config()
    said = OmegaConf.to_container(plain)
    del said["recipe"]["alignment"]
    before = OmegaConf.create(said)
    # As it was before there was such a setting.
    assert name(plain) == training_fingerprint(before, "data", "weights", "split")
    off = [f"{TO}observers", "recipe.alignment.strength=0"]
    assert name(config(*off)) == name(config("recipe.alignment.map=input_gradient")) == name(plain)
    found = {
        name(config(*words))
        for words in (
            [],
            [f"{TO}observers"],
            [f"{TO}friesen_ekman"],
            [f"{TO}observers", "recipe.alignment.strength=2"],
            [f"{TO}observers", "recipe.alignment.map=input_gradient"],
            [f"{TO}observers", "recipe.alignment.distance=kl"],
            [f"{TO}observers", "model.layer=features.4"],
            # Another content under the same name.
            [f"{TO}gaussian", "reference=gaussian"],
            [f"{TO}gaussian", "reference=gaussian", "reference.gaussian.part=0.1"],
        )
    }
    assert len(found) == 9


def weights(run) -> torch.Tensor:
    return torch.cat([tensor.flatten().double() for tensor in run.network.state_dict().values()])


def test_a_strength_of_0_changes_no_bit_and_another_does(tmp_path):
    off = (f"{TO}friesen_ekman", "recipe.alignment.strength=0")
    runs = {
        word: prepared_run(tmp_path / word, *overrides)
        for word, overrides in {"plain": (), "off": off, "on": off[:1]}.items()
    }
    for word, run in runs.items():
        with open_dict(run.training):
            run.training.reference = OmegaConf.create(config().reference)
        fit_alone(run)
        told = json.loads((run.context.trained / "record.json").read_text())
        assert run.context.validation == {"accuracy": told["val_accuracy"], "images": told["val_images"]}, word
    assert torch.equal(weights(runs["plain"]), weights(runs["off"]))
    assert not torch.equal(weights(runs["plain"]), weights(runs["on"]))
    curves = {word: (run.context.trained / "curves.csv") for word, run in runs.items()}
    if curves["on"].exists():
        assert "train_map_distance" in curves["on"].read_text()
        assert "train_map_distance" not in curves["off"].read_text()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["grad_cam", "input_gradient"])
def test_a_training_that_is_interrupted_goes_on_bit_for_bit(tmp_path, monkeypatch, method):
    """In the second of two epochs, with a reference that is read anew."""

    def prepared(word: str):
        run = prepared_run(
            tmp_path / word, f"{TO}friesen_ekman", f"recipe.alignment.map={method}", "recipe.max_epochs=3"
        )
        with open_dict(run.training):
            run.training.reference = OmegaConf.create(config().reference)
        return run

    step = ExpressionModule.training_step

    def interrupted(module, *batch):
        if module.trainer.current_epoch == 1:
            raise KeyboardInterrupt
        return step(module, *batch)

    with monkeypatch.context() as patch:
        patch.setattr(ExpressionModule, "training_step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fit_alone(prepared("again"))
    whole, again = prepared("whole"), prepared("again")
    assert (again.context.trained / "last.ckpt").is_file()
    fit_alone(whole)
    fit_alone(again)
    assert torch.equal(weights(again), weights(whole))


def test_records_tell_networks_apart_that_were_drawn_elsewhere():
    cfg = config("reference=[friesen_ekman,shuffled]", f"{TO}shuffled", "recipe.alignment.strength=0.5")
    facts = alignment_facts(cfg)
    assert facts == {"reference": "shuffled", "map": "grad_cam", "strength": 0.5, "distance": "ncc"}
    assert is_to_others(cfg)
    assert not is_to_others(config(f"{TO}observers"))
    assert alignment_facts(config(f"{TO}observers", "recipe.alignment.strength=0")) == {}
    assert run_name(cfg, "0" * 64) == "weinet-none-to_shuffled_0.5-fold0-seed0-00000000"
    record = RunRecord("r", "complete", "net", alignment=facts, planted={"cue": "mark", "rate": 0.9})
    assert record.network_in_tables == "net [mark 0.9, to shuffled 0.5]"
    assert setting_words({}, facts | {"map": "input_gradient"}) == ["to shuffled 0.5 by input_gradient"]
    # Runs of a study may differ in it.
    keys = {key for group in shared_settings(cfg, []).values() for key in group}
    assert not any(key.startswith("recipe.alignment") for key in keys)


def test_networks_of_random_weights_have_something_to_learn_by(tmp_path):
    """The trial leaves weights, statistics and random numbers as they were."""
    run = prepared_run(tmp_path)
    cfg = run.cfg.copy()
    with open_dict(cfg):
        cfg.reference = config().reference
        cfg.recipe.alignment.reference = "observers"
    before, state = weights(run), torch.get_rng_state()
    try_alignment(cfg, run.network, run.context.faces)
    assert torch.equal(before, weights(run))
    assert np.array_equal(state, torch.get_rng_state())
    assert all(parameter.grad is None for parameter in run.network.parameters())
