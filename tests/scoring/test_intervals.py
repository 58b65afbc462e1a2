import math

import numpy as np
import pytest
from scipy.stats import t, ttest_1samp

from fer_xai.scoring.intervals import (
    FEWEST_PEOPLE,
    PEOPLE,
    PEOPLE_AND_TRAININGS,
    interval,
    mean_known,
    mean_over,
)
from fer_xai.scoring.resampled import Layout, Resampled


def _drawn(*rows: float, whole: float = 5.0) -> Resampled:
    return Resampled.over_people(whole, np.array(rows))


def test_half_width_is_student_s_t_times_the_spread_with_few_people_corrected_for() -> None:
    drawn = np.linspace(4, 6, 41)
    of = interval(2.0, Resampled.over_people(5.0, drawn), people=10)
    half = t.ppf(0.975, 9) * drawn.std(ddof=1) * math.sqrt(10 / 9)
    assert (of.low, of.high) == pytest.approx((2 - half, 2 + half))
    assert (of.centre, of.holds, of.reason) == (2.0, PEOPLE, "")


def test_shift_of_the_replicates_is_taken_off() -> None:
    drawn = np.linspace(3.9, 5.9, 41)
    of = interval(2.0, Resampled.over_people(5.0, drawn))
    assert of.centre == pytest.approx(2.1)
    assert (of.low + of.high) / 2 == pytest.approx(2.1)


@pytest.mark.parametrize(("corrected", "centre"), [(True, 2.1), (False, 2.0)])
def test_shift_counts_as_error(corrected: bool, centre: float) -> None:
    drawn = np.linspace(3.9, 5.9, 41)
    of = interval(2.0, Resampled.over_people(5.0, drawn), corrected=corrected)
    assert of.centre == pytest.approx(centre)
    assert of.error**2 == pytest.approx(drawn.var(ddof=1) + (1 if corrected else 2) * 0.1**2)


def test_bounds_and_value_inside() -> None:
    rng = np.random.default_rng(0)
    for value in (0.0, 0.02, 0.98, 1.0):
        of = interval(value, Resampled.over_people(value, rng.beta(1, 5, 200)), (0.0, 1.0), 20)
        assert 0 <= of.low <= value <= of.high <= 1


@pytest.mark.parametrize(
    ("value", "rows", "people", "reason"),
    [
        (np.nan, np.arange(9), 20, "undefined"),
        (1.0, [], 20, "no interval: there are no bootstrap replicates"),
        (1.0, [1.0, 2.0, np.nan, np.nan], 20, "no interval: undefined in many bootstrap replicates"),
        (1.0, [np.nan, np.nan], 20, "no interval: the measure is not worked out for bootstrap replicates"),
        (1.0, np.arange(9), 2, f"no interval: 2 people, at least {FEWEST_PEOPLE} wanted"),
        (1.0, np.arange(9), 1, f"no interval: 1 person, at least {FEWEST_PEOPLE} wanted"),
        # A hit in every replicate is no certainty.
        (1.0, np.ones(200), 20, "no interval: the bootstrap replicates do not differ"),
        (0.0, np.zeros(200), 20, "no interval: the bootstrap replicates do not differ"),
        (0.3, [0.3, 0.3 + 1e-16], 20, "no interval: the bootstrap replicates do not differ"),
    ],
)
def test_undefined_intervals_say_why(value: float, rows: list[float], people: int, reason: str) -> None:
    of = interval(value, Resampled.over_people(1.0, np.asarray(rows, dtype=float)), people=people)
    assert np.isnan([of.low, of.high, of.p()]).all()
    assert (of.holds, of.reason) == ("", reason)


def test_p_value_is_that_of_student_s_t() -> None:
    of = interval(1.0, _drawn(4, 5, 6), people=6)
    assert of.p(0.0) == pytest.approx(2 * t.sf(1 / math.sqrt(6 / 5), 5))
    assert of.p(1.0) == 1.0


def _means_by(numbers: np.ndarray) -> np.ndarray:
    """The mean without each of n numbers."""
    return np.array([np.delete(numbers, place).mean() for place in range(len(numbers))])


def test_trainings_alone_give_the_interval_of_a_t_test() -> None:
    trainings = np.array([1.0, 2.0, 4.0, 3.0, 7.0])
    # People hardly matter: what is left is the variance between trainings.
    rows = np.concatenate([[3.4], 3.4 + 1e-7 * np.linspace(-1, 1, 41), _means_by(trainings)])
    for layout in (Layout(41, folds=5), Layout(41, seeds=5)):
        of = interval(3.4, Resampled(rows, layout), people=1000)
        expected = ttest_1samp(trainings, 0).confidence_interval()
        assert (of.low, of.high) == pytest.approx((expected.low, expected.high), abs=1e-6)
        assert of.p() == pytest.approx(ttest_1samp(trainings, 0).pvalue, rel=1e-5)
        assert of.holds == PEOPLE_AND_TRAININGS


