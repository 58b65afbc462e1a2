"""Parts of a user's own: right ones work, wrong ones are one line before any training, or leave the others alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from helpers import own_parts
from torch import nn

from fer_xai.cli import run
from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.check_explainer import raw_maps, try_explainer
from fer_xai.models.check_network import check_network
from fer_xai.results.run import read_run
from fer_xai.results.study import read_study

NETWORK = ["model=songnet", "~model.network.input_size", "model.layer=conv"]
NODE = "model.network._target_=users_own."


@pytest.fixture
def beside(tmp_path, monkeypatch) -> Path:
    """The current folder, with a module of the user's."""
    shutil.copy(own_parts.__file__, tmp_path / "users_own.py")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("users_own", None)


def refused(capsys, arguments: list[str], *words: str) -> None:
    assert run(["train", *arguments, "hydra.run.dir=s"]) == 2
    (line,) = (text for text in capsys.readouterr().err.splitlines() if text and "━" not in text)
    for word in ("fer-xai: ", *words):
        assert word in line
    assert not Path("s/trained").exists() or not any(Path("s/trained").iterdir())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("GivesTuple", "gives a tuple in testing"),
        ("GivesDict", "gives a dict in testing"),
        ("TupleInTraining", "gives a tuple in training"),
        ("SevenLogits", "(2, 7)"),
        ("Grey", "to have 1 channels"),
        ("FixedSize", "model.input_size"),
        ("NotFinite", "not finite"),
        ("NothingToLearn", "no parameters"),
        ("Detached", "do not depend on its parameters"),
        ("not_a_network", "torch.nn.Module"),
    ],
)
def test_a_network_that_is_none(name, words):
    with pytest.raises(UserError) as refusal:
        check_network(getattr(own_parts, name)(classes=6), "mynet.Net", 6, 32, freezes=False)
    assert str(refusal.value).startswith("model.network: mynet.Net ")
    assert words in str(refusal.value)


def test_a_trial_leaves_a_network_as_it_was():
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 6)
    )
    network[1].eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    state = torch.random.get_rng_state()
    check_network(network, "mynet.Net", 6, 32, freezes=False)
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert (network.training, network[1].training) == (True, False)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("GivesTuple", "gives a tuple in testing"),
        ("NoClasses", "must take `classes`"),
        ("CannotBeBuilt", "KeyError: 'weights'"),
        ("Nowhere", "cannot be imported"),
    ],
)
def test_a_network_that_is_none_is_one_line(tiny_run, beside, capsys, name, words):
    refused(capsys, [*tiny_run, *NETWORK, NODE + name], "model.network", words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([f"{NODE}Net", "model.layer=features"], "it consists of conv, fc"),
        ([f"{NODE}Net", "model.layer=fc"], "e.g. model.layer=conv"),
        ([f"{NODE}Net", "recipe.freeze_epochs=1"], "set recipe.freeze_epochs=0"),
        ([f"{NODE}Net", "model.weights.tag=resnet18.a1_in1k", "pretrained=true"], "model.weights.tag=null"),
        (["model.network._target_=nowhere_at_all.Net"], "PYTHONPATH"),
    ],
)
def test_settings_of_an_own_network(tiny_run, beside, capsys, arguments, words):
    refused(capsys, [*tiny_run, *NETWORK, *arguments], words)


def test_keys_that_an_own_network_does_not_take(tiny_run, beside, capsys):
    refused(capsys, [*tiny_run, f"{NODE}Net"], "takes channels; '~model.network.input_size' drops it")


def test_an_own_network_without_features_is_trained_and_explained(tiny_run, beside):
    assert run(["train", *tiny_run, *NETWORK, f"{NODE}Net", "hydra.run.dir=s"]) == 0
    assert len(read_study(beside / "s").complete) == 1


@pytest.mark.slow
def test_a_module_beside_the_configs_is_found_by_other_processes(tiny_run, beside):
    """Through a launcher: its workers are Pythons of their own."""
    own = beside / "elsewhere"
    (own / "conf" / "model").mkdir(parents=True)
    (beside / "users_own.py").rename(own / "users_own.py")
    text = "# Of the user's.\nname: mine\ninput_size: 32\nquick_size: 32\nlayer: conv\n"
    (own / "conf" / "model" / "mine.yaml").write_text(f"{text}network: {{_target_: users_own.Net}}\n")
    (beside / "empty").mkdir()
    command = [sys.executable, "-m", "fer_xai", "train", "-m", "--config-dir", "elsewhere/conf", *tiny_run]
    folders = [f"hydra.sweep.dir={beside}/s", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    package = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": f"{package}{os.pathsep}{package}/fer_xai/plugins"}
    done = subprocess.run(
        [*command, "model=mine", "fold=0,1", "analyse=false", *folders],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        cwd=beside,
    )
    assert done.returncode == 0, done.stderr
    assert read_study(beside / "s").statuses == {"complete": 2}


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("GivesNumpy", UserError, "ndarray"),
        ("GivesOneMap", UserError, r"\(5, 5\)"),
        ("GivesWholeNumbers", UserError, "torch.int64"),
        ("GivesNaN", UserError, "NaN"),
        ("LacksScale", UserError, "local_scale"),
        ("LacksAttribute", AttributeError, "baseline"),
        ("Nothing", UserError, r"explain\(network, layer, question\)"),
    ],
)
def test_an_explainer_that_is_none(name, error, words):
    question = Question(torch.rand(2, 3, 32, 32), torch.zeros(2, dtype=torch.int64))
    with pytest.raises(error, match=words):
        try_explainer(getattr(own_parts, name)(), own_parts.Net(6), "conv", question)


