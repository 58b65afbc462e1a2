"""Overrides that Hydra can read, and whose values cannot be."""

import pytest

from fer_xai.cli import run
from fer_xai.config.overrides import check_overrides
from fer_xai.errors import UserError


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["model=[alexnet,songnet]"], "choose one; with -m, model=alexnet,songnet makes a run of each"),
        (["--multirun", "model=[alexnet,songnet]"], "with -m, model=alexnet,songnet"),
        (["model=null"], "model=null: choose among alexnet, "),
        (["model=3"], "model=3: choose among alexnet, "),
        (["model=true"], "model=true: choose among alexnet, "),
        (["job=../../x"], "job=../../x: a run's name within its sweep is not chosen"),
        (["trust=null"], "trust=null: write trust=[] to choose none"),
        (["explainer=null"], "explainer=null: choose among ablationcam, "),
        (["data=null"], "data=null: choose among adfes, "),
        (["callbacks=null"], "callbacks=null: choose among default"),
        (["study=null"], "study=null: leave it out"),
        (["recipe/scheduler=null"], "recipe/scheduler=null: choose among "),
        (["--multirun", "model=songnet,null"], "model=null: choose among "),
    ],
)
def test_values_that_cannot_be_are_refused_with_what_would_be_right(arguments: list[str], said: str) -> None:
    with pytest.raises(UserError) as refused:
        check_overrides(arguments)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "arguments",
    [
        [
            "model=songnet",
            "fold=0",
            "trust=[]",
            "data=[ckplus,jaffe]",
            "explainer=[gradcam,lime]",
            "study=[smoke,demo]",
        ],
        ["study=smoke", "seed=0,1", "model=alexnet,'songnet'", "fold=range(3)", "model=glob(*)", "trust=[deletion],[]"],
        ["model=[songnet]", "~trust", "~model", "+trust=deletion", "model.layer=null", "explainer={a:b}"],
        ["data.root='/a,b'", "model=my_own"],
    ],
    ids=("plain", "sweep", "odd", "own"),
)
def test_what_hydra_takes_and_means_something_passes(arguments: list[str]) -> None:
    check_overrides(arguments)


def test_the_program_looks_at_them_first(capsys, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["train", "model=[alexnet,songnet]"]) == 2
    assert capsys.readouterr().err == (
        "fer-xai: model=[alexnet,songnet]: choose one; with -m, model=alexnet,songnet makes a run of each\n"
    )


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("~model", "model is needed: choose another by model=NAME"),
        ("~task", "task is needed: choose another by task=NAME"),
        ("~recipe", "recipe is needed: choose another by recipe=NAME"),
        ("~seed", "seed is needed: set it"),
        ("seed", "seed: write KEY=VALUE"),
        ("seed=[1", "seed=[1: cannot be read ("),
        ("fold=0,1", "fold=0,1: several values make several runs: add -m\n"),
        ("seed=range(3)", "seed=range(3): several values make several runs: add -m\n"),
        (
            "explainer=gradcam,lime",
            "explainer=gradcam,lime: several values make several runs: add -m, or write explain",
        ),
        ("=3", "=3: write KEY=VALUE"),
        ("classes=anger", "classes=anger: give a list, such as [a,b]"),
        ("fold=1.5", "fold=1.5: give a whole number"),
        ("seed=null", "seed=null: give a value in place of null"),
        ("callbacks.explain=null", "callbacks.explain=null: it is needed, leave this out"),
    ],
)
def test_what_hydra_says_is_said_in_plain_words(capsys, monkeypatch, tmp_path, argument: str, said: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["train", argument]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"fer-xai: config: {said}")
    assert error.count("\n") == 1
    assert "Hydra" not in error


@pytest.mark.parametrize("argument", ["model=glob(nosuch*)", "seed=range(3,1)"])
def test_a_sweep_of_no_runs_is_refused(capsys, monkeypatch, tmp_path, argument: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["train", "-m", argument]) == 2
    assert capsys.readouterr().err == (
        "fer-xai: there is no run to do: a range or a pattern among the settings gives nothing\n"
    )
