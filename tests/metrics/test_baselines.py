import csv
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.baselines import centred_gaussian, full_frame, landmark_density, pairings, random_shifts
from fer_xai.metrics.otsu import relevant_pixels
from fer_xai.metrics.overlap import iou
from fer_xai.metrics.scores import score_map


def test_centred_gaussian_by_arithmetic() -> None:
    blob = centred_gaussian((5, 9))
    assert blob.argmax() == 2 * 9 + 4
    assert blob[2, 4] == 1
    assert blob[0, 4] == pytest.approx(np.exp(-0.5 * (2 / 1.25) ** 2))
    assert blob[2, 0] == pytest.approx(np.exp(-0.5 * (4 / 2.25) ** 2))
    np.testing.assert_allclose(blob, blob[::-1, ::-1])


def test_landmark_density_lies_on_the_landmarks() -> None:
    single = landmark_density([[7.0, 3.0]], (20, 30))
    assert np.unravel_index(single.argmax(), single.shape) == (3, 7), "x is the column"
    density = landmark_density()
    assert density.shape == (275, 224)
    assert density.max() == 1
    assert density[196, 110] > 3 * density[20, 110], "many landmarks around the mouth, none on the forehead"
    half = landmark_density(frame=(138, 112))
    np.testing.assert_allclose(half, cv2.resize(density, (112, 138), interpolation=cv2.INTER_AREA), atol=0.03)


def test_random_shifts_keep_the_values_and_move_them() -> None:
    values = np.arange(12.0).reshape(3, 4)
    valid = np.ones((3, 4), dtype=bool)
    valid[0, 0] = False
    shifted, kept = random_shifts(values, 50, seed=1, valid=valid)
    assert (np.sort(shifted.reshape(50, -1), axis=1) == np.arange(12)).all()
    assert (shifted != values).any(axis=(1, 2)).all()
    assert not kept[:, 0, 0].any()
    assert not kept[shifted == 0].any()
    np.testing.assert_array_equal(shifted, random_shifts(values, 50, seed=1)[0])
    assert random_shifts(values, 0, seed=1)[0].shape == (0, 3, 4)


def test_pairings_by_arithmetic() -> None:
    result = pairings([[0.9, 0.1, 0.2], [0.3, 0.8, 0.1], [0.2, 0.2, 0.7]])
    assert result.right == pytest.approx(0.8)
    assert result.others == pytest.approx(1.1 / 6)
    assert (result.at_least_as_good, result.pairings) == (1, 6)
    assert result.p_value == pytest.approx(1 / 6)
    assert pairings(np.ones((4, 4))).p_value == 1, "equal pairings are as good"
    assert pairings([[0.0, 1.0], [1.0, 0.0]], higher_is_better=False).at_least_as_good == 1
    assert np.isnan(pairings([[np.nan, 1.0], [1.0, 0.0]]).p_value)
    with pytest.raises(UserError, match="square"):
        pairings(np.ones((2, 3)))


@pytest.mark.skipif("FER_XAI_SHARED" not in os.environ, reason="FER_XAI_SHARED (published reference data) is not set")
def test_baselines_of_the_published_study() -> None:
    published = Path(os.environ["FER_XAI_SHARED"]) / "published"
    networks = [row["network"] for row in csv.DictReader((published / "factors.csv").open())]
    masks = [cv2.imread(str(published / "masks" / f"{e.capitalize()}_gt.png"), 0) > 127 for e in EXPRESSIONS]
    scores = np.zeros((12, 6, 6))
    for n, network in enumerate(networks):
        for e, expression in enumerate(EXPRESSIONS):
            name = f"{network}_{expression.capitalize()}_heatmap.png"
            relevant = relevant_pixels(cv2.imread(str(published / "heatmaps_by_network" / name), 0) / 255)
            scores[n, e] = iou(relevant[None], np.stack(masks))
    result = pairings(scores.mean(axis=0))
    assert result.right == pytest.approx(0.2689, abs=5e-5)
    assert result.others == pytest.approx(0.262, abs=5e-4)
    assert (result.at_least_as_good, result.pairings) == (283, 720)
    gaussian = np.mean([score_map(centred_gaussian(), None, mask, ["iou"])["iou"].value for mask in masks])
    assert gaussian == pytest.approx(0.408, abs=5e-4)
    assert np.mean([iou(full_frame(), mask) for mask in masks]) == pytest.approx(0.257, abs=5e-4)
