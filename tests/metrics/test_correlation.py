import numpy as np
import pytest

from fer_xai.metrics.correlation import ncc_matrix


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-6)])
def test_equals_numpy(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(0)
    maps = (100 + rng.random((6, 1)) + rng.normal(0, 1, (6, 9000)) + rng.normal(0, 1, 9000)).astype(dtype)
    maps = maps.reshape(6, 90, 100)
    expected = np.corrcoef(maps.reshape(6, -1).astype(np.float64))
    np.testing.assert_allclose(ncc_matrix(maps), expected, atol=tolerance)


def test_only_pixels_that_are_valid_everywhere_take_part() -> None:
    rng = np.random.default_rng(1)
    maps, valid = rng.random((4, 7, 5)), rng.random((4, 7, 5)) < 0.9
    common = valid.all(axis=0)
    expected = np.corrcoef(maps[:, common])
    np.testing.assert_allclose(ncc_matrix(maps, common), expected, atol=1e-12)
    np.testing.assert_allclose(ncc_matrix(np.where(valid, maps, np.nan), valid), expected, atol=1e-12)


def test_properties() -> None:
    rng = np.random.default_rng(2)
    maps = rng.random((5, 8, 9))
    maps[1], maps[2] = 2 * maps[0] + 1, -maps[0]
    similarity = ncc_matrix(maps)
    np.testing.assert_array_equal(similarity, similarity.T)
    np.testing.assert_array_equal(np.diag(similarity), 1)
    assert np.abs(similarity).max() <= 1
    assert similarity[0, 1] == pytest.approx(1)
    assert similarity[0, 2] == pytest.approx(-1)


def test_constant_and_unfinished_maps_resemble_nothing() -> None:
    maps = np.random.default_rng(3).random((4, 6, 6))
    maps[1], maps[2, 0, 0] = 0.1, np.nan
    similarity = ncc_matrix(maps)
    assert np.isnan(similarity[[1, 2]]).all()
    assert np.isnan(similarity[:, [1, 2]]).all()
    assert np.isfinite(similarity[np.ix_([0, 3], [0, 3])]).all()
    assert np.isnan(ncc_matrix(maps, np.zeros((6, 6), dtype=bool))).all()
    assert ncc_matrix(maps[:0]).shape == (0, 0)
