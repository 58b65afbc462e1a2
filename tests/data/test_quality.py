import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fer_xai.data.quality import _HEAD, _SHOWN, head_pose


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
