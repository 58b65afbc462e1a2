"""The whole chain from a mean heatmap to its scores."""

import csv
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_xai.errors import UserError
from fer_xai.face.half_maximum import half_of_maximum
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.map_scores import score_map, score_maps
from fer_xai.metrics.otsu import relevant_pixels

SHARED = os.environ.get("FER_XAI_SHARED")
METRICS = shipped_metrics()
needs_published = pytest.mark.skipif(SHARED is None, reason="FER_XAI_SHARED (published reference data) is not set")


def bump(y: float, x: float, spread: float) -> np.ndarray:
    rows, columns = np.mgrid[:40, :30]
    return np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * spread**2))


def some(*names: str) -> dict:
    return {name: METRICS[name] for name in names}


def test_chain_step_by_step() -> None:
    mean = 0.2 + 3 * bump(12, 20, 6) + 0.1 * bump(30, 5, 3)
    mask = bump(14, 18, 6) > 0.5
    valid = np.ones((40, 30), dtype=bool)
    valid[:, :4] = False
    mean[0, 0] = 99.0  # not valid, must not stretch the rest away
    low, high = mean[valid].min(), mean[valid].max()
    levels = ((mean - low) / (high - low) * 255)[valid].astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)
    chosen, wanted = levels > threshold, mask[valid]
    scores = score_map(mean, valid, mask, some("iou", "precision", "recall", "f1"))
    assert scores["iou"].value == (chosen & wanted).sum() / (chosen | wanted).sum()
    assert scores["precision"].value == (chosen & wanted).sum() / chosen.sum()
    assert scores["recall"].value == (chosen & wanted).sum() / wanted.sum()
    assert scores["f1"].value == 2 * (chosen & wanted).sum() / (chosen.sum() + wanted.sum())
    assert all(score.reason is None for score in scores.values())


def test_all_metrics_lie_within_their_bounds_and_know_their_direction() -> None:
    mask = bump(14, 18, 6) > 0.5
    good, bad = score_map(bump(14, 18, 7), None, mask, METRICS), score_map(bump(35, 3, 7), None, mask, METRICS)
    assert list(good) == list(METRICS)
    for name, metric in METRICS.items():
        assert metric.bounds[0] <= bad[name].value <= metric.bounds[1]
        assert metric.bounds[0] <= good[name].value <= metric.bounds[1]
        assert (good[name].value > bad[name].value) == metric.higher_is_better, name


@pytest.mark.parametrize("per_map", [False, True])
def test_many_maps_score_as_one_by_one(per_map: bool) -> None:
    rng = np.random.default_rng(0)
    maps = np.stack([bump(*rng.uniform(5, 25, 2), 6) for _ in range(7)]).astype(np.float32)
    maps[3] = 0.5
    weights = bump(14, 18, 9)
    valid = rng.random((7, 40, 30)) < 0.9 if per_map else rng.random((40, 30)) < 0.9
    together = score_maps(maps, valid, weights, METRICS)
    for i in range(7):
        alone = score_map(maps[i], valid[i] if per_map else valid, weights, METRICS)
        for name in METRICS:
            np.testing.assert_allclose(together[name][i], alone[name].value, rtol=1e-6, err_msg=name)
            assert np.isnan(alone[name].value) == (i == 3)


def test_metrics_alone_give_what_the_chain_gives() -> None:
    mean, weights = bump(12, 20, 6), bump(14, 18, 9)
    forms = {"mask": half_of_maximum(weights), "weights": weights, "signed": weights}
    for name, metric in METRICS.items():
        maps = relevant_pixels(mean) if metric.compares == "sets" else mean
        expected = float(metric.score(maps, forms[metric.reference]))
        assert score_map(mean, None, weights, some(name))[name].value == pytest.approx(expected, rel=1e-12), name


def test_undefined_scores_say_why() -> None:
    mean, mask = bump(12, 20, 6), bump(14, 18, 6) > 0.5
    for name in METRICS:
        cases = {
            "constant map": score_map(np.zeros((40, 30)), None, mask, some(name)),
            "empty mask": score_map(mean, None, np.zeros((40, 30)), some(name)),
            "map not finite": score_map(np.where(mask, np.nan, mean), None, mask, some(name)),
            "no valid pixel": score_map(mean, np.zeros((40, 30), dtype=bool), mask, some(name)),
        }
        for reason, scores in cases.items():
            assert np.isnan(scores[name].value)
            assert scores[name].reason == reason
    assert score_map(mean, None, np.ones((40, 30)), some("auc"))["auc"].reason == "no pixel outside the mask"
    assert score_map(mean, None, np.ones((40, 30)), some("ncc"))["ncc"].reason == "constant reference"


def test_mistakes_are_told_in_one_line() -> None:
    with pytest.raises(UserError, match=r"unknown metric 'jaccard': known are .*, iou, "):
        shipped_metrics(["jaccard"])
    with pytest.raises(UserError, match="do not go together"):
        score_map(np.eye(3), None, np.eye(4), METRICS)
    with pytest.raises(UserError, match="validity"):
        score_maps(np.ones((2, 3, 3)), np.ones((3, 3, 3), dtype=bool), np.eye(3), METRICS)


@needs_published
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_published_heatmaps_give_the_published_scores(dtype: type) -> None:
    published = Path(SHARED or "") / "published"
    rows = list(csv.DictReader((published / "iou_by_network.csv").open()))
    compared = 0
    for row in rows:
        for expression, expected in row.items():
            if expression == "network" or expression == "mean" or row["network"] == "mean":
                continue
            word = expression.capitalize()
            grey = cv2.imread(str(published / "heatmaps_by_network" / f"{row['network']}_{word}_heatmap.png"), 0)
            mask = cv2.imread(str(published / "masks" / f"{word}_gt.png"), 0) > 127
            scores = score_map((grey / 255).astype(dtype), None, mask, some("iou", "precision", "recall", "f1"))
            assert scores["iou"].value == pytest.approx(float(expected), abs=5e-5)
            chosen = grey > cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)[0]
            both = (chosen & mask).sum()
            assert scores["precision"].value == both / chosen.sum()
            assert scores["recall"].value == both / mask.sum()
            assert scores["f1"].value == 2 * both / (chosen.sum() + mask.sum())
            compared += 1
    assert compared == 72


def test_no_valid_pixel_is_undefined_for_one_map_and_for_many():
    maps, weights = np.random.default_rng(0).random((3, 8, 9)), np.eye(8, 9)
    nowhere = np.zeros((8, 9), dtype=bool)
    for name, values in score_maps(maps, nowhere, weights, METRICS).items():
        assert np.isnan(values).all(), name
    assert all(
        np.isnan(score.value) and score.reason for score in score_map(maps[0], nowhere, weights, METRICS).values()
    )
