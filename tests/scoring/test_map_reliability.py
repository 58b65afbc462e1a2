"""Reliability of global heatmaps: additive Gaussian fields, whose reliability is a formula."""

import numpy as np
import pytest

from fer_xai.scoring.map_reliability import (
    ATTAINABLE,
    BOTH,
    ONE_TRAINING,
    PEOPLE,
    TRAININGS,
    TWO,
    over_people,
    reliabilities,
)
from fer_xai.scoring.person_matrix import PersonMatrix

#: Variances over pixels: of what all maps share, of trainings, of people, and of people within trainings.
SHARED, TRAINED, OWN = 1.0, 0.4, 8.0
PIXELS = (100, 120)


def fields(rng: np.random.Generator, n: int, variance: float) -> np.ndarray:
    return np.sqrt(variance) * rng.standard_normal((n, *PIXELS)).reshape(n, -1)


def as_matrix(values: np.ndarray, images: float = 1) -> PersonMatrix:
    names = tuple(str(number) for number in range(len(values)))
    return PersonMatrix(names, np.full(len(values), images), values, np.ones(PIXELS, dtype=bool))


def test_folds_of_other_people() -> None:
    """Forty people in four folds: the whole map holds a fortieth of the people's noise, a quarter of the trainings'."""
    rng = np.random.default_rng(1)
    trainings = np.repeat(fields(rng, 4, TRAINED), 10, axis=0)
    maps = fields(rng, 1, SHARED) + trainings + fields(rng, 40, OWN)
    folds = maps.reshape(4, 10, -1).mean(1)
    found = reliabilities(as_matrix(maps), as_matrix(folds, 10), as_matrix(maps.mean(0, keepdims=True), 40))
    whole = SHARED + TRAINED / 4 + OWN / 40
    assert found[PEOPLE].value == pytest.approx((SHARED + TRAINED / 4) / whole, abs=0.02)
    assert found[BOTH].value == pytest.approx(SHARED / whole, abs=0.02)
    assert found[TRAININGS].value == pytest.approx((SHARED + OWN / 40) / whole, abs=0.03)
    assert found[ATTAINABLE].value == pytest.approx(np.sqrt(SHARED / whole), abs=0.02)
    for kind in (PEOPLE, BOTH, ATTAINABLE):
        assert found[kind].low < found[kind].value < found[kind].high
    assert found[TWO].value == pytest.approx(SHARED / (SHARED + TRAINED + OWN / 10), abs=0.02)
    assert "4 folds" in found[BOTH].remark


def test_seeds_of_the_same_people() -> None:
    rng = np.random.default_rng(2)
    shared, own, trained = fields(rng, 1, SHARED), fields(rng, 40, OWN), fields(rng, 3, TRAINED)
    people = shared + own + trained.mean(0)
    seeds = shared + own.mean(0) + trained
    found = reliabilities(as_matrix(people), as_matrix(people.mean(0, keepdims=True), 40), as_matrix(seeds, 40))
    whole = SHARED + TRAINED / 3 + OWN / 40
    assert found[PEOPLE].value == pytest.approx((SHARED + TRAINED / 3) / whole, abs=0.02)
    assert found[TRAININGS].value == pytest.approx((SHARED + OWN / 40) / whole, abs=0.02)
    assert found[BOTH].value == pytest.approx(SHARED / whole, abs=0.03)
    assert found[ATTAINABLE].value == pytest.approx(np.sqrt(SHARED / whole), abs=0.02)


def test_one_training_is_held_fixed() -> None:
    rng = np.random.default_rng(3)
    maps = fields(rng, 1, SHARED) + fields(rng, 12, OWN)
    one = as_matrix(maps.mean(0, keepdims=True), 12)
    found = reliabilities(as_matrix(maps), one, one)
    for kind in (TRAININGS, BOTH):
        assert np.isnan(found[kind].value)
        assert found[kind].remark == ONE_TRAINING
    assert found[ATTAINABLE].value == pytest.approx(np.sqrt(found[PEOPLE].value))
    assert found[ATTAINABLE].remark == ONE_TRAINING


def test_maps_of_noise_are_not_reliable() -> None:
    found = over_people(as_matrix(fields(np.random.default_rng(4), 30, 1.0)))
    assert abs(found.value) < 0.05
    assert found.low < 0 < found.high
    same = over_people(as_matrix(np.ones((10, PIXELS[0] * PIXELS[1]))))
    assert same.remark == "the maps of a half are the same everywhere"
    assert over_people(as_matrix(fields(np.random.default_rng(4), 3, 1.0))).remark == "fewer than 4 people"


def test_intervals_hold_the_reliability_of_many_studies() -> None:
    """Of smooth and rough fields alike: few pixels are enough, for the interval is over people."""
    expected = SHARED / (SHARED + OWN / 20)
    inside = []
    for seed in range(60):
        rng = np.random.default_rng(100 + seed)
        shared = rng.standard_normal((1, 200))
        shared *= np.sqrt(SHARED) / shared.std()
        values = shared + np.sqrt(OWN) * rng.standard_normal((20, 200))
        names = tuple(map(str, range(20)))
        found = over_people(PersonMatrix(names, np.ones(20), values, np.ones((10, 20), dtype=bool)))
        inside.append(found.low <= expected <= found.high)
    assert np.mean(inside) >= 0.85
