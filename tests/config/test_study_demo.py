"""The demo and the study of known evidence: what can be known of them without training."""

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from fer_xai.cli import run
from fer_xai.config.check import check_config
from fer_xai.config.schema import register
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.run.check_run import check_choices


def composed(*overrides: str, hydra: bool = True) -> DictConfig:
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return compose("train", [*overrides, "study_dir=nowhere"], return_hydra_config=hydra)


@pytest.mark.parametrize("study", ["demo", "demo_weights", "evidence"])
def test_every_network_of_the_study_can_be_trained_and_explained(study):
    for network in composed(f"study={study}").hydra.sweeper.params.model.split(","):
        cfg = composed(f"study={study}", f"model={network}", hydra=False)
        check_config(cfg)
        check_choices(cfg)
        assert cfg.model.input_size == cfg.model.quick_size <= cfg.prepare.crop_size


def test_weights_come_of_the_same_networks_folds_and_faces():
    demo, weights = composed("study=demo"), composed("study=demo_weights")
    assert weights.task._target_ == "fer_xai.run.learn_people.train_identity"
    for key in ("model", "fold"):
        assert weights.hydra.sweeper.params[key] == demo.hydra.sweeper.params[key]
    for key in ("data", "prepare", "split", "model", "classes"):
        assert weights[key] == demo[key]
    assert weights.hydra.sweep.dir in demo.hydra.sweeper.params.pretrained


def test_demo_can_run_without_any_network_and_every_run_has_weights_of_its_own(untimed, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert run(["train", "-m", "study=demo", "dry_run=true", f"hydra.sweep.dir={tmp_path}"]) == 0
    told = capfd.readouterr()
    lines = [line for line in (told.out + told.err).splitlines() if line.startswith("model=")]
    assert len(lines) == 4
    given = {line.partition("pretrained=")[2].split()[0] for line in lines}
    path = "'multirun/demo_weights/weights/${model.name}/fold${fold}-seed${seed}/identity.safetensors'"
    assert given == {"False", path}
    # What the first command of the demo makes is told of, and is no mistake of the second.
    assert [line.partition("  pretrained=")[0].split("  ")[-1] for line in lines if "identity" in line] == [
        "would fail: pretrained=multirun/demo_weights/weights/weinet/fold0-seed0/identity.safetensors: no such file; "
        "make it first: fer-xai train -m study=demo_weights",
        "would fail: pretrained=multirun/demo_weights/weights/silnet/fold0-seed0/identity.safetensors: no such file; "
        "make it first: fer-xai train -m study=demo_weights",
    ]


def test_weights_that_are_not_there_are_one_line_with_the_command_that_makes_them(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    file = "weights/weinet/fold0-seed0/identity.safetensors"
    settings = ["train", "study=smoke", "hydra.mode=RUN", f"hydra.run.dir={tmp_path}/run"]
    assert run([*settings, f"pretrained=multirun/demo_weights/{file}"]) == 2
    assert "no such file; make it first: fer-xai train -m study=demo_weights\n" in capfd.readouterr().err
    assert run([*settings, f"pretrained=mine/{file}"]) == 2
    told = capfd.readouterr().err
    assert "with the same data and split: fer-xai train -m task=identity ... hydra.sweep.dir=mine" in told
