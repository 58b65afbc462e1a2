"""IoU as a function of the threshold, against a literal loop and against the score at Otsu's threshold."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from fer_xai.analysis.threshold_curves import iou_by_threshold, threshold_rows, threshold_table
from fer_xai.face.masks import Reference
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.map_scores import score_map
from fer_xai.metrics.otsu import to_uint8
from fer_xai.metrics.stretch import stretch

FRAME = (30, 24)


def test_every_threshold_equals_a_literal_count() -> None:
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 256, FRAME).astype(np.uint8)
    mask, valid = rng.random((2, *FRAME)) < 0.6
    iou, relevant = iou_by_threshold(levels, valid, mask)
    for threshold in range(255):
        above = (levels > threshold) & valid
        assert relevant[threshold] == above.sum()
        assert iou[threshold] == (above & mask).sum() / ((above | mask) & valid).sum()


def _maps(mean: np.ndarray, valid: np.ndarray) -> Any:
    network = SimpleNamespace(name="net", pretrained="none")
    maps = SimpleNamespace(mean=mean, valid=valid)
    return SimpleNamespace(
        explainer="gradcam", expressions=("fear", "anger"), pools=[SimpleNamespace(network=network)], maps=[maps]
    )


def test_curve_marks_otsu_and_the_maximum() -> None:
    rng = np.random.default_rng(1)
    mean = gaussian_filter(rng.standard_normal((2, *FRAME)), (0, 3, 3))
    mask = (gaussian_filter(rng.standard_normal(FRAME), 3) + mean[0] > 0.1).astype(np.float32)
    valid = np.ones((2, *FRAME), dtype=bool)
    valid[:, :5, :5] = False
    rows = threshold_table(threshold_rows(_maps(mean, valid), Reference("own", {"fear": mask})))
    assert set(rows["expression"]) == {"fear"}
    at = rows.set_index("at")
    assert at.loc["otsu", "iou"] == pytest.approx(
        score_map(mean[0], valid[0], mask, shipped_metrics(["iou"]))["iou"].value
    )
    every, _ = iou_by_threshold(to_uint8(stretch(mean[0], valid[0])), valid[0], mask > 0)
    assert at.loc["maximum", "iou"] == every.max() >= rows["iou"].max()
    assert at.loc["maximum", "threshold"] == every.argmax()


def test_constant_maps_have_no_curve() -> None:
    valid = np.ones((2, *FRAME), dtype=bool)
    mask = np.zeros(FRAME, np.float32)
    mask[:5] = 1
    assert threshold_rows(_maps(np.ones((2, *FRAME)), valid), Reference("own", {"fear": mask})) == []
