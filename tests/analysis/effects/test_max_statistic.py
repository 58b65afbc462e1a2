"""The largest statistic over the frame, against loops over labellings and scipy's t-tests."""

import itertools

import numpy as np
import pytest
from helpers.null_maps import at_most
from scipy.stats import ttest_ind, ttest_rel

from fer_xai.analysis.effects.max_statistic import group_difference, paired_difference


def maps(seed: int, n: int, pixels: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, pixels))


def test_pairs_by_a_loop_over_all_signs() -> None:
    first, second = maps(0, 6) + 1, maps(1, 6)
    found = paired_difference(first, second)
    expected = ttest_rel(first, second).statistic
    largest = []
    for signs in itertools.product([1, -1], repeat=6):
        flipped = np.array(signs)[:, None] * (first - second)
        largest.append(np.abs(flipped.mean(0) / (flipped.std(0, ddof=1) / np.sqrt(6))).max())
    np.testing.assert_allclose(found.t, expected)
    np.testing.assert_allclose(found.p, [(np.array(largest) >= abs(t) - 1e-9).mean() for t in expected])
    np.testing.assert_allclose(found.difference, (first - second).mean(0))
    assert (found.permutations, found.exact) == (64, True)


def test_groups_by_a_loop_over_all_labels() -> None:
    first, second = maps(0, 3) + 2, maps(1, 5)
    found = group_difference(first, second)
    together = np.concatenate([first, second])
    expected = ttest_ind(first, second).statistic
    largest = []
    for chosen in itertools.combinations(range(8), 3):
        others = [place for place in range(8) if place not in chosen]
        largest.append(np.abs(ttest_ind(together[list(chosen)], together[others]).statistic).max())
    np.testing.assert_allclose(found.t, expected)
    np.testing.assert_allclose(found.p, [(np.array(largest) >= abs(t) - 1e-9).mean() for t in expected])
    assert (found.permutations, found.exact) == (56, True)


def test_pixels_that_are_always_the_same_are_not_tested() -> None:
    first, second = maps(0, 4), maps(1, 4)
    first[:, 2] = second[:, 2] = 1.0
    for found in (paired_difference(first, second), group_difference(first, second)):
        assert np.isnan(found.t[2])
        assert np.isnan(found.p[2])
        assert np.isfinite(np.delete(found.p, 2)).all()


def test_any_pixel_is_seldom_marked_by_mistake() -> None:
    paired = [np.nanmin(paired_difference(maps(2 * s, 8), maps(2 * s + 1, 8)).p) <= 0.05 for s in range(300)]
    groups = [np.nanmin(group_difference(maps(2 * s, 4), maps(2 * s + 1, 8)).p) <= 0.05 for s in range(300)]
    assert np.mean(paired) <= at_most(0.05, 300)
    assert np.mean(groups) <= at_most(0.05, 300)


@pytest.mark.slow
def test_any_pixel_is_seldom_marked_by_mistake_in_many_studies() -> None:
    groups = [np.nanmin(group_difference(maps(2 * s, 4), maps(2 * s + 1, 8)).p) <= 0.05 for s in range(4000)]
    assert 0.04 <= np.mean(groups) <= at_most(0.05, 4000)
    paired = [np.nanmin(paired_difference(maps(2 * s, 8), maps(2 * s + 1, 8)).p) <= 0.05 for s in range(4000)]
    assert 0.035 <= np.mean(paired) <= at_most(0.05, 4000)
