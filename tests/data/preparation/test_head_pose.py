from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fer_xai.data.preparation.head_pose import _HEAD, _SHOWN, head_pose
from fer_xai.face.canonical import MIRROR
from fer_xai.face.prototypes import PROTOTYPES
from fer_xai.synthetic.face import face_landmarks
from fer_xai.synthetic.identity import draw_identity
from fer_xai.synthetic.scene import Scene, draw_scene


def seen(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Landmarks of the average head, turned about its up axis, then about the right, then in the picture."""
    # Camera axes: x right, y up, z towards the camera. A nose that turns right moves from z towards x: about +y.
    turn = Rotation.from_euler("z", -roll, degrees=True)
    turn *= Rotation.from_euler("x", -pitch, degrees=True) * Rotation.from_euler("y", yaw, degrees=True)
    points = np.zeros((1, 68, 2))
    points[0, _SHOWN] = turn.apply(_HEAD)[:, :2] * (0.3, -0.3) + (50, 80)
    return points


@pytest.mark.parametrize("angle", [-60.0, -20.0, 0.0, 35.0])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_pose_of_an_average_head_is_recovered(axis: int, angle: float) -> None:
    pose = np.zeros(3)
    pose[axis] = angle
    np.testing.assert_allclose(head_pose(seen(*pose))[0], pose, atol=1e-6)


def test_turning_to_the_right_moves_the_nose_to_the_right() -> None:
    straight, turned = seen(0, 0, 0)[0], seen(30, 0, 0)[0]
    assert turned[30, 0] - turned[[36, 45], 0].mean() > straight[30, 0] - straight[[36, 45], 0].mean()
    assert seen(0, 30, 0)[0, 30, 1] - seen(0, 30, 0)[0, 36, 1] < straight[30, 1] - straight[36, 1]


def test_without_a_face_there_is_no_pose() -> None:
    points = np.concatenate([seen(10, 0, 0), np.full((1, 68, 2), np.nan)])
    assert np.isnan(head_pose(points)).all(axis=1).tolist() == [False, True]
    assert head_pose(points[:0]).shape == (0, 3)


def drawn(subject: int, units: dict[int, float], yaw: float = 0, pitch: float = 0, roll: float = 0) -> np.ndarray:
    """True landmarks of a drawn face, turned by degrees in the sense of `head_pose`, after dlib's convention."""
    turned = {"yaw": np.radians(yaw), "pitch": -np.radians(pitch), "roll": np.radians(roll), "lopsided": 0.0}
    scene: Scene = replace(draw_scene(0, subject, 0), **turned)
    return face_landmarks(draw_identity(0, subject), units, scene, 256)[1]


@pytest.mark.parametrize("units", [{26: 1.0, 25: 0.5}, {12: 1.0, 6: 1.0, 25: 0.75}, {15: 1.0, 17: 0.8}])
def test_mouths_do_not_tilt_heads(units: dict[int, float]) -> None:
    """A jaw that drops, a smile and drooping corners of the mouth leave the pose within half a degree."""
    rest, moved = (head_pose(np.array([drawn(s, shown) for s in range(20)])) for shown in ({}, units))
    assert np.abs(moved - rest).max() < 0.5


def test_frontal_faces_of_all_expressions_are_level() -> None:
    points = [drawn(subject, units) for subject in range(20) for units in PROTOTYPES.values()]
    pitch = head_pose(np.array(points))[:, 1].reshape(20, -1)
    assert np.abs(np.median(pitch, axis=0)).max() < 4
    assert np.abs(pitch).max() < 16
    assert np.ptp(pitch, axis=1).max() < 8, "of one person, whatever the expression"


def test_turned_drawn_heads_come_out_at_their_angles() -> None:
    surprise = PROTOTYPES["surprise"]
    for angles in ((20, 0, 0), (-20, 0, 0), (0, 15, 0), (0, -15, 0), (0, 0, 20), (0, 0, -20)):
        found = np.median(head_pose(np.array([drawn(subject, surprise, *angles) for subject in range(20)])), axis=0)
        np.testing.assert_allclose(found, angles, atol=4)


def test_a_mirrored_face_has_the_mirrored_pose() -> None:
    points = np.array([drawn(subject, {26: 0.8}, 18, 6, 12) for subject in range(10)])
    mirrored = points[:, MIRROR] * (-1, 1) + (255, 0)
    np.testing.assert_allclose(head_pose(mirrored), head_pose(points) * (-1, 1, -1), atol=1e-4)
