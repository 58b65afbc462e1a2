"""Scores of groups of people's maps: figures by a literal computation, and what the size of a group does to them."""

import numpy as np
import pytest
from helpers.null_maps import at_most

from fer_xai.analysis.subjects.group_scores import Scorer, score_rows
from fer_xai.analysis.subjects.groupings import Grouping
from fer_xai.metrics.ncc import NCC
from fer_xai.metrics.reference_maps import ReferenceMaps
from fer_xai.scoring.person_matrix import PersonMatrix

SHAPE = (8, 9)
TRUTH = np.random.default_rng(0).random(SHAPE)


def scorer(maps: np.ndarray) -> Scorer:
    people = tuple(f"p{number}" for number in range(len(maps)))
    matrix = PersonMatrix(people, np.ones(len(maps)), maps.reshape(len(maps), -1), np.ones(SHAPE, dtype=bool))
    return Scorer(matrix, ReferenceMaps.of_weights(TRUTH), NCC())


def split(n: int, first: int) -> Grouping:
    return Grouping("sex", {f"p{i}": "female" if i < first else "male" for i in range(n)}, ("female", "male"))


def test_a_group_s_score_is_that_of_its_mean_map() -> None:
    maps = TRUTH + 0.3 * np.random.default_rng(1).standard_normal((12, *SHAPE))
    own = scorer(maps)
    inside = np.arange(12) < 5
    plain = own.of(inside[None].astype(float))[0]
    assert plain == pytest.approx(np.corrcoef(maps[:5].mean(0).ravel(), TRUTH.ravel())[0, 1])
    value, error = own.of_group(inside)
    without = [np.corrcoef(np.delete(maps[:5], i, 0).mean(0).ravel(), TRUTH.ravel())[0, 1] for i in range(5)]
    assert value == pytest.approx(plain)
    assert error == pytest.approx(np.sqrt(4 * np.var(without)))


def test_a_small_group_of_the_same_kind_is_no_worse() -> None:
    """Means of few noisy maps correlate less with the truth, which says nothing of the people."""
    plain, corrected, p, inside = [], [], [], []
    for seed in range(80):
        maps = TRUTH + 0.8 * np.random.default_rng(seed).standard_normal((36, *SHAPE))
        own = scorer(maps)
        few = np.arange(36) < 6
        plain.append(np.diff(own.of(np.stack([few, ~few]).astype(float)))[0])
        row = score_rows(own, split(36, 6), {})[-1]
        corrected.append(row["value"])
        p.append(row["p"])
        inside.append(row["low"] <= 0 <= row["high"])  # type: ignore[operator]
    assert np.mean(plain) > 0.1
    assert abs(np.mean(corrected)) < 0.05
    assert np.mean(np.array(p) <= 0.05) <= at_most(0.05, 80)
    assert np.mean(inside) >= 0.88


def test_a_planted_difference_is_seen() -> None:
    rng = np.random.default_rng(2)
    maps = rng.standard_normal((24, *SHAPE))
    maps[:12] += 4 * TRUTH
    rows = score_rows(scorer(maps), split(24, 12), {"network": "net"})
    assert [row.get("against") for row in rows] == [None, None, "male"]
    assert rows[2]["p"] <= 0.01  # type: ignore[operator]
    assert rows[2]["low"] > 0  # type: ignore[operator]
    assert rows[0]["low"] < rows[0]["value"] < rows[0]["high"]  # type: ignore[operator]


def test_few_people_are_not_compared() -> None:
    rows = score_rows(scorer(np.random.default_rng(3).random((10, *SHAPE))), split(10, 3), {})
    assert rows[0]["reason"] == "3 people with a map, at least 5 wanted"
    assert rows[2]["reason"] == "3 people with a map in a group, at least 5 wanted"


@pytest.mark.slow
def test_groups_of_the_same_kind_seldom_differ_by_mistake_in_many_studies() -> None:
    wrong = []
    for seed in range(1000):
        maps = TRUTH + 0.8 * np.random.default_rng(seed).standard_normal((24, *SHAPE))
        wrong.append(float(score_rows(scorer(maps), split(24, 8), {})[-1]["p"]) <= 0.05)  # type: ignore[arg-type]
    assert 0.03 <= np.mean(wrong) <= at_most(0.05, 1000), np.mean(wrong)
