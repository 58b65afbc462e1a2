import numpy as np
import pytest

from fer_xai.synthetic.places import INVISIBLE, are_visible, as_shares, changes, in_one_place


def bands(*rows: tuple[int, ...]) -> np.ndarray:
    """Differences (n, 2, 2) from the four values of each."""
    return np.array(rows, np.float32).reshape(-1, 2, 2)


def test_a_change_is_the_mean_of_its_channels_whatever_its_direction():
    full, other = np.full((2, 2, 3), 100, np.uint8), np.full((2, 2, 3), 100, np.uint8)
    other[0, 1] = [130, 70, 100]
    other[1, 0] = [255, 255, 255]
    np.testing.assert_array_equal(changes(full, [other, full]), bands((0, 20, 155, 0), (0, 0, 0, 0)))
    assert changes(full, []).shape == (0, 2, 2)


def test_a_change_of_rounding_is_not_seen():
    assert are_visible(bands((INVISIBLE, 2, 2, 2), (0, 0, INVISIBLE + 0.1, 0))).tolist() == [False, True]


def test_features_with_a_cosine_above_a_half_show_in_one_place():
    # Cosines with the first: 1/sqrt(2), 0.5 exactly, and none.
    found = in_one_place(bands((1, 0, 0, 0), (1, 1, 0, 0), (0, 0, 5, 0)))
    assert found == [(0, 1), (2,)]
    assert in_one_place(bands((2, 0, 0, 0), (1, 1, 1, 1), (0, 0, 0, 1))) == [(0,), (1,), (2,)]
    assert in_one_place(bands()) == []


def test_features_are_in_one_place_through_others():
    """The first and the last do not overlap, and both overlap with that between them."""
    assert in_one_place(bands((1, 0, 0, 0), (0, 0, 0, 1), (1, 1, 0, 0), (0, 1, 0, 0))) == [(0, 2, 3), (1,)]


def test_shares_add_up_to_one():
    shares = as_shares(bands((1, 3, 0, 0), (0, 0, 0, 0)))
    np.testing.assert_allclose(shares, bands((0.25, 0.75, 0, 0), (0, 0, 0, 0)))
    assert shares.dtype == np.float32


@pytest.mark.parametrize("scale", [1, 7])
def test_how_strong_a_change_is_makes_no_difference_to_where_it_is(scale):
    assert in_one_place(bands((scale, scale, 0, 0), (0, 9, 0, 0), (0, 0, scale, 0))) == [(0, 1), (2,)]
