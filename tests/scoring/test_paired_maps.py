"""The same people's maps made in two ways, by arithmetic and by the slow way round."""

import math

import numpy as np
import pytest
from scipy.stats import t

from fer_xai.metrics.ncc import NCC
from fer_xai.metrics.reference_maps import ReferenceMaps
from fer_xai.scoring.paired_maps import PairedMaps, each_left_out, jackknife, mean_scores, over_expressions
from fer_xai.scoring.person_matrix import PersonMatrix

PEOPLE = ("a", "b", "c")


def matrix(
    values: np.ndarray, people: tuple[str, ...] = PEOPLE, weights: tuple[float, ...] = (1, 1, 1)
) -> PersonMatrix:
    return PersonMatrix(people, np.array(weights, float), np.array(values, float), np.ones((1, len(values[0])), bool))


def test_likeness_of_a_map_with_itself_is_1_and_with_its_negative_minus_1() -> None:
    maps = matrix(np.random.default_rng(0).normal(size=(3, 8)))
    kept = np.ones((1, 3), bool)
    assert PairedMaps.of(maps, maps).likeness(kept) == pytest.approx(1)
    assert PairedMaps.of(maps, matrix(-maps.values)).likeness(kept) == pytest.approx(-1)
    assert np.isnan(PairedMaps.of(maps, matrix(np.ones((3, 8)))).likeness(kept)).all()


def test_likeness_weighs_people_by_their_images() -> None:
    """By hand: the mean maps are (2 x (1, 0, 0) + (0, 3, 0)) / 3 and (0, 1, 2)."""
    own = matrix([[1, 0, 0], [0, 3, 0]], ("a", "b"), (2, 1))
    other = matrix([[0, 1, 2], [0, 1, 2]], ("a", "b"), (1, 1))
    one, two = np.array([2, 3, 0]) / 3, np.array([0, 1, 2])
    expected = np.corrcoef(one, two)[0, 1]
    assert PairedMaps.of(own, other).likeness(np.ones((1, 2), bool))[0] == pytest.approx(expected)


def test_only_people_of_both_are_paired_in_one_order() -> None:
    own = matrix([[1, 2], [3, 4], [5, 6]])
    other = matrix([[50, 60], [10, 20]], ("c", "a"), (1, 1))
    pair = PairedMaps.of(own, other)
    assert pair.people == ("a", "c")
    assert pair.own.values.tolist() == [[1, 2], [5, 6]]
    assert pair.other.values.tolist() == [[10, 20], [50, 60]]
    assert PairedMaps.of(own, matrix([[1, 2]], ("z",), (1,))) is None


def test_scores_are_those_of_the_mean_map_of_whoever_is_kept() -> None:
    rng = np.random.default_rng(1)
    maps = matrix(rng.normal(size=(3, 12)), weights=(1, 2, 3))
    target = rng.normal(size=(1, 12))
    reference = ReferenceMaps(target > 0, np.maximum(target, 0), target, np.ones((1, 12), bool))
    kept = each_left_out(PEOPLE, PEOPLE)
    assert kept.tolist() == [[True] * 3, [False, True, True], [True, False, True], [True, True, False]]
    scores = mean_scores(maps, kept, reference, NCC())
    for row, score in zip(kept, scores, strict=True):
        mean = np.average(maps.values[row], axis=0, weights=maps.weights[row])
        assert score == pytest.approx(np.corrcoef(mean, target[0])[0, 1])


def test_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.array([3.0, 5.0, 4.0, 8.0, 1.0, 6.0])
    n = len(values)
    figures = np.array([values.mean(), *((values.sum() - value) / (n - 1) for value in values)])
    error = values.std(ddof=1) / math.sqrt(n)
    found = jackknife(figures, n)
    assert found.error == pytest.approx(error)
    assert found.low == pytest.approx(values.mean() - t.ppf(0.975, n - 1) * error)
    assert found.p() == pytest.approx(2 * t.sf(values.mean() / error, n - 1))
    # People who had no part leave the figure as it was, and change nothing.
    more = jackknife(np.concatenate([figures, [values.mean()] * 4]), n)
    assert more.error == pytest.approx(error)


def test_jackknife_says_why_there_is_no_interval() -> None:
    assert "4 people" in jackknife(np.arange(5.0), 4).reason
    assert jackknife(np.full(7, 0.5), 6).reason == "no interval: no person makes a difference"
    assert jackknife(np.array([np.nan] * 7), 6).reason == "undefined"
    assert jackknife(np.arange(7.0), 6, (0, 1)).high == 1


def test_mean_over_expressions_leaves_out_what_is_undefined() -> None:
    assert over_expressions([np.array([1.0, 2.0]), np.array([np.nan, 5.0]), np.array([3.0, 4.0])]).tolist() == [2, 3]
