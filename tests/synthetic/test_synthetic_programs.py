"""What programs that have never seen the drawn faces make of them."""

from importlib.util import find_spec
from pathlib import Path

import dlib
import numpy as np
import pytest
from joblib import Parallel, delayed

from fer_xai.synthetic.picture_plan import pictures
from fer_xai.synthetic.shape import interocular

SEED = 4711  # none of those that the drawing was tried with
MODELS = Path(find_spec("face_recognition_models").submodule_search_locations[0]) / "models"


def ask(planned, recognise):
    """Number of faces found, error of the landmarks in inter-ocular distances, descriptor of the person."""
    detector = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(str(MODELS / "shape_predictor_68_face_landmarks.dat"))
    network = None
    if recognise:
        network = dlib.face_recognition_model_v1(str(MODELS / "dlib_face_recognition_resnet_model_v1.dat"))
    answers = []
    for picture in planned:
        face = picture.draw(256)
        boxes = detector(face.image, 0)
        if not boxes:
            answers.append((0, np.nan, np.full(128, np.nan)))
            continue
        shape = predictor(face.image, max(boxes, key=lambda box: box.area()))
        found = np.array([[part.x, part.y] for part in shape.parts()], float)
        error = np.linalg.norm(found - face.landmarks, axis=1).mean() / interocular(face.landmarks)
        answers.append(
            (len(boxes), error, np.array(network.compute_face_descriptor(face.image, shape)) if network else None)
        )
    return answers


def test_few_faces_are_faces_to_dlib():
    answers = ask(list(pictures(4, 1, SEED)), recognise=False)
    assert [answer[0] for answer in answers] == [1] * 24
    assert np.mean([answer[1] for answer in answers]) < 0.06


@pytest.mark.slow
def test_600_faces_of_50_people():
    planned = list(pictures(50, 2, SEED))
    parts = Parallel(n_jobs=-1)(delayed(ask)(planned[k : k + 50], True) for k in range(0, 600, 50))
    counts, errors, descriptors = zip(*(answer for part in parts for answer in part), strict=True)
    assert np.mean(np.array(counts) >= 1) >= 0.99
    assert max(counts) == 1
    assert np.nanmean(errors) <= 0.06
    assert np.nanquantile(errors, 0.95) <= 0.08
    vectors = np.array(descriptors)
    distance = np.linalg.norm(vectors[:, None] - vectors[None], axis=-1)
    expression = np.array([picture.expression for picture in planned])
    distance[(expression[:, None] == expression[None]) | np.isnan(distance)] = np.inf
    subject = np.array([picture.subject for picture in planned])
    assert np.mean(subject[distance.argmin(axis=1)] == subject) >= 0.5
