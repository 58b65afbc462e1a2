import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import canonical_points
from fer_xai.metrics.baselines import centred_gaussian, full_frame, landmark_density
from fer_xai.metrics.iou import IoU
from fer_xai.metrics.map_scores import score_map


def test_centred_gaussian_by_arithmetic() -> None:
    blob = centred_gaussian((5, 9))
    assert blob.argmax() == 2 * 9 + 4
    assert blob[2, 4] == 1
    assert blob[0, 4] == pytest.approx(np.exp(-0.5 * (2 / 1.25) ** 2))
    assert blob[2, 0] == pytest.approx(np.exp(-0.5 * (4 / 2.25) ** 2))
    np.testing.assert_allclose(blob, blob[::-1, ::-1])


def test_landmark_density_lies_on_the_landmarks() -> None:
    density = landmark_density()
    assert density.shape == (275, 224)
    assert density.max() == 1
    fine = landmark_density(part=1 / 400)
    x, y = canonical_points()[:68].round().astype(int).T
    assert (fine[y, x] > 100 * np.median(fine)).all(), "x is the column"
    assert density[196, 110] > 3 * density[20, 110], "many landmarks around the mouth, none on the forehead"
    half = landmark_density(frame=(138, 112))
    np.testing.assert_allclose(half, cv2.resize(density, (112, 138), interpolation=cv2.INTER_AREA), atol=0.03)


@pytest.mark.skipif("FER_XAI_SHARED" not in os.environ, reason="FER_XAI_SHARED (published reference data) is not set")
def test_baselines_of_the_published_study() -> None:
    published = Path(os.environ["FER_XAI_SHARED"]) / "published"
    masks = [cv2.imread(str(published / "masks" / f"{e.capitalize()}_gt.png"), 0) > 127 for e in EXPRESSIONS]
    gaussian = np.mean([score_map(centred_gaussian(), None, mask, {"iou": IoU()})["iou"].value for mask in masks])
    assert gaussian == pytest.approx(0.408, abs=5e-4)
    assert np.mean([IoU().score(full_frame(), mask) for mask in masks]) == pytest.approx(0.257, abs=5e-4)
