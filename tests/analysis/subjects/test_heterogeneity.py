"""How far people differ, on maps whose answer is arithmetic."""

import numpy as np
import pytest

from fer_xai.analysis.subjects.heterogeneity import heterogeneity
from fer_xai.scoring.person_matrix import PersonMatrix

ALONG, ACROSS = np.array([1.0, -1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, -1.0])


def matrix(*maps: np.ndarray) -> PersonMatrix:
    names = tuple(f"p{number}" for number in range(len(maps)))
    return PersonMatrix(names, np.ones(len(maps)), np.stack(maps), np.ones((2, 2), dtype=bool))


def test_people_who_are_all_alike_and_one_who_is_not() -> None:
    found = heterogeneity(matrix(*[ALONG] * 5, ACROSS))
    # Each of five has the mean of four like it and one across: 4 / sqrt(17).
    assert found["value"] == pytest.approx(5 * 4 / np.sqrt(17) / 6)
    assert found["lowest"] == pytest.approx(0)
    assert found["highest"] == pytest.approx(4 / np.sqrt(17))
    assert found["low"] < found["value"] < found["high"] <= 1  # type: ignore[operator]
    assert (found["people"], found["undefined"]) == (6, 0)


def test_people_without_a_pattern_are_counted() -> None:
    found = heterogeneity(matrix(*[ALONG] * 5, 2 * ALONG, np.full(4, 0.3)))
    assert found["value"] == pytest.approx(1)
    assert (found["people"], found["undefined"]) == (7, 1)


@pytest.mark.parametrize(
    ("maps", "reason"),
    [
        ([ALONG], "one person only"),
        ([np.ones(4)] * 6, "all maps are the same everywhere"),
        ([ALONG, ACROSS, ALONG], "no interval: fewer than 5 people"),
    ],
)
def test_why_there_is_no_figure(maps: list[np.ndarray], reason: str) -> None:
    found = heterogeneity(matrix(*maps))
    assert found["reason"] == reason
    assert "low" not in found
