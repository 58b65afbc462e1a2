"""Intervals over people and trainings against a literal bootstrap of both (Owen and Eckles 2012)."""

import numpy as np
import pytest

from benchmarks.two_way_bootstrap import REPLICATES, coverage, crossed, of_seeds, product_bootstrap
from fer_xai.scoring.intervals import PEOPLE_AND_TRAININGS, interval
from fer_xai.scoring.resampled import Resampled


def test_where_all_trainings_are_the_same_both_are_the_bootstrap_over_people() -> None:
    scores = crossed(np.random.default_rng(0), 40, 5, training=0.0)
    alone = np.average(
        np.broadcast_to(scores[:, 0], (REPLICATES, 40)),
        weights=np.random.default_rng(1).multinomial(40, np.full(40, 1 / 40), REPLICATES),
        axis=1,
    )
    np.testing.assert_allclose(product_bootstrap(scores, np.random.default_rng(1)), alone)
    weights = np.random.default_rng(2).poisson(1, (REPLICATES, 40))
    own = Resampled.over_people(scores.mean(), weights @ scores[:, 0] / weights.sum(1))
    one, both = interval(scores.mean(), own, people=40), of_seeds(scores, np.random.default_rng(2))
    assert (both.low, both.high) == pytest.approx((one.low, one.high))
    assert both.holds == PEOPLE_AND_TRAININGS


def test_with_many_trainings_both_give_the_same_error() -> None:
    ours, literal = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        scores = crossed(rng, 150, 30)
        ours.append(of_seeds(scores, rng).error ** 2)
        literal.append(product_bootstrap(scores, rng).var(ddof=1))
    # The corrections for few of both make 1 and 3 % here.
    assert np.mean(ours) == pytest.approx(np.mean(literal), rel=0.07)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["seeds", "folds"])
def test_with_few_trainings_leaving_out_holds_the_truth_as_often_as_stated(kind: str) -> None:
    found = coverage(1000, kind)
    assert 0.936 <= found["leaving out"] <= 0.974, found
    # Drawn from five trainings, the bootstrap's interval is too narrow.
    assert found["bootstrap"] < 0.936, found
