"""Shares of the variance of the scores of single people's maps."""

import itertools

import numpy as np
import pandas as pd
import pytest

from fer_xai.analysis.effects.person_shares import components, person_shares
from fer_xai.analysis.effects.variance_components import INTERACTION, sums_of_squares


def design(networks: int, expressions: int, folds: int, people: int) -> pd.DataFrame:
    """Every person of each fold shows every expression to every network."""
    rows = itertools.product(range(networks), range(expressions), range(folds), range(people))
    frame = pd.DataFrame(list(rows), columns=["network", "expression", "fold", "number"]).astype(str)
    return frame.assign(person=frame["fold"] + "-" + frame.pop("number"))


def drawn(cells: pd.DataFrame, strengths: dict[str, float], seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(len(cells))
    for name, strength in strengths.items():
        level = cells.groupby(name.split(":")).ngroup().to_numpy()
        values += strength * rng.standard_normal(level.max() + 1)[level]
    return values


def test_balanced_figures_have_the_components_of_the_analysis_of_variance() -> None:
    cells = design(5, 4, 1, 6)
    y = drawn(cells, {"network": 2, "expression": 2, INTERACTION: 1.5, "person": 1.5}, 0)
    # The closed form knows no persons: as folds, whose model is the same, they may stand there.
    squares = sums_of_squares(
        np.outer(y - y.mean(), y - y.mean()), cells[["network", "expression"]].assign(fold=cells.person)
    )
    closed = dict(zip(squares.terms, squares.components(), strict=True))
    assert min(closed.values()) > 0
    terms = ["network", "expression", "person", INTERACTION]
    found = components(cells.assign(value=y), terms)
    assert found == pytest.approx(
        [closed["network"], closed["expression"], closed["fold"], closed[INTERACTION], closed["residual"]]
    )


def test_people_within_folds_by_mean_squares_written_out() -> None:
    cells = design(3, 1, 4, 5)
    y = drawn(cells, {"network": 1, "fold": 2, "person": 2}, 1)
    cube = y.reshape(3, 4, 5)
    mean, fold, person, network = cube.mean(), cube.mean((0, 2)), cube.mean(0), cube.mean((1, 2))
    of_fold = 15 * ((fold - mean) ** 2).sum() / 3
    of_person = 3 * ((person - fold[:, None]) ** 2).sum() / 16
    of_network = 20 * ((network - mean) ** 2).sum() / 2
    rest = ((cube - network[:, None, None] - person + mean) ** 2).sum() / 38
    expected = [(of_network - rest) / 20, (of_fold - of_person) / 15, (of_person - rest) / 3, rest]
    found = components(cells.assign(value=y), ["network", "fold", "person"])
    assert found == pytest.approx(np.maximum(expected, 0))


def test_shares_of_an_unbalanced_design_are_those_that_made_it() -> None:
    cells = design(25, 20, 3, 20)
    cells = cells[np.random.default_rng(0).random(len(cells)) < 0.6].reset_index(drop=True)
    y = drawn(cells, {"network": 1, "expression": 1, "person": 2, INTERACTION: 1}, 2)
    rows = {row["factor"]: row for row in person_shares(cells.assign(value=y), {"metric": "ncc"})}
    for name, share in {
        "network": 1 / 8,
        "expression": 1 / 8,
        "person": 1 / 2,
        INTERACTION: 1 / 8,
        "residual": 1 / 8,
    }.items():
        assert rows[name]["share"] == pytest.approx(share, abs=0.09), name
    assert rows["person"]["low"] < 0.5 < rows["person"]["high"]
    assert sum(row["share"] for row in rows.values()) == pytest.approx(1)  # type: ignore[misc]


def test_what_cannot_be_shared_out_says_why() -> None:
    cells = design(2, 2, 1, 2).assign(value=[*range(8)])
    assert "fewer than 3 people" in str(person_shares(cells, {})[0]["reason"])
    alone = design(1, 1, 4, 1).assign(value=[1.0, 2.0, 4.0, 3.0])
    assert "without replication" in str(person_shares(alone, {})[0]["reason"])
    assert person_shares(cells.assign(value=np.nan), {}) == []
