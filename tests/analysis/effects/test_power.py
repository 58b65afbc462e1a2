"""Power: against textbook figures, the components it rests on, and simulated studies under the program's own test."""

import numpy as np
import pytest
from statsmodels.stats.power import TTestPower

from fer_xai.analysis.effects.power import Variances, detectable, interactions, people_wanted, power
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.scoring.intervals import interval
from fer_xai.scoring.resampled import Layout, Resampled


def test_people_alone_are_a_paired_t_test() -> None:
    for n, effect in ((10, 0.5), (34, 0.5), (60, 0.2)):
        expected = TTestPower().power(effect, n, SIGNIFICANCE)
        assert power(Variances(4.0), 2 * effect, n, 1, 1) == pytest.approx(expected, abs=1e-6)


def test_the_fewest_people_and_the_smallest_difference_have_the_power() -> None:
    variances = Variances(2.0, folds=0.02, seeds=0.01, trainings=0.05)
    wanted = people_wanted(variances, 0.4, 0.8, 5, 3)
    assert wanted is not None
    assert power(variances, 0.4, wanted, 5, 3) >= 0.8 > power(variances, 0.4, wanted - 1, 5, 3)
    least = detectable(variances, 0.8, 50, 5, 3)
    assert power(variances, least, 50, 5, 3) == pytest.approx(0.8, abs=1e-3)


def test_with_few_trainings_some_number_of_people_is_best() -> None:
    """Of very many people the trainings' few degrees of freedom are left; simulated studies show the same."""
    variances = Variances(1.0, seeds=0.02)
    by_people = [power(variances, 0.35, people, 1, 3) for people in (30, 300, 30_000)]
    assert by_people[0] < by_people[1] > by_people[2]
    wanted = people_wanted(variances, 0.35, 0.75, 1, 3)
    assert wanted is not None
    assert power(variances, 0.35, wanted, 1, 3) >= 0.75 > power(variances, 0.35, wanted - 1, 1, 3)


def test_where_nothing_varies_any_difference_is_seen() -> None:
    nothing = Variances(0.0, folds=0.0)
    assert detectable(nothing, 0.8, 40, 5, 1) == 0
    assert power(nothing, 0.01, 40, 5, 1) == 1


def test_more_of_anything_is_more_power() -> None:
    variances = Variances(2.0, folds=0.02, seeds=0.1, trainings=0.1)
    base = power(variances, 0.5, 40, 5, 3)
    for people, folds, seeds in ((80, 5, 3), (40, 10, 3), (40, 5, 6)):
        assert power(variances, 0.5, people, folds, seeds) > base
    assert people_wanted(variances, 0.05, 0.8, 2, 2) is None


def test_folds_bring_their_own_degrees_of_freedom() -> None:
    """As in the program's intervals: a fold is left out with its people."""
    assert Variances(1.0, folds=0.1).error(40, 5, 1) == (pytest.approx((1 / 40 + 0.1 / 5) ** 0.5), 4)
    assert Variances(1.0, folds=0.0).error(40, 5, 1)[1] == pytest.approx(39)


def test_a_source_of_one_level_is_held_fixed() -> None:
    variances = Variances(2.0, seeds=0.05)
    assert power(variances, 0.4, 40, 1, 3) < power(Variances(2.0), 0.4, 40, 1, 1)
    assert np.isfinite(variances.of_trainings(1, 3))
    assert np.isnan(variances.of_trainings(5, 3))


def test_components_of_networks_by_folds_and_seeds() -> None:
    """Drawn from the model with many levels; what all networks share drops out."""
    rng = np.random.default_rng(0)
    networks, folds, seeds = 40, 30, 30
    scores = 5 * rng.standard_normal((1, folds, seeds)) + 3 * rng.standard_normal((networks, 1, 1))
    scores = scores + 0.3 * rng.standard_normal((networks, folds, 1)) + 0.2 * rng.standard_normal((networks, 1, seeds))
    scores = scores + 0.5 * rng.standard_normal((networks, folds, seeds))
    np.testing.assert_allclose(interactions(scores), (0.09, 0.04, 0.25), rtol=0.1)
    of_fold, of_seed, rest = interactions(scores[:, :, :1])
    assert of_fold == pytest.approx(0.09 + 0.04 + 0.25 - 0.04, rel=0.15)
    assert np.isnan(of_seed)
    assert rest == 0


def simulated(rng: np.random.Generator, variances: Variances, difference: float, design: tuple[int, int, int]) -> float:
    """p of the program's own test of one study: a difference that is a mean over people and trainings."""
    people, folds, seeds = design
    of_people = np.sqrt(variances.people) * rng.standard_normal((folds, people // folds))
    of_folds = np.sqrt(variances.folds) * rng.standard_normal((folds, 1)) if folds > 1 else np.zeros((1, 1))
    of_seeds = np.sqrt(variances.seeds) * rng.standard_normal((1, seeds)) if seeds > 1 else np.zeros((1, 1))
    trained = of_folds + of_seeds + np.sqrt(variances.trainings) * rng.standard_normal((folds, seeds))

    def mean(kept_folds: np.ndarray, kept_seeds: np.ndarray, weights: np.ndarray) -> float:
        # Folds are pooled by their people; seeds see the same.
        own = weights * (of_people[..., None] + trained[:, None])[:, :, kept_seeds].mean(-1)
        return difference + float(own[kept_folds].sum() / weights[kept_folds].sum())

    all_folds, all_seeds, ones = np.arange(folds), np.arange(seeds), np.ones_like(of_people)
    rows = [mean(all_folds, all_seeds, ones)]
    rows += [mean(all_folds, all_seeds, rng.poisson(1, ones.shape).astype(float)) for _ in range(100)]
    rows += [mean(np.delete(all_folds, f), all_seeds, ones) for f in range(folds if folds > 1 else 0)]
    rows += [mean(all_folds, np.delete(all_seeds, s), ones) for s in range(seeds if seeds > 1 else 0)]
    for f in range(folds if folds > 1 and seeds > 1 else 0):
        for s in range(seeds):
            seen = np.array([[not (i == f and j == s) for j in range(seeds)] for i in range(folds)], dtype=float)
            cells = seen[:, None] * (of_people[..., None] + trained[:, None])
            rows.append(difference + float(cells.sum() / (seen[:, None] * ones[..., None]).sum()))
    layout = Layout(100, folds if folds > 1 else 0, seeds if seeds > 1 else 0)
    return interval(rows[0], Resampled(np.array(rows), layout), people=people, corrected=False).p()


@pytest.mark.parametrize(
    ("variances", "difference", "design"),
    [
        (Variances(1.0, seeds=0.02), 0.45, (40, 1, 5)),
        (Variances(1.0, folds=0.1), 0.7, (40, 5, 1)),
        (Variances(1.0, folds=0.05, seeds=0.04, trainings=0.1), 0.6, (60, 5, 4)),
    ],
)
def test_simulated_studies_see_a_difference_as_often_as_is_said(
    variances: Variances, difference: float, design: tuple[int, int, int]
) -> None:
    rng = np.random.default_rng(1)
    seen = np.mean([simulated(rng, variances, difference, design) <= SIGNIFICANCE for _ in range(200)])
    said = power(variances, difference, *design)
    assert 0.3 < said < 0.97
    assert abs(seen - said) <= 0.1, (seen, said)
