"""How a head is turned, estimated from its landmarks."""

import numpy as np

#: Tip of the nose, chin, outer corners of the eyes and corners of the mouth of an average head, in any unit, x to the
#: right of the picture, y up, z towards the camera, and the landmarks that show them.
_HEAD = np.array(
    [(0, 0, 0), (0, -330, -65), (-225, 170, -135), (225, 170, -135), (-150, -150, -125), (150, -150, -125)]
)
_SHOWN = (30, 8, 36, 45, 48, 54)


def head_pose(landmarks: np.ndarray) -> np.ndarray:
    """Estimate how heads are turned, by the rotated and scaled average head that fits the landmarks best.

    Good to some ten degrees: it is meant for sorting and for limits, not for measuring.

    Args:
        landmarks: (n, 68, 2).

    Returns:
        (n, 3) yaw, pitch and roll in degrees: positive yaw turns the nose to the right of the picture, positive pitch
        raises it, positive roll turns the head clockwise as one sees it.
    """
    head = _HEAD - _HEAD.mean(axis=0)
    points = landmarks[:, _SHOWN, :].astype(np.float64) * (1, -1)
    points = points - points.mean(axis=1, keepdims=True)
    # The affine map from the head to the picture, (n, 2, 3): its rows are two rows of the rotation, scaled.
    rows = points.transpose(0, 2, 1) @ np.linalg.pinv(head).T
    first, second = rows[:, 0], rows[:, 1]
    # The nearest pair of perpendicular rows of equal length, by the polar decomposition.
    u, _, v = np.linalg.svd(np.stack([first, second], axis=1), full_matrices=False)
    right, up = np.moveaxis(u @ v, 1, 0)
    forward = np.cross(right, up)
    yaw = np.arctan2(right[:, 2], forward[:, 2])
    pitch = np.arcsin(np.clip(up[:, 2], -1, 1))
    roll = -np.arctan2(up[:, 0] * -1, up[:, 1])
    return np.degrees(np.stack([yaw, pitch, roll], axis=1))
