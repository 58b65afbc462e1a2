"""Mean faces of a data set, and its histograms."""

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_xai.data.face_table import no_rows
from fer_xai.data.overview import mean_faces
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.face.canonical import canonical_points
from fer_xai.report.data_facts import DOUBTS
from fer_xai.report.data_pictures import mean_face_tile, quality_figure

SIZE = 96


def faces_cut_off_below(number: int, of: int) -> PreparedFaces:
    """Grey faces, of which some are cut off below the nose."""
    frame = pd.DataFrame({"image": [str(i) for i in range(of)], "expression": "anger"})
    landmarks = np.repeat(canonical_points((SIZE, SIZE))[None, :68], of, axis=0).astype(np.float32)
    landmarks[:number] *= (1, 2)
    crops = np.full((of, SIZE, SIZE, 3), 120, dtype=np.uint8)
    crops[:number] = 60
    return PreparedFaces(frame, crops, landmarks, no_rows(), "", ("anger",))  # type: ignore[arg-type]


@pytest.mark.parametrize(("cut_off", "opaque"), [(0, 255), (2, 255), (3, 0)])
def test_a_mean_face_is_transparent_where_less_than_half_of_the_faces_are(cut_off: int, opaque: int) -> None:
    face, number = mean_faces(faces_cut_off_below(cut_off, 4), 10, 0)["anger"]
    assert (face.shape, number) == ((275, 224, 4), 4)
    mean = (60 * cut_off + 120 * (4 - cut_off)) / 4
    assert face[60, 112].tolist() == [mean] * 3 + [255]
    assert face[230, 112].tolist() == ([120] * 3 if opaque else [0] * 3) + [opaque]
    assert mean_face_tile(face).startswith("data:image/png;base64,")


def test_figures_that_are_the_same_of_all_faces_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, drawn = np.random.default_rng(0), []
    frame = pd.DataFrame({name: rng.normal(0, 5, 50) for _, name, _, _ in DOUBTS})
    frame = frame.assign(inside=1.0, score=np.nan, outside=rng.integers(0, 5, 50).astype(float))
    monkeypatch.setattr("matplotlib.axes.Axes.set_title", lambda axis, title: drawn.append(title))
    content = quality_figure(frame).png
    assert drawn == ["sharpness", "size", "yaw", "pitch", "roll", "outside"]
    assert cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR).std() > 10
