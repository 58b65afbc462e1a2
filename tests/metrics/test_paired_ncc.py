"""NCC of heatmaps with one other heatmap each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_xai.metrics.correlation import ncc_matrix
from fer_xai.metrics.pairs import paired_ncc


@given(st.integers(0, 10_000))
def test_pairs_are_entries_of_the_matrix(seed):
    maps = np.random.default_rng(seed).normal(size=(2, 4, 5, 6))
    expected = [ncc_matrix(np.stack(pair))[0, 1] for pair in zip(*maps, strict=True)]
    np.testing.assert_allclose(paired_ncc(*maps), expected, atol=1e-12)
    np.testing.assert_allclose(paired_ncc(maps[0], 3 * maps[0] + 2), 1)
    np.testing.assert_allclose(paired_ncc(maps[0], -maps[0]), -1)


def test_pixels_that_are_missing_in_either_take_no_part():
    maps, others = np.random.default_rng(0).normal(size=(2, 1, 4, 4))
    expected = np.corrcoef(maps[0, 1:, 1:].ravel(), others[0, 1:, 1:].ravel())[0, 1]
    maps[0, 0], others[0, :, 0] = np.nan, np.inf
    assert paired_ncc(maps, others)[0] == pytest.approx(expected)


def test_flat_and_missing_maps():
    maps, flat, missing = np.arange(4.0)[None], np.full((1, 4), 0.1), np.full((1, 4), np.nan)
    assert paired_ncc(maps, flat)[0] == 0
    for other in (maps, flat):
        assert np.isnan(paired_ncc(flat, other)[0])
        assert np.isnan(paired_ncc(missing, other)[0])
        assert np.isnan(paired_ncc(other, missing)[0])
    assert paired_ncc(np.empty((0, 4)), np.empty((0, 4))).shape == (0,)
