import numpy as np
import pytest

from fer_xai.scoring.intervals import interval, mean_known


def test_spread_about_the_median_is_laid_about_the_value() -> None:
    replicates = np.arange(101) / 100 + 5  # quantiles 2.5 %, 50 % and 97.5 % are 5.025, 5.5 and 5.975
    assert interval(2.0, replicates) == pytest.approx((2 - 0.475, 2 + 0.475))


def test_bounds_and_value_inside() -> None:
    rng = np.random.default_rng(0)
    for value in (0.0, 0.02, 0.98, 1.0):
        low, high = interval(value, rng.beta(1, 5, 200), (0.0, 1.0))
        assert 0 <= low <= value <= high <= 1


@pytest.mark.parametrize(
    ("value", "replicates"),
    [
        (np.nan, np.ones(9)),
        (1.0, np.empty(0)),
        (1.0, [1.0, np.nan, np.nan]),
        (1.0, [1.0]),
        # One person's figure: the same whenever that person is drawn.
        (0.3, [0.3, np.nan, 0.3 + 1e-16]),
    ],
)
def test_undefined_intervals(value: float, replicates: list[float]) -> None:
    assert np.isnan(interval(value, replicates)).all()


def test_figures_that_all_people_share_have_an_interval_without_width() -> None:
    assert interval(0.0, np.zeros(200)) == (0, 0)
    assert interval(1.0, [np.nan, *np.ones(99)]) == (1, 1)


def test_mean_skips_nan() -> None:
    np.testing.assert_array_equal(mean_known([[1, np.nan], [3, np.nan]], axis=0), [2, np.nan])
    assert mean_known([1.0, np.nan, 4.0]) == 2.5
