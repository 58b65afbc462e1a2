"""The limit that networks at the base rate seldom exceed, by arithmetic and by simulation."""

import math

import numpy as np
import pytest

from fer_xai.analysis.shortcut_limit import NOT, UNCLEAR, USES, base_limit, verdict


def test_few_networks_give_the_limit_of_students_t():
    # Mean 2, standard deviation 1, t of two degrees of freedom at 95 %: 2.9200.
    assert base_limit([1, 2, 3]) == pytest.approx(2 + 2.919986 * math.sqrt(4 / 3))
    assert base_limit([1, math.nan, 2, 3]) == base_limit([1, 2, 3])
    # Those that are all alike leave no room.
    assert base_limit([0.5, 0.5]) == 0.5


def test_many_networks_give_one_of_their_own_values():
    assert base_limit(range(19)) == 18
    assert base_limit(range(39)) == 37
    assert base_limit(range(1, 101)) == 96


def test_one_network_is_too_few():
    assert math.isnan(base_limit([1.0]))
    assert verdict(100, [1.0]) == UNCLEAR
    assert verdict(math.nan, [1.0, 2.0]) == UNCLEAR


def test_only_what_exceeds_the_limit_uses_the_cue():
    limit = base_limit([1, 2, 3])
    assert verdict(limit + 0.1, [1, 2, 3]) == USES
    assert verdict(limit, [1, 2, 3]) == UNCLEAR
    assert verdict(3.0, [1, 2, 3]) == NOT
    # With many networks there is nothing between the two.
    assert verdict(18.1, range(19)) == USES
    assert verdict(18.0, range(19)) == NOT


@pytest.mark.parametrize("n", [2, 4, 6, 12])
def test_networks_at_the_base_rate_are_named_wrongly_one_time_in_twenty(n):
    drawn = np.random.default_rng(n).normal(0.3, 0.2, (4000, n + 1))
    wrong = np.mean([verdict(row[-1], row[:-1]) == USES for row in drawn])
    # Four standard errors of a share of 5 %.
    assert abs(wrong - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 4000)


@pytest.mark.parametrize("n", [19, 25, 60])
def test_with_many_networks_that_holds_whatever_the_distribution(n):
    drawn = np.random.default_rng(n).lognormal(0, 2, (4000, n + 1))
    wrong = np.mean([verdict(row[-1], row[:-1]) == USES for row in drawn])
    assert wrong < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 4000)
