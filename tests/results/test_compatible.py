"""Which runs are told of together, and how those that are not are named."""

from pathlib import Path

import pytest

from fer_xai.errors import UserError
from fer_xai.results.compatible import refuse_incompatible, set_aside
from fer_xai.results.run import RunRecord


def record(name: str, fold: int, **settings: object) -> RunRecord:
    job, finished = f"job {name}", f"2026-01-{fold:02d}"
    facts = {"explainers": ["x"], "jobs": [job], "finished": finished, "settings": settings}
    return RunRecord(name, "complete", "net", fold=fold, seed=0, **facts)  # type: ignore[arg-type]


def test_settings_that_differ_are_named_with_both_values() -> None:
    first = record("a", 1, training={"recipe.lr": 0.1, "recipe.epochs": 3, "recipe.keep": "best"})
    other = record("b", 2, training={"recipe.lr": 0.1, "recipe.epochs": 4})
    with pytest.raises(UserError, match=r"runs a and b of runs differ in recipe.epochs \(3 and 4\), recipe.keep"):
        refuse_incompatible([first, other], Path("runs"))
    assert set_aside([first, other], {"job b"}) == {"a": ("recipe.epochs", "recipe.keep")}
    assert set_aside([first, other], {"job a"}) == {"b": ("recipe.epochs", "recipe.keep")}
    assert set_aside([first, other], {"job a", "job b"}) == {}


def test_groups_are_compared_among_the_runs_that_have_them() -> None:
    first = record("a", 1, **{"explainer lime": {"samples": 10}})
    other = record("b", 2, **{"explainer rise": {"samples": 99}})
    refuse_incompatible([first, other], Path("runs"))
    assert set_aside([first, other], {"job a"}) == {}


def test_of_runs_that_nobody_asks_for_the_newest_and_those_like_it_stay() -> None:
    runs = [
        record("a", 1, recipe="x"),
        record("b", 2, recipe="x"),
        record("c", 3, recipe="y"),
        record("d", 4, recipe="x"),
    ]
    assert set_aside(runs, {"another"}) == {"c": ("recipe",)}
