import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from helpers.null_maps import at_most, null_maps
from hypothesis import given
from hypothesis import strategies as st

from fer_xai.analysis.effects.labellings import Design, Labellings
from fer_xai.analysis.similarity.cluster_tables import cluster_rows
from fer_xai.analysis.similarity.dendrograms import agreement, cluster, root_height
from fer_xai.analysis.similarity.map_correlations import compare, distances_of, similarity


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


def labellings(words: Sequence[str]) -> Labellings:
    """All ways in which single leaves could have these words."""
    known = [word for word in words if word]
    return Design(tuple(range(len(known))), ("",) * len(known), "leaves").labellings(known)


def test_agreement() -> None:
    clusters = np.array([1, 1, 1, 1, 2, 2, 2, 2])
    words = ["x"] * 4 + ["y"] * 4
    same = agreement(clusters, words, labellings(words))
    assert same.adjusted_rand == 1
    assert same.p == 2 / 70
    unknown = agreement(clusters, ["x", "x", "", "", "y", "y", "", ""])
    assert (unknown.adjusted_rand, unknown.n) == (1, 4)
    assert agreement(clusters, ["x"] * 8).reason == "the same for all: x"
    assert agreement(clusters, [""] * 8).reason == "the factor is not known"
    assert np.isnan(agreement(clusters, list("abcdefgh")).adjusted_rand)


def test_p_is_the_share_of_labellings() -> None:
    clusters, words = np.array([1, 1, 2, 2, 2]), ["x", "x", "y", "y", "y"]
    exact = np.mean([set(pair) == {0, 1} for pair in itertools.combinations(range(5), 2)])
    assert agreement(clusters, words, labellings(words)).p == exact


def false_alarms(studies: int) -> float:
    """Trees of all pairs of network and expression, in which networks differ, but not by their kind."""
    rng = np.random.default_rng(0)
    names = [(f"n{n}", f"e{e}") for n in range(8) for e in range(4)]
    leaves = pd.DataFrame(names, columns=["network", "expression"], index=[f"{n}, {e}" for n, e in names])
    leaves["architecture"] = leaves["network"]
    kinds = {"pretrained": {f"n{n}": "x" if n < 4 else "y" for n in range(8)}}
    alarms = 0
    for _ in range(studies):
        maps = null_maps(rng, leaves, {"network": 1.5})
        valid, people = np.ones((len(maps), 1, maps.shape[1]), dtype=bool), np.full(len(maps), 20)
        between = similarity(list(leaves.index), maps[:, None], valid, people)
        rows = cluster_rows("all", "gradcam", between, leaves, kinds)
        own = next(row for row in rows if row["factor"] == "pretrained")
        assert (own["permutations"], own["moved"]) == (70, "networks")
        alarms += own["p"] <= 0.05
    return alarms / studies


def test_maps_of_one_network_are_one_piece_of_evidence() -> None:
    """Shuffling leaves instead of networks would see pretraining in a third of these studies."""
    assert false_alarms(30) <= at_most(0.05, 30)


@pytest.mark.slow
def test_maps_of_one_network_are_one_piece_of_evidence_in_many_studies() -> None:
    assert false_alarms(1000) <= at_most(0.05, 1000)


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
    same = agreement(np.array([5, 5, 2, 2, 7]), list("aabbc"))
    assert same.adjusted_rand == 1
    half = agreement(np.array([1, 1, 2, 3, 3]), list("aabbc"))
    assert half.adjusted_rand == pytest.approx((1 - 0.4) / (2 - 0.4))
