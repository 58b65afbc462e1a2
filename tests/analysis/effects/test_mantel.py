import itertools

import numpy as np
import pytest
from helpers.null_maps import at_most, leaves, null_maps, squared_distances

from fer_xai.analysis.effects.mantel import mantel, mantel_table
from fer_xai.analysis.similarity.map_correlations import SimilarityTables, similarity


def distances(seed: int, n: int) -> np.ndarray:
    points = np.random.default_rng(seed).standard_normal((n, 3))
    return np.linalg.norm(points[:, None] - points[None], axis=-1)


def test_the_test_by_a_loop_over_all_orders() -> None:
    one, other = distances(0, 5), distances(1, 5) + distances(0, 5)
    upper = np.triu_indices(5, 1)
    values = [
        np.corrcoef(one[upper], other[np.ix_(order, order)][upper])[0, 1] for order in itertools.permutations(range(5))
    ]
    r, p, number, exact = mantel(one, other)
    assert (number, exact) == (120, True)
    assert r == pytest.approx(values[0])
    assert p == np.mean(np.abs(values) >= abs(values[0]) - 1e-9)


def test_r_is_scikit_bios() -> None:
    distance = pytest.importorskip("skbio.stats.distance", reason="scikit-bio (extra dev) is not installed")
    one, other = distances(0, 12), distances(1, 12) + distances(0, 12)
    expected, p, _ = distance.mantel(
        distance.DistanceMatrix(one), distance.DistanceMatrix(other), permutations=999, seed=0
    )
    r, own, number, exact = mantel(one, other)
    assert r == pytest.approx(expected)
    assert own == pytest.approx(p, abs=0.01)
    assert (number, exact) == (9999, False)


def test_the_table_and_its_reasons() -> None:
    rng = np.random.default_rng(0)
    labels = list("abcde")
    valid, people = np.ones((5, 4, 4), dtype=bool), np.full(5, 20)

    def tables(name: str) -> SimilarityTables:
        maps = {word: rng.random((5, 4, 4)) for word in ("anger", "fear")}
        return SimilarityTables(name, {word: similarity(labels, item, valid, people) for word, item in maps.items()})

    one, other = tables("gradcam"), tables("lime")
    table = mantel_table([one, other])
    assert table["kind"].value_counts().to_dict() == {"explainers": 3, "expressions": 2}
    assert (table["permutations"] == 120).all()
    few = {word: similarity(labels[:3], rng.random((3, 4, 4)), valid[:3], people[:3]) for word in ("anger", "fear")}
    assert mantel_table([SimilarityTables("x", few)])["reason"].item() == (
        "fewer than 4 networks have a map on both sides"
    )
    same = SimilarityTables("x", {"anger": one.networks["anger"], "fear": one.networks["anger"]})
    assert mantel_table([same])["r"].item() == pytest.approx(1)


def false_alarms(studies: int) -> float:
    rng, frame = np.random.default_rng(0), leaves(6)
    pairs = ([squared_distances(null_maps(rng, frame, {})) ** 0.5 for _ in range(2)] for _ in range(studies))
    return float(np.mean([mantel(one, other)[1] <= 0.05 for one, other in pairs]))


def test_the_test_seldom_errs() -> None:
    assert false_alarms(200) <= at_most(0.05, 200)


@pytest.mark.slow
def test_the_test_seldom_errs_in_many_studies() -> None:
    rate = false_alarms(4000)
    assert 0.04 <= rate <= at_most(0.05, 4000)
