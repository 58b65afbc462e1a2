"""'As good as' is seldom said of networks that differ by as much as the margin."""

import numpy as np
import pytest
from helpers.null_maps import at_most

from benchmarks.two_way_bootstrap import REPLICATES, crossed, of_seeds
from fer_xai.scoring.intervals import Interval, interval
from fer_xai.scoring.resampled import Resampled

MARGIN = 0.05


def of_people(rng: np.random.Generator, difference: float, people: int = 50) -> Interval:
    """A difference that varies over people alone, little enough for its margin to be of use."""
    own = difference + 0.1 * rng.standard_normal(people)
    weights = rng.poisson(1, (REPLICATES, people))
    return interval(own.mean(), Resampled.over_people(own.mean(), weights @ own / weights.sum(1)), people=people)


def of_trainings(rng: np.random.Generator, difference: float) -> Interval:
    """The same over people and five trainings."""
    return of_seeds(difference + 0.1 * crossed(rng, 50, 5), rng)


def equivalent(kind: str, difference: float, studies: int) -> float:
    """How often a difference is found to be within the margin."""
    of = {"people": of_people, "people and trainings": of_trainings}[kind]
    found = (of(np.random.default_rng([seed, len(kind)]), difference) for seed in range(studies))
    return float(np.mean([one.p_equivalent(0.0, MARGIN) <= 0.05 for one in found]))


@pytest.mark.parametrize("kind", ["people", "people and trainings"])
def test_a_difference_as_large_as_the_margin_is_seldom_called_none(kind: str) -> None:
    assert equivalent(kind, MARGIN, 150) <= at_most(0.05, 150)
    assert equivalent(kind, 2 * MARGIN, 50) == 0
    # A test that never finds anything errs as seldom.
    assert equivalent(kind, 0.0, 50) > 0.4


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["people", "people and trainings"])
@pytest.mark.parametrize("side", [-1, 1])
def test_the_error_is_that_of_the_level_in_many_studies(kind: str, side: int) -> None:
    rate = equivalent(kind, side * MARGIN, 2000)
    assert 0.03 <= rate <= at_most(0.05, 2000), rate
