import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

from fer_xai.metrics.f1 import F1
from fer_xai.metrics.iou import IoU
from fer_xai.metrics.precision import Precision
from fer_xai.metrics.recall import Recall

iou, precision, recall, f1 = (metric().score for metric in (IoU, Precision, Recall, F1))

ORACLES = [(iou, jaccard_score), (precision, precision_score), (recall, recall_score), (f1, f1_score)]
masks = arrays(bool, (4, 6))


@pytest.mark.parametrize(("metric", "oracle"), ORACLES)
def test_equals_scikit_learn(metric, oracle) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        relevant, mask, valid = (rng.random((7, 9)) < p for p in (0.3, 0.5, 0.8))
        assert metric(relevant, mask) == pytest.approx(oracle(mask.ravel(), relevant.ravel()), abs=1e-12)
        expected = oracle(mask[valid], relevant[valid])
        assert metric(relevant, mask, valid) == pytest.approx(expected, abs=1e-12)


def test_by_arithmetic() -> None:
    relevant = np.array([[1, 1, 1, 0], [0, 0, 0, 0]], dtype=bool)
    mask = np.array([[0, 1, 1, 1], [1, 0, 0, 0]], dtype=bool)
    assert iou(relevant, mask) == 2 / 5
    assert precision(relevant, mask) == 2 / 3
    assert recall(relevant, mask) == 2 / 4
    assert f1(relevant, mask) == 4 / 7


@given(masks, masks)
def test_properties(relevant: np.ndarray, mask: np.ndarray) -> None:
    values = [float(metric(relevant, mask)) for metric, _ in ORACLES]
    if not relevant.any() or not mask.any():
        assert np.isnan(values).all()
        return
    assert 0 <= min(values) <= max(values) <= 1
    assert iou(relevant, mask) == iou(mask, relevant)
    assert precision(relevant, mask) == recall(mask, relevant)
    assert iou(mask, mask) == f1(mask, mask) == 1
    assert values[3] == pytest.approx(2 * values[0] / (1 + values[0]))


def test_batches_broadcast_against_one_mask() -> None:
    rng = np.random.default_rng(1)
    relevant, mask = rng.random((2, 3, 5, 4)) < 0.4, rng.random((5, 4)) < 0.5
    together = iou(relevant, mask)
    assert together.shape == (2, 3)
    assert together[1, 2] == iou(relevant[1, 2], mask)
    per_map = rng.random((2, 3, 5, 4)) < 0.8
    assert iou(relevant, mask, per_map)[0, 1] == iou(relevant[0, 1], mask, per_map[0, 1])


def test_nothing_to_compare_is_no_score() -> None:
    some, none = np.eye(3, dtype=bool), np.zeros((3, 3), dtype=bool)
    for metric, _ in ORACLES:
        assert np.isnan(metric(some, none)), "empty mask"
        assert np.isnan(metric(none, some)), "empty threshold"
        assert np.isnan(metric(some, some, none)), "no valid pixel"
        assert metric(some, ~some) == 0
