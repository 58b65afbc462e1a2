import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_xai.analysis.similarity.dendrograms import agreement, cluster, root_height
from fer_xai.analysis.similarity.map_correlations import compare, distances_of


def average_linkage(distances: np.ndarray) -> list[float]:
    """Merge heights, the slow way: the mean over all pairs of members of the two nearest clusters."""
    groups, heights = [[i] for i in range(len(distances))], []
    while len(groups) > 1:
        pairs = itertools.combinations(range(len(groups)), 2)
        height, a, b = min((distances[np.ix_(groups[a], groups[b])].mean(), a, b) for a, b in pairs)
        heights.append(height)
        groups[a] += groups.pop(b)
    return heights


def random_distances(seed: int, n: int) -> np.ndarray:
    points = np.random.default_rng(seed).random((n, 3))
    return np.linalg.norm(points[:, None] - points[None], axis=-1)


@pytest.mark.parametrize("n", [2, 3, 8])
def test_heights_equal_the_definition(n: int) -> None:
    distances = random_distances(n, n)
    tree = cluster(distances, [str(i) for i in range(n)])
    assert tree is not None
    np.testing.assert_allclose(tree.tree[:, 2], average_linkage(distances))
    assert root_height(distances) == pytest.approx(average_linkage(distances)[-1])


def test_undefined_leaves_are_left_out() -> None:
    distances = random_distances(0, 5)
    distances[2] = distances[:, 2] = np.nan
    tree = cluster(distances, "abcde")
    assert tree is not None
    assert tree.labels == ("a", "b", "d", "e")
    assert tree.left_out == ("c",)
    assert cluster(np.full((3, 3), np.nan), "abc") is None
    assert cluster(np.zeros((1, 1)), "a") is None


def test_cophenetic_correlation_by_hand() -> None:
    distances = np.array([[0, 1, 4], [1, 0, 6], [4, 6, 0]], dtype=float)
    tree = cluster(distances, "abc")
    assert tree is not None
    expected = np.corrcoef([1, 4, 6], [1, 5, 5])[0, 1]
    assert tree.cophenetic == pytest.approx(expected)
    assert tree.cut(2).tolist() in ([1, 1, 2], [2, 2, 1])


def test_agreement() -> None:
    clusters = np.array([1, 1, 1, 1, 2, 2, 2, 2])
    same = agreement(clusters, ["x"] * 4 + ["y"] * 4)
    assert same.adjusted_rand == 1
    assert same.p <= 0.1  # 2 of the 70 labellings
    unknown = agreement(clusters, ["x", "x", "", "", "y", "y", "", ""])
    assert (unknown.adjusted_rand, unknown.n) == (1, 4)
    assert agreement(clusters, ["x"] * 8).reason == "the same for all: x"
    assert agreement(clusters, [""] * 8).reason == "the factor is not known"
    assert np.isnan(agreement(clusters, list("abcdefgh")).adjusted_rand)


def test_permutation_p_is_the_share_of_labellings() -> None:
    clusters, words = np.array([1, 1, 2, 2, 2]), ["x", "x", "y", "y", "y"]
    exact = np.mean([set(pair) == {0, 1} for pair in itertools.combinations(range(5), 2)])
    assert agreement(clusters, words, permutations=4000).p == pytest.approx(exact, abs=0.02)


@given(st.integers(0, 2**32 - 1))
def test_distance_ignores_contrast_and_brightness(seed: int) -> None:
    rng = np.random.default_rng(seed)
    maps = rng.random((3, 6, 5))
    valid = rng.random((3, 6, 5)) < 0.9
    ncc, share = compare(maps, valid)
    again, _ = compare(maps * 3 + 7, valid)
    np.testing.assert_allclose(ncc, again, atol=1e-9)
    assert share == valid.all(0).mean()
    assert (distances_of(ncc).diagonal() == 0).all()


def test_missing_maps_do_not_narrow_the_others() -> None:
    maps = np.random.default_rng(1).random((3, 6, 5))
    valid = np.ones(maps.shape, dtype=bool)
    whole, _ = compare(maps[:2], valid[:2])
    valid[2] = False
    ncc, share = compare(np.where(valid, maps, np.nan), valid)
    assert share == 1
    np.testing.assert_allclose(ncc[:2, :2], whole)
    assert np.isnan(ncc[2]).all()


def test_adjusted_rand_by_hand() -> None:
    """One of two true pairs is found, and one false pair: (1 - 2 * 2 / 10) / ((2 + 2) / 2 - 2 * 2 / 10)."""
    same = agreement(np.array([5, 5, 2, 2, 7]), list("aabbc"), permutations=0)
    assert same.adjusted_rand == 1
    half = agreement(np.array([1, 1, 2, 3, 3]), list("aabbc"), permutations=0)
    assert half.adjusted_rand == pytest.approx((1 - 0.4) / (2 - 0.4))
