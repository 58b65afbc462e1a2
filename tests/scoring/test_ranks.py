"""Ranks with intervals: by arithmetic, and in simulated studies."""

from types import SimpleNamespace

import numpy as np
import pytest

from fer_xai.scoring.intervals import PEOPLE, PEOPLE_AND_TRAININGS
from fer_xai.scoring.ranks import NO_COMMON, Ranks, rank_rows, rank_table, ranks_of
from fer_xai.scoring.resampled import Layout, Resampled
from fer_xai.scoring.score_tables import Scores


def _ranks(values: np.ndarray, error: float, seed: int = 0, higher: bool = True) -> Ranks:
    """Ranks of (k, c) scores whose replicates scatter independently."""
    rows = values + error * np.random.default_rng(seed).standard_normal((200, *values.shape))
    resampled = Resampled.over_people(values, rows)
    return ranks_of(values, resampled, higher_is_better=higher, people=50, corrected=False)


def test_far_apart_each_has_its_rank() -> None:
    of = _ranks(np.array([[0.2], [0.9], [0.5]]), 0.001)
    assert of.ranks.tolist() == of.low.tolist() == of.high.tolist() == [3, 1, 2]
    assert (of.holds, of.reason, of.cells) == (PEOPLE, "", 1)
    assert _ranks(np.array([[0.2], [0.9], [0.5]]), 0.001, higher=False).ranks.tolist() == [1, 3, 2]


def test_what_is_not_told_apart_shares_its_interval() -> None:
    of = _ranks(np.array([[0.50], [0.51], [0.9], [0.9]]), 0.03)
    assert of.ranks.tolist() == [4, 3, 1, 1]
    assert of.low.tolist() == [3, 3, 1, 1]
    assert of.high.tolist() == [4, 4, 2, 2]


def test_only_cells_that_all_have_count() -> None:
    # By all its cells the first would lead; over the common ones it comes last.
    values = np.array([[0.1, 0.2, 0.9, 0.9], [0.2, 0.3, np.nan, 0.1], [0.3, 0.4, 0.2, np.nan], [0.9, *[np.nan] * 3]])
    of = _ranks(values, 0.001)
    assert of.ranks[:3].tolist() == of.low[:3].tolist() == of.high[:3].tolist() == [3, 2, 1]
    assert of.values[:3] == pytest.approx([0.15, 0.25, 0.35])
    # The last lacks more than half of the cells, so it does not decide over what the others are ranked.
    assert (of.cells, of.kept.tolist()) == (2, [True, True, True, False])
    assert np.isnan([of.ranks[3], of.low[3], of.high[3]]).all()
    assert _ranks(np.array([[0.1, np.nan], [np.nan, 0.2]]), 0.1).reason == NO_COMMON
    assert _ranks(np.full((2, 2), np.nan), 0.1).reason == NO_COMMON


def _scores(*values: tuple[float, ...]) -> list[Scores]:
    """Scores of networks n0, n1, ... for as many expressions, with replicates that hardly differ."""
    names = tuple("abcdef"[: len(values[0])])
    rng, fixed = np.random.default_rng(0), (("gradcam", "bands", "iou", (0.0, 1.0), False, names))
    return [
        Scores(
            SimpleNamespace(network=SimpleNamespace(label=f"n{number}")),
            *fixed,
            np.array(row),
            ("",) * len(row),
            Resampled.over_people(np.array(row), np.array(row) + 1e-4 * rng.standard_normal((50, len(row)))),
            *np.full((2, len(row)), 30),
        )
        for number, row in enumerate(values)
    ]


def test_blind_maps_have_no_rank_and_take_no_part_in_those_of_expressions() -> None:
    scores = _scores((0.9, 0.0), (0.2, 0.3), (0.3, 0.4))
    rows = rank_table(rank_rows(scores, np.array([[True, True], [False] * 2, [False] * 2]), True)).set_index("name")
    assert rows.loc[["n1", "n2"], "rank"].tolist() == [2, 1]
    assert rows.loc["n0", ["rank", "low", "high"]].isna().all()
    # By the blind network's scores, a would lead.
    assert rows.loc[["a", "b"], ["rank", "of", "cells"]].to_numpy().tolist() == [[2, 2, 2], [1, 2, 2]]
    assert set(rows["what"]) == {"network", "expression"}


def test_lower_is_better_turns_the_order_round() -> None:
    rows = rank_table(rank_rows(_scores((0.1, 0.2), (0.3, 0.4)), np.zeros((2, 2), bool), False)).set_index("name")
    assert rows.loc[["n0", "n1"], ["rank", "low", "high"]].to_numpy().tolist() == [[1, 1, 1], [2, 2, 2]]


def test_without_replicates_there_are_ranks_and_no_intervals() -> None:
    values = np.array([[0.2], [0.1]])
    of = ranks_of(values, Resampled.nothing(2, 1), higher_is_better=True, people=50, corrected=False)
    assert of.ranks.tolist() == [1, 2]
    assert np.isnan([of.low, of.high]).all()
    assert of.reason == "no interval: there are no bootstrap replicates"


def test_trainings_widen_them() -> None:
    values = np.array([[0.5], [0.6]])
    drawn = values + 0.001 * np.random.default_rng(0).standard_normal((200, 2, 1))
    seeds = values + np.array([-0.2, 0.1, 0.1])[:, None, None] * np.array([[1.0], [-1.0]])
    rows = np.concatenate([values[None], drawn, seeds])
    of = ranks_of(values, Resampled(rows, Layout(200, seeds=3)), higher_is_better=True, people=50, corrected=False)
    assert (of.low.tolist(), of.high.tolist()) == ([1, 1], [2, 2])
    assert of.holds == PEOPLE_AND_TRAININGS


def test_intervals_hold_the_true_ranks() -> None:
    """Five networks, two of them alike in truth: whichever rank either of these takes is its true one."""
    truth, people, rng = np.array([0.0, 0.1, 0.1, 0.5, 0.55]), 30, np.random.default_rng(1)
    ranks = [(5, 5), (3, 4), (3, 4), (2, 2), (1, 1)]
    held = []
    for _ in range(200):
        scores = truth[:, None] + 0.3 * rng.standard_normal((5, people))
        weights = rng.poisson(1.0, (100, people)) + 1e-9
        drawn = (scores @ weights.T / weights.sum(1)).T[..., None]
        mean = scores.mean(1)[:, None]
        of = ranks_of(mean, Resampled.over_people(mean, drawn), higher_is_better=True, people=people, corrected=False)
        held.append(
            [low <= first and last <= high for low, high, (first, last) in zip(of.low, of.high, ranks, strict=True)]
        )
    # Bonferroni holds at least 95 %, with three Monte Carlo errors.
    assert np.mean(held, axis=0).min() >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200)
