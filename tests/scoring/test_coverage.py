"""Intervals hold the truth about as often as they say, in simulated studies with people and trainings of their own."""

import numpy as np
import pytest

from benchmarks.coverage import FOLDS, ONCE, SEEDS, coverage, study, world


@pytest.mark.parametrize("trained", [ONCE, FOLDS, SEEDS])
def test_every_figure_of_a_study_has_an_interval(trained: str) -> None:
    for of in study(world(0), np.random.default_rng(0), 10, trained, replicates=20).values():
        assert of.low < of.high
        assert ("trainings" in of.holds) == (trained != ONCE)


@pytest.mark.slow
@pytest.mark.parametrize(("people", "trained"), [(20, ONCE), (50, ONCE), (100, ONCE), (50, FOLDS), (50, SEEDS)])
def test_coverage(people: int, trained: str) -> None:
    studies = 200
    # Three Monte Carlo errors about what is wanted.
    error = 3 * np.sqrt(0.95 * 0.05 / studies)
    for name, share in coverage(people, studies, trained, say=lambda _: None).items():
        lowest, highest = (0.93, 0.97) if trained == ONCE else (0.90, 0.97)
        # Cutting by Otsu's threshold jumps where two thresholds compete.
        lowest -= 0.03 if name.startswith("iou") else 0
        assert lowest - error <= share <= min(1.0, highest + error), name
