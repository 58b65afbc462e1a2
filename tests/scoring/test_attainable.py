"""What overlaps could be reached at best: by simulation of what is simulated, on fields whose truth is known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.reference_maps import ReferenceMaps
from fer_xai.scoring.attainable import attainable_scores, simulated
from fer_xai.scoring.many_scores import against_references
from fer_xai.scoring.person_cells import PersonCell
from fer_xai.scoring.person_matrix import PersonMatrix

SHAPE = (40, 50)
METRICS = simulated(shipped_metrics(["ncc", "iou", "area_matched_iou"]))
EVERYWHERE = np.ones(SHAPE, dtype=bool)


def smooth(rng: np.random.Generator, n: int, scale: float) -> np.ndarray:
    fields = gaussian_filter(rng.standard_normal((n, *SHAPE)), (0, 3, 3))
    return (scale * fields / fields.std()).reshape(n, -1)


def matrix(values: np.ndarray, images: float = 1) -> PersonMatrix:
    names = tuple(map(str, range(len(values))))
    return PersonMatrix(names, np.full(len(values), images), values, EVERYWHERE)


def reference(share: float) -> ReferenceMaps:
    mask = np.zeros(SHAPE)
    mask[: round(share * SHAPE[0])] = 1
    return ReferenceMaps.of_weights(mask)


def cell_of(people: np.ndarray, folds: np.ndarray, seeds: np.ndarray) -> PersonCell:
    n = len(people)
    return PersonCell(matrix(people), {}, matrix(folds, n / len(folds)), matrix(seeds, n))


def test_only_measures_of_sets_of_pixels_are_simulated() -> None:
    assert list(METRICS) == ["iou", "area_matched_iou"]


def test_maps_without_noise_reach_everything() -> None:
    truth = smooth(np.random.default_rng(0), 1, 1.0)
    people = np.repeat(truth, 8, axis=0)
    found = attainable_scores(cell_of(people, truth, truth), reference(0.25), METRICS)
    assert found["area_matched_iou"] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("folds", [1, 4])
def test_noise_takes_as_much_as_fresh_noise_of_the_same_kind_does(folds: int) -> None:
    """Twelve people; with folds, of each three of one training, whose own noise is then in the map, too."""
    rng = np.random.default_rng(1)
    truth, own, trained = smooth(rng, 1, 1.0), 1.5, 0.6 if folds > 1 else 0.0
    people = truth + smooth(rng, 12, own) + np.repeat(smooth(rng, folds, trained), 12 // folds, axis=0)
    by_fold = people.reshape(folds, 12 // folds, -1).mean(1)
    found = attainable_scores(cell_of(people, by_fold, people.mean(0, keepdims=True)), reference(0.25), METRICS)
    noise = np.stack([smooth(rng, 12, own).mean(0) + smooth(rng, folds, trained).mean(0) for _ in range(200)])
    sought = np.zeros(SHAPE)
    sought.ravel()[np.argsort(truth[0])[-500:]] = 1
    frames = (truth + noise).reshape(-1, *SHAPE)
    target = ReferenceMaps.stack([ReferenceMaps.of_weights(sought)])
    expected = dict(zip(METRICS, against_references(frames, EVERYWHERE, target, METRICS).mean((1, 2)), strict=True))
    for name, value in found.items():
        assert value == pytest.approx(expected[name], abs=0.07), name
        assert value < 0.9


def test_seeds_add_their_noise() -> None:
    rng = np.random.default_rng(2)
    people = smooth(rng, 1, 1.0) + smooth(rng, 12, 0.5)
    one = people.mean(0, keepdims=True)
    several = one + smooth(rng, 3, 1.5)
    alone, with_seeds = (
        attainable_scores(cell_of(people, one, seeds), reference(0.25), METRICS)["area_matched_iou"]
        for seeds in (one, several)
    )
    assert with_seeds < alone - 0.1


def test_what_cannot_be_simulated_is_undefined() -> None:
    people = smooth(np.random.default_rng(3), 3, 1.0)
    one = people.mean(0, keepdims=True)
    assert np.isnan(list(attainable_scores(cell_of(people, one, one), reference(0.25), METRICS).values())).all()
    more = smooth(np.random.default_rng(3), 6, 1.0)
    assert np.isnan(list(attainable_scores(cell_of(more, one, one), reference(0.0), METRICS).values())).all()