def test_maps_of_other_float_types_will_do():
    question = Question(torch.rand(2, 3, 32, 32), torch.zeros(2, dtype=torch.int64))
    assert raw_maps(own_parts.Right(), own_parts.Net(6), "conv", question).dtype == torch.float32


@pytest.mark.parametrize(("name", "words"), [("GivesNumpy", "ndarray"), ("LacksAttribute", "'baseline' (/")])
def test_an_explainer_that_is_none_is_one_line(tiny_run, beside, capsys, name, words):
    refused(capsys, [*tiny_run, "model=songnet", f"+explainer.mine._target_=users_own.{name}"], "explainer.mine", words)


@pytest.mark.slow
def test_an_explainer_that_fails_later_leaves_the_others_alone(tiny_run, beside, capsys):
    names = {"late": "FailsLater", "nan": "NaNLater", "right": "Right"}
    own = [f"+explainer.{name}._target_=users_own.{target}" for name, target in names.items()]
    assert run(["train", *tiny_run, "model=songnet", *own, "trust=deletion", "hydra.run.dir=s"]) == 0
    error = capsys.readouterr().err
    assert "late is left out: it failed: RuntimeError: too many faces (" in error
    assert "nan is left out: none of its" in error
    assert "Traceback" not in error
    (folder,) = Path("s/runs").iterdir()
    record = read_run(folder)
    assert set(record.explainers) == {"gradcam", "right"}
    assert "Traceback" in (folder / "log.txt").read_text() or any(
        "Traceback" in f.read_text() for f in folder.glob("*.log")
    )


@pytest.mark.parametrize(
    ("group", "target", "words"),
    [
        ("data", "Nothing", "data: a Nothing has no method `read`"),
        ("data", "ReadsNothing", "gives a list; it has to be a fer_xai.data.face_table.FaceTable"),
        ("data", "FailsToRead", "data: users_own.FailsToRead failed: OSError: the disk is on fire"),
        ("split", "SplitsNothing", "split: `parts` gives a list"),
        ("split", "Nothing", "a fer_xai.data.splits.base.Splitter"),
        ("recipe/augment", "Scales", "values up to 1"),
        ("recipe/augment", "Loses", "(1, 3, 64, 64)"),
        ("recipe/scheduler", "no_scheduler", "recipe.scheduler._partial_=true"),
        ("reference", "Nothing", "a fer_xai.face.masks.Reference"),
        ("trust", "Nothing", "trust.mine: a Nothing has no `run`"),
    ],
)
def test_other_parts_that_are_none(tiny_run, beside, capsys, group, target, words):
    folder = beside / "conf" / group
    folder.mkdir(parents=True)
    package = "# @package trust.mine\n" if group == "trust" else ""
    (folder / "wrong.yaml").write_text(f"{package}_target_: users_own.{target}\n")
    others = [text for text in tiny_run if not text.startswith(f"{group}.")]
    refused(capsys, ["--config-dir", "conf", *others, "model=songnet", f"{group}=wrong"], words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["recipe.optimizer._target_=users_own.no_optimizer"], "not a torch.optim.Optimizer"),
        (["recipe.optimizer._partial_=false"], "recipe.optimizer._partial_=true"),
        (["recipe.scheduler._target_=users_own.no_scheduler"], "not a scheduler of torch"),
        (["+metrics.mine._target_=users_own.OutOfBounds"], "metrics.mine: `score` gives"),
        (["+metrics.mine._target_=users_own.FailsAtOnce"], "users_own.FailsAtOnce failed: KeyError: 'weights' (/"),
        (["+metrics.accuracy._target_=users_own.Coverage"], "analysis/accuracy.csv is another table"),
        (["metrics=[]"], "metrics=[]: choose at least one"),
        (["metrics=iuo"], "did you mean metrics=iou?"),
        (["metrics=[iou]", "metrics.sim.mask=1"], "metrics=sim chooses it"),
        (["+callbacks.mine._target_=users_own.Nothing"], "callbacks.mine: users_own.Nothing gives a Nothing"),
        (["+logger.mine._target_=users_own.Nothing"], "logger.mine: users_own.Nothing gives a Nothing"),
    ],
)
def test_parts_of_a_training_that_are_none(tiny_run, beside, capsys, arguments, words):
    refused(capsys, [*tiny_run, "model=songnet", *arguments], words)


def test_edges_that_a_network_does_not_look_at_are_said(tiny_run, tmp_path, capsys):
    arguments = [*(text for text in tiny_run if "input_size" not in text), "model=timm", "model.input_size=40"]
    assert run(["train", *arguments, "model.backbone=vit_tiny_patch16_224", f"hydra.run.dir={tmp_path}/s"]) == 0
    assert "the last 8 columns (right) and 8 rows (bottom) of its 40 x 40 pixels" in capsys.readouterr().err
