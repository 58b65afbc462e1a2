"""Intervals hold the truth about as often as they say, in simulated studies with people and trainings of their own."""

import numpy as np
import pytest

from benchmarks.coverage import COMPETING, FOLDS, METRICS, ONCE, RANKED, SEEDS, coverage, ranking_scores, study, world
from fer_xai.metrics.map_scores import score_maps


@pytest.mark.parametrize("trained", [ONCE, FOLDS, SEEDS])
def test_every_figure_of_a_study_has_an_interval(trained: str) -> None:
    found, layout = study(world(0), np.random.default_rng(0), 10, trained, replicates=20)
    for figure in found.values():
        of = figure.interval(layout, 10)
        assert of.low < of.high
        assert ("trainings" in of.holds) == (trained != ONCE)


def test_ranking_scores_are_those_of_the_measures() -> None:
    of = world(0)
    maps = np.random.default_rng(0).standard_normal((30, *of.masks.shape[1:])).astype(np.float32)
    found = ranking_scores(maps, of.masks[0])
    expected = score_maps(maps, None, of.masks[0].astype(float), {name: METRICS[name] for name in RANKED})
    for name in RANKED:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(("people", "trained"), [(20, ONCE), (50, ONCE), (100, ONCE), (50, FOLDS), (50, SEEDS)])
def test_coverage(people: int, trained: str) -> None:
    studies = 200
    # Three Monte Carlo errors about the table of the documentation, in which 2,000 studies stand behind each figure.
    error = 3 * np.sqrt(0.95 * 0.05 / studies)
    held, called = coverage(people, studies, trained, say=lambda _: None)
    for name, share in held.items():
        if name.endswith(COMPETING):
            continue
        assert share >= 0.93 - error, name
        # Cut measures are wide for differences of what is alike.
        assert share <= 0.97 + error or "iou" in name, name
    for name, share in called.items():
        # The largest share of the table.
        assert share <= 0.058 + error, name
