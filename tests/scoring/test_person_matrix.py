"""Maps of single people as a matrix: figures from inner products against loops over people."""

import numpy as np
import pandas as pd
import pytest

from fer_xai.results.person_maps import PersonMaps
from fer_xai.scoring.person_matrix import (
    PersonMatrix,
    half_correlation,
    others_correlation,
    others_correlation_without,
    person_matrix,
)

RNG = np.random.default_rng(0)


def matrix(n: int, pixels: int = 30) -> PersonMatrix:
    values = RNG.standard_normal(pixels) + RNG.standard_normal((n, pixels))
    people = tuple(f"p{number}" for number in range(n))
    return PersonMatrix(people, RNG.integers(1, 5, n).astype(float), values, np.ones((5, pixels // 5), dtype=bool))


def by_loop(maps: PersonMatrix, left_out: int | None = None) -> np.ndarray:
    weights = maps.weights.copy()
    if left_out is not None:
        weights[left_out] = 0
    result = []
    for person in range(len(maps)):
        others = np.where(np.arange(len(maps)) == person, 0, weights)
        mean = others @ maps.values / others.sum()
        result.append(np.nan if person == left_out else np.corrcoef(maps.values[person], mean)[0, 1])
    return np.array(result)


def test_each_person_against_the_mean_of_the_others() -> None:
    maps = matrix(7)
    np.testing.assert_allclose(others_correlation(maps.gram(), maps.weights), by_loop(maps))
    expected = np.stack([by_loop(maps, person) for person in range(7)])
    np.testing.assert_allclose(others_correlation_without(maps.gram(), maps.weights), expected)


def test_a_map_that_is_the_same_everywhere_has_no_correlation() -> None:
    maps = matrix(5)
    maps.values[2] = 3.25
    found = others_correlation(maps.gram(), maps.weights)
    assert np.isnan(found).tolist() == [False, False, True, False, False]
    assert np.isnan(maps.standardised()[2]).all()
    np.testing.assert_allclose(maps.standardised()[[0, 4]].std(1), 1)


def test_halves_by_a_loop() -> None:
    maps = matrix(6)
    halves = np.array([[1, 1, 1, 0, 0, 0], [1, 0, 1, 0, 1, 0]], dtype=bool)
    expected = []
    for half in halves:
        means = [(maps.weights[part] @ maps.values[part]) / maps.weights[part].sum() for part in (half, ~half)]
        expected.append(np.corrcoef(*means)[0, 1])
    r, share = half_correlation(maps.gram(), maps.weights, halves)
    assert r == pytest.approx(np.mean(expected))
    assert share == pytest.approx(np.mean([maps.weights[half].sum() / maps.weights.sum() for half in halves]))


def test_pixels_that_half_of_the_images_show_take_part() -> None:
    """One of three people lacks a corner, which is then the others'; another one lacks nearly all and is left out."""
    mean = np.arange(4 * 16, dtype=np.float32).reshape(4, 4, 4)
    count = np.full(mean.shape, 16, dtype=np.float32)
    count[0, 0, 0] = 0
    count[1, 0, 0] = 4
    count[3, :3] = 0
    count[:3, 3, 3] = 0
    mean[count == 0] = np.nan
    maps = PersonMaps(pd.DataFrame({"person": list("abcd")}), mean, count, np.array([1, 2, 1, 1]))
    found = person_matrix(maps)
    assert found is not None
    assert found.people == ("a", "b", "c")
    assert not found.pixels[3, 3]
    assert found.pixels.sum() == 15
    assert found.values[0, 0] == (4 * 16 + 16 * 32) / 20
    np.testing.assert_array_equal(found.values[1], mean[1].ravel()[:15])
    assert found.of(("c", "a")).values[0, 3] == mean[2].ravel()[3]
    part = np.zeros((4, 4), dtype=bool)
    part[1, 2] = True
    assert found.at(part).values.tolist() == [[6], [22], [38]]
    nobody = PersonMaps(maps.rows, mean, np.zeros_like(count), maps.images)
    assert person_matrix(nobody) is None
