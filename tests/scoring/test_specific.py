"""Specific agreement: what is left when the mean over expressions is taken from both sides."""

import itertools

import numpy as np
import pytest
from helpers.null_maps import at_most

from fer_xai.face.observers.maps import ObserverMaps
from fer_xai.scoring.observer_halves import left_out
from fer_xai.scoring.specific import partial_correlations, specific_agreement
from fer_xai.scoring.specific_people import specific_people_scores

NAMES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
SHAPE = (24, 20)


def fields(seed: int, n: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, *SHAPE))


def named(maps: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(NAMES, maps, strict=False))


def literal(maps: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The cross-correlations as their definition says."""

    def own(sides: np.ndarray) -> list[np.ndarray]:
        z = [(item - item.mean()) / item.std() for item in sides]
        return [item - sum(z) / len(z) for item in z]

    return np.array([[np.corrcoef(a.ravel(), b.ravel())[0, 1] for b in own(others)] for a in own(maps)])


def test_equals_the_definition_and_all_720_pairings() -> None:
    common, own = fields(0, 1), fields(1)
    maps, others = 3 * common + own, 2 * common + own + fields(2)
    found = specific_agreement(named(maps), named(others), fields(3, 1)[0])
    scores = literal(maps, others)
    np.testing.assert_allclose(found.values, np.diagonal(scores))
    means = [np.mean([scores[i, j] for i, j in enumerate(order)]) for order in itertools.permutations(range(6))]
    assert found.p == pytest.approx(np.mean(np.array(means) >= found.mean - 1e-12))
    assert found.p == pytest.approx(1 / 720)
    assert found.mean == pytest.approx(np.diagonal(scores).mean())


def test_likeness_that_all_expressions_share_is_not_specific() -> None:
    common = 5 * fields(0, 1)
    found = specific_agreement(named(common + fields(1)), named(common + fields(2)), fields(3, 1)[0])
    assert abs(found.mean) < 0.1
    assert found.p > 0.05


def test_what_is_undefined_says_why() -> None:
    other, density = named(fields(2)), fields(3, 1)[0]
    same = specific_agreement(
        named(np.repeat(fields(0, 1), 6, axis=0) * np.arange(1, 7)[:, None, None]), other, density
    )
    assert same.reason == "the map is the same for all expressions"
    assert np.isnan(same.values).all()
    assert np.isnan([same.mean, same.p]).all()
    assert np.isfinite(same.partial).all()
    turned = specific_agreement(other, named(np.repeat(fields(0, 1), 6, axis=0)), density)
    assert turned.reason == "the reference is the same for all expressions"
    one = specific_agreement(named(fields(0, 1)), other, density)
    assert one.reason == "1 expression in common: two or more are needed"
    flat = fields(0)
    flat[2] = 1
    assert specific_agreement(named(flat), other, density).reason == "the map of an expression is constant"


def test_only_pixels_that_all_maps_know_take_part() -> None:
    maps, others = fields(0), fields(0) + fields(1)
    whole = specific_agreement(named(maps[:, 4:]), named(others[:, 4:]), np.zeros((20, 20)))
    maps[1, :2], others[3, 2:4] = np.nan, np.nan
    part = specific_agreement(named(maps), named(others), np.zeros(SHAPE))
    np.testing.assert_allclose(part.values, whole.values)


def test_partial_correlation_is_that_of_residuals() -> None:
    maps, others, given = fields(0).reshape(6, -1), fields(1).reshape(6, -1), fields(2, 1).ravel()
    maps, others = maps + given, others + 2 * given
    line = np.stack([np.ones_like(given), given], axis=1)

    def residual(values: np.ndarray) -> np.ndarray:
        return values - line @ np.linalg.lstsq(line, values, rcond=None)[0]

    expected = [np.corrcoef(residual(a), residual(b))[0, 1] for a, b in zip(maps, others, strict=True)]
    np.testing.assert_allclose(partial_correlations(maps, others, given), expected)


def test_people_agree_on_what_is_particular_as_the_formula_says() -> None:
    """The mean over expressions takes the same part of signal and noise away."""
    rng = np.random.default_rng(5)
    signal, n, noise = rng.normal(size=(6, 40, 32)), 8, 2.0
    people = {
        name: ObserverMaps(tuple("abcdefgh"), (own + noise * rng.normal(size=(n, 40, 32))).astype(np.float32), (1,) * n)
        for name, own in zip(NAMES, signal, strict=True)
    }
    found = specific_people_scores(people, left_out(list("abcdefgh")))
    for scores in found.values():
        assert scores.reliability[0] == pytest.approx(1 / (1 + noise**2 / n), abs=0.06)
        assert scores.n == n
        assert scores.one_out.notna().all()


def test_people_who_share_all_maps_have_nothing_particular() -> None:
    rng = np.random.default_rng(6)
    common = rng.normal(size=(1, 40, 32))
    people = {name: ObserverMaps(tuple("abc"), np.repeat(common, 3, 0).astype(np.float32), (1,) * 3) for name in NAMES}
    for scores in specific_people_scores(people, left_out(list("abc"))).values():
        assert np.isnan(scores.reliability[0])
        assert scores.reason


def test_maps_of_chance_seldom_have_specific_agreement() -> None:
    """Five expressions can be paired in 120 ways, of which six are 5 %."""
    found = [
        specific_agreement(named(fields(2 * s, 5)), named(fields(2 * s + 1, 5)), fields(9, 1)[0]).p for s in range(200)
    ]
    assert np.mean(np.array(found) <= 0.05) <= at_most(0.05, 200)
    assert np.mean(found) == pytest.approx(0.5, abs=0.07)
