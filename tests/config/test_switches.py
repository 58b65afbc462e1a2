"""Hydra's switches among the overrides."""

import pytest

from fer_xai.config.switches import switches_last
from fer_xai.errors import UserError


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-m", "fold=0,1"], ["fold=0,1", "--multirun"]),
        (["fold=0", "--cfg", "job", "seed=1"], ["fold=0", "seed=1", "--cfg=job"]),
        (["-c=hydra", "seed=1", "--resolve"], ["seed=1", "--cfg=hydra", "--resolve"]),
        (["seed=1", "-p", "recipe", "~trust"], ["seed=1", "~trust", "--package=recipe"]),
        (["seed=1", "-cn", "other", "fold=1"], ["seed=1", "fold=1", "--config-name=other"]),
        (["--info", "seed=1"], ["seed=1", "--info=all"]),
        (["--info", "defaults-tree", "seed=1"], ["seed=1", "--info=defaults-tree"]),
        (["seed=1", "--info"], ["seed=1", "--info=all"]),
        (["model=songnet", "--help"], ["model=songnet", "--help"]),
        (["--hydra-help", "seed=1"], ["seed=1", "--hydra-help"]),
        (["-sc", "install=bash"], ["install=bash", "--shell-completion"]),
        ([], []),
    ],
)
def test_they_may_stand_anywhere(arguments: list[str], expected: list[str]) -> None:
    assert switches_last(arguments, "train") == expected


@pytest.mark.parametrize("switch", ["--config-dir", "-cd", "--config-path", "-cp"])
def test_folders_are_looked_for_in_the_current_one(tmp_path, monkeypatch, switch: str) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    name = "--config-path" if "p" in switch else "--config-dir"
    for given in ([switch, "mine"], [f"{switch}=mine"]):
        assert switches_last(["seed=1", *given, "fold=1"], "train") == ["seed=1", "fold=1", f"{name}={tmp_path}/mine"]
    with pytest.raises(UserError, match=r"nothing: there is no such folder"):
        switches_last(["seed=1", switch, "nothing"], "train")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--foo"], "unrecognized arguments: --foo"),
        (["--cfg"], "expected one argument"),
        (["--cfg", "x"], "choose from"),
        (["--experimental-rerun", "x.pickle"], "may hold code"),
    ],
)
def test_a_wrong_switch_is_one_line(arguments: list[str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        switches_last(arguments, "data prepare")
