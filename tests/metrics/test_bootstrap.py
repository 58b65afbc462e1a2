import numpy as np
import pytest

from fer_xai.metrics.bootstrap import poisson_weights
from fer_xai.metrics.resolution import half_shape, halve, valid_in_half


def test_weights_are_a_function_of_seed_and_group_alone() -> None:
    np.testing.assert_array_equal(poisson_weights(3, 77), poisson_weights.__wrapped__(3, 77))
    assert (poisson_weights(3, 77) != poisson_weights(4, 77)).any()
    assert (poisson_weights(3, 77) != poisson_weights(3, 78)).any()
    np.testing.assert_array_equal(poisson_weights(0, 5, 200)[:50], poisson_weights(0, 5, 50))


def test_weights_are_the_same_on_every_machine() -> None:
    """Golden numbers: if these change, old and new replicates must not be mixed."""
    assert poisson_weights(0, 1, 12).tolist() == [2, 2, 1, 1, 1, 0, 2, 1, 1, 3, 2, 1]
    assert poisson_weights(-1, -(2**63), 3).tolist() == poisson_weights(2**64 - 1, 2**63, 3).tolist()


def test_weights_are_poisson_distributed() -> None:
    weights = np.concatenate([poisson_weights(1, group) for group in range(1000)])
    shares = np.bincount(weights, minlength=6)[:6] / len(weights)
    np.testing.assert_allclose(shares, [0.3679, 0.3679, 0.1839, 0.0613, 0.0153, 0.0031], atol=0.003)
    assert weights.mean() == pytest.approx(1, abs=0.01)


def test_spread_of_replicates_is_that_of_a_mean() -> None:
    """The Poisson bootstrap's interval of a mean is about as wide as theory says."""
    rng = np.random.default_rng(0)
    sample = rng.normal(0, 1, 400)
    weights = np.stack([poisson_weights(9, group) for group in range(400)], axis=1)
    low, high = np.quantile((weights @ sample) / weights.sum(axis=1), [0.025, 0.975])
    assert low < sample.mean() < high
    assert float(high - low) == pytest.approx(2 * 1.96 / 20, rel=0.2)


def test_half_resolution_is_a_mean_over_blocks() -> None:
    maps = np.arange(15.0).reshape(3, 5)
    assert half_shape((3, 5)) == (2, 3)
    assert half_shape((275, 224)) == (138, 112)
    np.testing.assert_array_equal(halve(maps), [[3, 5, 6.5], [10.5, 12.5, 14]])
    maps[0, 0] = np.nan
    np.testing.assert_array_equal(halve(maps), [[np.nan, 5, 6.5], [10.5, 12.5, 14]])
    assert halve(maps.astype(np.float32)).dtype == np.float32


def test_pixels_valid_in_under_half_of_the_images_take_no_part() -> None:
    count = np.array([[[0, 2, 3, 5]], [[0, 0, 0, 0]]])
    assert valid_in_half(count, [5, 0]).tolist() == [[[False, False, True, True]], [[False] * 4]]
    assert valid_in_half(count[0], 4).tolist() == [[False, True, True, True]]
