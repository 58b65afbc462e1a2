"""Where maps differ: a planted patch is found, nothing else is, and figures are arithmetic."""

import numpy as np
import pytest
from helpers.null_maps import at_most

from fer_xai.analysis.subjects.map_differences import (
    GROUPS,
    NETWORKS,
    OVER_NETWORKS,
    Contrast,
    difference_maps,
    difference_table,
    group_contrast,
    network_contrast,
    paired_contrast,
)
from fer_xai.scoring.person_matrix import PersonMatrix

SHAPE = (10, 12)
PATCH = np.zeros(SHAPE, dtype=bool)
PATCH[2:5, 3:6] = True
KEY = {"kind": NETWORKS, "explainer": "gradcam", "expression": "fear", "first": "a", "second": "b"}


def people(seed: int, n: int, patch: float = 0.0, scale: float = 1.0, first: int = 0) -> PersonMatrix:
    values = np.random.default_rng(seed).standard_normal((n, *SHAPE)) + patch * PATCH
    names = tuple(f"p{number}" for number in range(first, first + n))
    return PersonMatrix(names, np.ones(n), scale * values.reshape(n, -1), np.ones(SHAPE, dtype=bool))


def test_a_planted_patch_is_outlined_whatever_the_scale_of_the_maps() -> None:
    found = paired_contrast(KEY, people(0, 20, patch=4.0, scale=1e-6), people(1, 20, scale=1e3))
    assert found.maps is not None
    difference, p = found.maps
    assert ((p <= 0.05) & PATCH).sum() == PATCH.sum()
    assert (difference[PATCH] > 0).all()
    assert found.row["more"] == pytest.approx(((p <= 0.05) & (difference > 0)).mean())
    assert PATCH[int(found.row["y"]) // 4, int(found.row["x"]) // 4]  # type: ignore[call-overload]
    assert (found.row["people"], found.row["permutations"], found.row["exact"]) == (20, 999, False)


def test_only_people_with_both_maps_are_compared() -> None:
    first, second = people(0, 9), people(1, 9, first=2)
    first.values[4] = 7.0
    found = paired_contrast(KEY, first, second)
    # p2 to p8 are in both, and p4's first map is the same everywhere.
    assert found.row["people"] == 6
    assert (found.row["permutations"], found.row["exact"]) == (64, True)
    by_hand = first.of(("p2", "p3")).standardised() - second.of(("p2", "p3")).standardised()
    alone = paired_contrast(KEY, first.of(("p2", "p3")), second.of(("p2", "p3")))
    assert alone.row["reason"] == "2 people with a map in both, at least 5 wanted"
    assert np.isfinite(by_hand).all()


def test_groups_of_people() -> None:
    both = people(0, 24)
    inside = np.arange(24) % 2 == 0
    both.values[inside] += 5 * PATCH.ravel()
    found = group_contrast(KEY | {"kind": GROUPS}, both, list(inside))
    assert found.maps is not None
    assert (found.maps[1][PATCH] <= 0.05).all()
    few = group_contrast(KEY | {"kind": GROUPS}, both, [True] * 3 + [False] * 21)
    assert few.row["reason"] == "3 people with a map in a group, at least 5 wanted"


def test_networks_are_pairs_where_each_comes_with_and_without_pretraining() -> None:
    """Six architectures are 64 signs; four of twelve networks can be chosen in 495 ways."""
    key = KEY | {"kind": OVER_NETWORKS}
    pairs = network_contrast(key, people(0, 6, patch=6.0), people(1, 6))
    assert (pairs.row["networks"], pairs.row["permutations"]) == (6, 64)
    groups = network_contrast(key, people(0, 8, patch=9.0), people(1, 4, first=20))
    assert (groups.row["networks"], groups.row["permutations"], groups.row["exact"]) == (12, 495, True)
    assert groups.row["p"] == pytest.approx(1 / 495)
    assert groups.maps is not None
    assert (groups.maps[1][PATCH] <= 0.05).mean() > 0.5
    few = network_contrast(key, people(0, 4), people(1, 4))
    assert few.row["reason"] == "16 labellings only: p cannot be below 0.12"


def test_pixels_that_only_one_side_has_take_no_part() -> None:
    first, second = people(0, 8), people(1, 8)
    first.pixels[0, :] = False
    cut = PersonMatrix(first.people, first.weights, first.values[:, SHAPE[1] :], first.pixels)
    found = paired_contrast(KEY, cut, second)
    assert found.maps is not None
    assert np.isnan(found.maps[0][0]).all()
    assert np.isfinite(found.maps[0][1:]).all()


def test_the_table_adjusts_over_a_kind_and_names_its_maps() -> None:
    tested = [Contrast(KEY | {"p": p, "reason": ""}, (np.ones(SHAPE), np.ones(SHAPE))) for p in (0.01, 0.04)]
    table = difference_table([Contrast(KEY | {"reason": "few"}), *tested])
    assert table["q"].tolist()[1:] == [0.02, 0.04]
    assert table["map"].tolist()[1:] == [0, 1]
    assert table[["q", "map"]].isna().all(axis=1).tolist() == [True, False, False]
    maps = difference_maps(tested)
    assert maps is not None
    assert dict(maps.sizes) == {"map": 2, "y4": 10, "x4": 12}
    assert difference_maps([]) is None
    assert difference_table([]).empty


def test_maps_that_do_not_differ_are_seldom_said_to() -> None:
    wrong = [
        paired_contrast(KEY, people(2 * seed, 9), people(2 * seed + 1, 9)).row["p"] <= 0.05  # type: ignore[operator]
        for seed in range(200)
    ]
    assert np.mean(wrong) <= at_most(0.05, 200)
