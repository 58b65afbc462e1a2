import numpy as np
import pytest

from fer_xai.analysis.similarity.dendrograms import Dendrogram, cluster
from fer_xai.analysis.similarity.map_correlations import similarity
from fer_xai.analysis.similarity.node_support import node_rows, node_support, node_table
from fer_xai.scoring.resampled import Resampled


def tree(*merges: tuple[int, int]) -> Dendrogram:
    """A tree of the leaves a to d, by the numbers of what is merged (leaves first, then merges)."""
    sizes = [1] * 4
    rows = []
    for height, (left, right) in enumerate(merges, start=1):
        sizes.append(sizes[left] + sizes[right])
        rows.append((left, right, height, sizes[-1]))
    return Dendrogram(tuple("abcd"), np.array(rows, dtype=float), 1.0)


def test_nodes_are_the_leaves_below_each_merge() -> None:
    assert tree((0, 1), (2, 3), (4, 5)).nodes == (frozenset("ab"), frozenset("cd"), frozenset("abcd"))


def test_support_is_the_share_of_trees_that_have_the_node() -> None:
    own = tree((0, 1), (2, 3), (4, 5))  # ab, cd
    others = [
        tree((2, 3), (0, 1), (4, 5)),  # ab, cd in another order
        tree((0, 1), (4, 2), (5, 3)),  # ab, abc
        tree((0, 2), (1, 3), (4, 5)),  # ac, bd
        tree((1, 0), (3, 4), (2, 5)),  # ab, abd
    ]
    assert node_support(own, others) == [3 / 4, 1 / 4, 1]
    assert np.isnan(node_support(own, [])).all()


def test_rows_of_a_study_with_and_without_replicates() -> None:
    rng = np.random.default_rng(0)
    maps = rng.random((4, 5, 5))
    maps[1] = maps[0] + 0.01 * maps[1]
    valid, people = np.ones(maps.shape, dtype=bool), np.full(4, 20)
    plain = similarity(list("abcd"), maps, valid, people)
    assert node_table(node_rows("fear", "gradcam", plain))["support"].isna().all()
    drawn = Resampled.over_people(plain.ncc, np.stack([plain.ncc, plain.ncc, plain.ncc[::-1, ::-1]]))
    table = node_table(node_rows("fear", "gradcam", similarity(list("abcd"), maps, valid, people, drawn)))
    first = table.iloc[0]
    assert (first["members"], first["replicates"]) == ("a | b", 3)
    assert first["support"] == pytest.approx(2 / 3)
    assert table["support"].iloc[-1] == 1
    assert cluster(plain.distances, "abcd") is not None
