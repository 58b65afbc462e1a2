"""What a map says of players whose values and places are known, worked out by hand."""

import math

import numpy as np
import pytest

from fer_xai.trust.evidence_measures import (
    agreeing,
    hit,
    hit_of_permuted_values,
    map_correlation,
    rank_correlation,
    relevance_where_shown,
    unchanged_share,
)

#: Four players in the quarters of a picture of 8 x 8.
PLACES = np.zeros((4, 8, 8))
for number in range(4):
    PLACES[number, 4 * (number // 2) :, :][:4, 4 * (number % 2) :][:, :4] = 1 / 16
VALUES = np.array([2.0, -1.0, 0.5, 0.25])
TRUE_MAP = np.einsum("p,pyx->yx", VALUES, PLACES)


def test_true_map_of_equal_places_without_overlap_is_right_in_everything():
    relevance = relevance_where_shown(TRUE_MAP, PLACES)
    np.testing.assert_allclose(relevance, VALUES / 16)
    assert rank_correlation(relevance, VALUES) == pytest.approx(1)
    assert hit(relevance, VALUES) == 1
    assert map_correlation(TRUE_MAP, TRUE_MAP, 0.1) == pytest.approx(1)
    assert map_correlation(TRUE_MAP.clip(min=0), TRUE_MAP, 0.1) == pytest.approx(1)
    assert rank_correlation(-relevance, VALUES) == pytest.approx(-1)
    assert hit(-relevance, VALUES) == 0


def test_relevance_is_a_mean_weighted_by_where_a_player_shows():
    heatmap = np.arange(4.0).reshape(2, 2)
    places = np.array([[[0.5, 0.5], [0, 0]], [[0, 0.25], [0.25, 0.5]]])
    assert relevance_where_shown(heatmap, places).tolist() == [0.5, 2.25]
    assert relevance_where_shown(np.full((2, 2), 3.0), places).tolist() == [3, 3]


def test_rank_correlation_is_spearmans_and_wants_three_players():
    # Ranks 1 2 3 4 against 1 3 2 4: 1 - 6 * 2 / (4 * 15).
    assert rank_correlation(np.array([1, 3, 2, 4]), np.array([10, 20, 30, 40])) == pytest.approx(0.8)
    assert math.isnan(rank_correlation(np.array([1.0, 2.0]), np.array([1.0, 2.0])))
    assert rank_correlation(np.ones(3), np.array([1.0, 2.0, 3.0])) == 0
    assert math.isnan(rank_correlation(np.array([1.0, 2.0, 3.0]), np.ones(3)))
    assert math.isnan(rank_correlation(np.full(3, np.nan), np.array([1.0, 2.0, 3.0])))


def test_rounding_of_the_network_makes_no_order():
    values = np.array([4.0, 1e-8, -1e-8, 0.0])
    assert rank_correlation(np.array([9.0, 1.0, 1.0, 1.0]), values) == pytest.approx(1)
    assert hit(np.array([1.0, 1 - 1e-9, 0.0]), np.array([3.0, 1.0, 0.0])) == 0.5


def test_hit_draws_lots_among_equals():
    values = np.array([0.0, 3.0, 1.0, 1.0])
    assert hit(np.array([0.0, 2.0, 1.0, 1.0]), values) == 1
    assert hit(np.array([2.0, 2.0, 0.0, 0.0]), values) == 0.5
    assert hit(np.zeros(4), values) == hit_of_permuted_values(values) == 0.25
    assert hit_of_permuted_values(np.array([3.0, 3.0, 0.0])) == pytest.approx(2 / 3)
    assert math.isnan(hit(np.array([1.0]), np.array([1.0])))
    assert math.isnan(hit_of_permuted_values(np.array([1.0])))
    assert math.isnan(hit(np.array([1.0, np.nan]), np.array([1.0, 2.0])))


def test_blind_relevance_hits_as_often_as_permuted_values():
    rng = np.random.default_rng(0)
    hits = [hit(relevance_where_shown(rng.random((8, 8)), PLACES), VALUES) for _ in range(4000)]
    # Four standard errors of a share of a quarter.
    assert np.mean(hits) == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / 4000))


def test_map_is_compared_with_what_it_can_say():
    """A map without signs is compared with what speaks for the class, one with signs with all of the true map."""
    unsigned, signed = np.abs(TRUE_MAP), TRUE_MAP
    expected = np.corrcoef(unsigned.ravel(), TRUE_MAP.clip(min=0).ravel())[0, 1]
    assert map_correlation(unsigned, TRUE_MAP, 0) == pytest.approx(expected)
    assert map_correlation(signed, TRUE_MAP, 0) == pytest.approx(1)
    assert map_correlation(np.ones((8, 8)), TRUE_MAP, 0) == 0
    assert math.isnan(map_correlation(unsigned, np.zeros((8, 8)), 0.1))


def test_blur_brings_maps_of_other_resolution_together():
    """A map in single pixels within the right quarter is like the true one only when both are blurred."""
    points = np.zeros((8, 8))
    points[1::4, 1::4] = np.array([[2.0, 0], [0.5, 0.25]])
    sharp, blurred = (map_correlation(points, TRUE_MAP, blur) for blur in (0.0, 0.25))
    assert sharp < 0.5 < 0.9 < blurred


def test_share_of_relevance_where_nothing_changes():
    full, rest = np.full((2, 2, 3), 100, np.uint8), np.full((2, 2, 3), 100, np.uint8)
    rest[0, 0, 2], rest[0, 1, 0] = 103, 102
    unchanged = agreeing(full, rest, 2)
    assert unchanged.tolist() == [[False, True], [True, True]]
    assert unchanged_share(np.array([[6.0, -1.0], [1.0, 0.0]]), unchanged) == 0.25
    assert unchanged_share(np.zeros((2, 2)), unchanged) != unchanged_share(np.zeros((2, 2)), unchanged)
