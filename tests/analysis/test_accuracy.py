import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from fer_xai.analysis.accuracy import at_chance
from fer_xai.metrics.proportion import proportion
from fer_xai.results.classification import confusion


def test_independent_images_give_wilsons_interval() -> None:
    correct = np.arange(40) < 30
    value, low, high = proportion(correct, np.arange(40))
    wilson = binomtest(30, 40).proportion_ci(method="wilson")
    assert value == 0.75
    # The groups' variance uses n - 1, so the design effect is 40/39 rather than 1.
    assert (low, high) == pytest.approx((wilson.low, wilson.high), abs=4e-3)


def test_identical_images_of_a_person_count_once() -> None:
    correct = np.arange(20) < 12
    few = proportion(correct, np.arange(20))
    many = proportion(np.repeat(correct, 50), np.repeat(np.arange(20), 50))
    assert many == pytest.approx(few, abs=0.01)


@pytest.mark.parametrize("right", [0, 9])
def test_all_right_or_wrong_still_has_width(right: int) -> None:
    value, low, high = proportion(np.full(9, right > 0), np.repeat([0, 1, 2], 3))
    assert low <= value <= high
    assert high - low > 0.5  # three people say little
    assert np.isnan(proportion(np.empty(0, bool), np.empty(0))).all()


def test_interval_covers_at_its_level() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(300):
        people = rng.beta(6, 4, 40)
        correct = rng.random((40, 6)) < people[:, None]
        _, low, high = proportion(correct.ravel(), np.repeat(np.arange(40), 6))
        hits += low <= 0.6 <= high
    assert 0.91 <= hits / 300 <= 0.99


def test_chance() -> None:
    assert at_chance(1 / 6)
    assert not at_chance(0.17)
    assert not at_chance(float("nan"))


def test_confusion_counts() -> None:
    table = confusion(pd.DataFrame({"true": ["fear", "fear", "anger"], "predicted": ["fear", "anger", "anger"]}))
    assert table.sum() == 3
    assert table[2].tolist() == [1, 0, 1, 0, 0, 0]
