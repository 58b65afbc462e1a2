import numpy as np
import pandas as pd
import pytest
from helpers.null_maps import at_most, leaves, null_maps, squared_distances

from fer_xai.analysis.effects.permanova import COLUMNS, TESTS, factor_tests, permanova_table


def by_test(maps: np.ndarray, words: list[str], factor: str, frame: pd.DataFrame) -> dict[str, dict[str, object]]:
    rows = list(factor_tests(squared_distances(maps), words, factor, frame))
    assert all(set(row) <= set(COLUMNS) for row in rows)
    return {str(row["test"]): row for row in rows}


def test_a_factor_that_is_all_there_is() -> None:
    frame, words = leaves(12), ["x"] * 4 + ["y"] * 8
    rng = np.random.default_rng(0)
    maps = null_maps(rng, frame.assign(word=words), {"word": 5.0})
    found = by_test(maps, words, "pretrained", frame)
    assert found["permanova"]["p"] == found["anosim"]["p"] == pytest.approx(1 / 495)
    assert found["permanova"]["r2"] > 0.8
    assert found["anosim"]["r"] == 1
    table = permanova_table([{"explainer": "gradcam", "expression": "fear", **row} for row in found.values()])
    assert tuple(table.columns) == COLUMNS
    assert (table["q"] >= table["p"]).all()


def test_what_cannot_be_tested_says_why() -> None:
    frame = leaves(6)
    maps = null_maps(np.random.default_rng(0), frame, {})
    one = by_test(maps, ["x"] * 6, "pretrained", frame)
    assert one["permanova"]["reason"] == "one level only: x"
    lonely = by_test(maps, ["x"] * 5 + ["y"], "family", frame)
    assert lonely["permanova"]["reason"] == "fewer than two groups can be compared; groups too small: y"
    third = by_test(maps, ["x", "x", "x", "y", "y", "z"], "family", frame)
    assert third["permanova"]["reason"] == "only 10 labellings: p cannot be below 0.10; groups too small: z"
    assert third["permdisp"]["reason"] == "groups too small: permdisp needs 3 maps in each"
    assert "p" not in third["permdisp"]
    unknown = by_test(maps, ["x", "x", "x", "y", "y", ""], "family", frame)
    assert "1 maps undefined or of unknown family" in str(unknown["permanova"]["reason"])
    maps[0] = 1.0
    constant = by_test(maps, ["x"] * 3 + ["y"] * 3, "family", frame)
    assert constant["permanova"]["maps"] == 5
    single = by_test(maps, [str(number) for number in range(6)], "family", frame)
    assert "fewer than two groups" in str(single["permanova"]["reason"])


#: Studies in which the tested factor does nothing: leaves, words by row, factor, what makes maps alike.
NULLS = {
    "networks of two kinds": (leaves(12), lambda f: ["x"] * 4 + ["y"] * 8, "pretrained", {}),
    "with and without": (leaves(6, 2), lambda f: list(f["network"].str[1]), "pretrained", {"architecture": 2.0}),
    "expressions": (leaves(4, expression=3), lambda f: list(f["expression"]), "expression", {"network": 2.0}),
    "networks": (leaves(4, expression=3), lambda f: list(f["network"]), "network", {"expression": 2.0}),
}


def false_alarms(name: str, studies: int) -> dict[str, float]:
    frame, words_of, factor, effects = NULLS[name]
    words = words_of(frame)
    rng = np.random.default_rng(1)
    tests = [by_test(null_maps(rng, frame, effects), words, factor, frame) for _ in range(studies)]
    return {test: float(np.mean([study[test]["p"] <= 0.05 for study in tests])) for test in TESTS}


@pytest.mark.parametrize("name", ["networks of two kinds", "with and without"])
def test_tests_seldom_err(name: str) -> None:
    rates = false_alarms(name, 100)
    assert all(rate <= at_most(0.05, 100) for rate in rates.values()), rates


@pytest.mark.slow
@pytest.mark.parametrize("name", NULLS)
def test_tests_seldom_err_in_many_studies(name: str) -> None:
    rates = false_alarms(name, 2000 if name == "networks of two kinds" else 400)
    assert all(rate <= at_most(0.05, 2000 if name == "networks of two kinds" else 400) for rate in rates.values()), (
        rates
    )
    if name == "networks of two kinds":
        assert all(rate >= 0.03 for rate in rates.values()), rates


def scatter_alarms(studies: int) -> float:
    """Groups that lie apart and scatter alike."""
    frame, words, rng = leaves(12), ["x"] * 4 + ["y"] * 8, np.random.default_rng(2)
    alarms = 0
    for _ in range(studies):
        centres = rng.standard_normal((2, 24))
        centres *= 6 / np.linalg.norm(centres, axis=1, keepdims=True)
        maps = null_maps(rng, frame, {}) + centres[[int(word == "x") for word in words]]
        alarms += by_test(maps, words, "pretrained", frame)["permdisp"]["p"] <= 0.05
    return alarms / studies


def test_groups_that_lie_apart_need_not_scatter_unlike() -> None:
    assert scatter_alarms(100) <= at_most(0.05, 100)


@pytest.mark.slow
def test_groups_that_lie_apart_need_not_scatter_unlike_in_many_studies() -> None:
    assert scatter_alarms(2000) <= at_most(0.05, 2000)