def test_where_all_trainings_are_the_same_the_interval_is_that_over_people() -> None:
    drawn = np.linspace(4, 6, 41)
    alone = interval(5.0, Resampled.over_people(5.0, drawn), people=10)
    rows = np.concatenate([[5.0], drawn, np.full(3, 5.0)])
    crossed = interval(5.0, Resampled(rows, Layout(41, seeds=3)), people=10)
    assert (crossed.low, crossed.high) == (alone.low, alone.high)
    assert (alone.holds, crossed.holds) == (PEOPLE, PEOPLE_AND_TRAININGS)


def test_a_fold_is_left_out_with_its_people_whose_share_is_taken_off() -> None:
    drawn = np.linspace(4, 6, 41)
    over_people = drawn.var(ddof=1) * 10 / 9
    folds = np.array([4.0, 5.0, 6.0, 5.5])
    rows = np.concatenate([[5.0], drawn, folds])
    of = interval(5.0, Resampled(rows, Layout(41, folds=4)), people=10)
    assert of.error**2 == pytest.approx(max(over_people, 3 * folds.var()))


def test_folds_and_seeds_are_added_and_what_both_hold_is_taken_off() -> None:
    rng = np.random.default_rng(0)
    folds, seeds, runs = rng.normal(0, 1, 3), rng.normal(0, 2, 2), rng.normal(0, 0.1, 6)
    rows = np.concatenate([[0.0], 1e-6 * np.linspace(-1, 1, 41), folds, seeds, runs])
    of = interval(0.0, Resampled(rows, Layout(41, folds=3, seeds=2)), people=100)
    assert of.error**2 == pytest.approx(2 * folds.var() + seeds.var() - 5 * runs.var(), rel=1e-6)


def test_one_training_is_held_fixed() -> None:
    rows = np.concatenate([[5.0], np.linspace(4, 6, 41), [np.nan, 5.0]])
    assert interval(5.0, Resampled(rows, Layout(41, folds=2)), people=10).holds == PEOPLE


def test_mean_skips_nan() -> None:
    np.testing.assert_array_equal(mean_known([[1, np.nan], [3, np.nan]], axis=0), [2, np.nan])
    assert mean_known([1.0, np.nan, 4.0]) == 2.5


def test_means_over_cells() -> None:
    # Whole, two replicates, one left-out row; three cells, of which the last is undefined over all images.
    rows = np.array([[1.0, 3.0, 9.0], [1.0, np.nan, 9.0], [2.0, 4.0, 9.0], [1.0, np.nan, 9.0]])
    means = mean_over(Resampled(rows, Layout(2, folds=1)), np.array([True, True, False]), 1)
    np.testing.assert_array_equal(means.rows, [2.0, 1.0, 3.0, np.nan])


@pytest.mark.parametrize("margin", [0.2, 1.0, 5.0])
def test_equivalence_is_two_one_sided_t_tests(margin: float) -> None:
    trainings = np.array([1.0, 2.0, 4.0, 3.0, 7.0])
    rows = np.concatenate([[3.4], 3.4 + 1e-7 * np.linspace(-1, 1, 41), _means_by(trainings)])
    of = interval(3.4, Resampled(rows, Layout(41, seeds=5)), people=1000)
    sides = [
        ttest_1samp(trainings, 3.0 - margin, alternative="greater").pvalue,
        ttest_1samp(trainings, 3.0 + margin, alternative="less").pvalue,
    ]
    assert of.p_equivalent(3.0, margin) == pytest.approx(max(sides), rel=1e-5)


def test_nothing_is_equivalent_without_an_interval() -> None:
    assert math.isnan(interval(1.0, Resampled.nothing()).p_equivalent(1.0, 5.0))


@pytest.mark.parametrize(("spread", "freedom"), [(2.0, 3), (0.1, 9)])
def test_a_variance_from_few_folds_has_their_degrees_of_freedom(spread: float, freedom: int) -> None:
    rows = np.concatenate([[5.0], np.linspace(4, 6, 41), 5 + spread * np.array([-1.0, 0.5, 1.0, -0.5])])
    assert interval(5.0, Resampled(rows, Layout(41, folds=4)), people=10).freedom == freedom
