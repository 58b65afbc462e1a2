"""The statistics against scikit-bio's, and against sums over pairs of maps."""

import numpy as np
import pytest

from fer_xai.analysis.effects.distance_tests import (
    anosim,
    centroid_distances,
    distance_ranks,
    explained,
    permanova,
    permdisp,
)

distance = pytest.importorskip("skbio.stats.distance", reason="scikit-bio (extra dev) is not installed")

SIZES = [(4, 8), (6, 6), (3, 4, 5), (2, 2, 2, 2)]


def points(sizes: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points with a centre of their own per group, their groups, and their squared distances."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    spread = rng.standard_normal((len(groups), 5)) + rng.standard_normal((len(sizes), 5))[groups]
    return spread, groups, ((spread[:, None] - spread[None]) ** 2).sum(-1)


@pytest.mark.parametrize("sizes", SIZES)
def test_permanova_is_scikit_bios(sizes: tuple[int, ...]) -> None:
    _, groups, squared = points(sizes)
    matrix = distance.DistanceMatrix(np.sqrt(squared))
    expected = distance.permanova(matrix, groups, permutations=0)["test statistic"]
    labellings = np.stack([groups, np.random.default_rng(1).permutation(groups)])
    assert permanova(squared, labellings)[0] == pytest.approx(expected, rel=1e-10)
    shuffled = distance.permanova(matrix, labellings[1], permutations=0)["test statistic"]
    assert permanova(squared, labellings)[1] == pytest.approx(shuffled, rel=1e-10)


@pytest.mark.parametrize("sizes", SIZES)
def test_anosim_is_scikit_bios(sizes: tuple[int, ...]) -> None:
    _, groups, squared = points(sizes)
    expected = distance.anosim(distance.DistanceMatrix(np.sqrt(squared)), groups, permutations=0)["test statistic"]
    assert anosim(distance_ranks(squared), groups[None])[0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("sizes", [(6, 6), (4, 4, 4)])
def test_permdisp_is_scikit_bios_where_groups_are_alike_in_size(sizes: tuple[int, ...]) -> None:
    """Of groups of one size, correcting for it changes nothing."""
    _, groups, squared = points(sizes)
    matrix = distance.DistanceMatrix(np.sqrt(squared))
    expected = distance.permdisp(matrix, groups, test="centroid", permutations=0, method="eigh")["test statistic"]
    assert permdisp(centroid_distances(squared, groups), groups[None])[0] == pytest.approx(expected, rel=1e-8)


def test_permdisp_counts_shared_errors_of_the_own_groups() -> None:
    """Of groups of one size, F is that of the distances times (1 - c) / (1 + (size - 1) c), c = 1 / (size - 1)^2."""
    _, groups, squared = points((5, 5))
    distances = centroid_distances(squared, groups)
    plain, own = (float(permdisp(distances, groups[None], own=word)[0]) for word in (False, True))
    assert own == pytest.approx(plain * (15 / 16) / (5 / 4))


def test_distances_from_centroids() -> None:
    spread, groups, squared = points((3, 5))
    for level, size in enumerate((3, 5)):
        own = spread[groups == level]
        expected = np.linalg.norm(own - own.mean(0), axis=1) / np.sqrt(1 - 1 / size)
        np.testing.assert_allclose(centroid_distances(squared, groups)[groups == level], expected)


def test_r2_is_the_share_of_the_sum_of_squares() -> None:
    spread, groups, squared = points((4, 8))
    total = ((spread - spread.mean(0)) ** 2).sum()
    within = sum(((own - own.mean(0)) ** 2).sum() for own in (spread[groups == 0], spread[groups == 1]))
    f = float(permanova(squared, groups[None])[0])
    assert explained(f, 12, 2) == pytest.approx(1 - within / total)


@pytest.mark.parametrize("statistic", ["permanova", "permdisp", "anosim"])
def test_all_labellings_at_once_are_those_of_a_loop(statistic: str) -> None:
    """More than are worked on at a time."""
    _, groups, squared = points((5, 7, 8))
    labellings = np.random.default_rng(0).permuted(np.tile(groups, (1100, 1)), axis=1)
    data = {"permanova": squared, "permdisp": centroid_distances(squared, groups), "anosim": distance_ranks(squared)}
    of = {"permanova": permanova, "permdisp": permdisp, "anosim": anosim}[statistic]
    one_by_one = [float(of(data[statistic], one[None])[0]) for one in labellings]
    np.testing.assert_allclose(of(data[statistic], labellings), one_by_one, rtol=1e-9)
