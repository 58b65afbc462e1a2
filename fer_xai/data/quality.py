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
        landmarks: (n, 68, 2); NaN where there is no face.

    Returns:
        (n, 3) yaw, pitch and roll in degrees, NaN where there is no face: positive yaw turns the nose to the right of
        the picture, positive pitch raises it, positive roll turns the head clockwise as one sees it.
    """
    pose = np.full((len(landmarks), 3), np.nan)
    known = np.isfinite(landmarks).all(axis=(1, 2))
    points = landmarks[:, _SHOWN][known].astype(np.float64) * (1, -1)
    points -= points.mean(axis=1, keepdims=True)
    # The affine map from the head to the picture, (n, 2, 3): two rows of a rotation, scaled, if the head were average.
    rows = points.transpose(0, 2, 1) @ np.linalg.pinv(_HEAD - _HEAD.mean(axis=0)).T
    # The nearest two perpendicular rows of length one, by the polar decomposition: the picture's right and up, and from
    # them its forward, along the axes of the head.
    u, _, v = np.linalg.svd(rows, full_matrices=False)
    right, up = np.moveaxis(u @ v, 1, 0)
    forward = np.cross(right, up)
    pose[known, 0] = np.arctan2(right[:, 2], forward[:, 2])
    pose[known, 1] = np.arcsin(np.clip(up[:, 2], -1, 1))
    pose[known, 2] = np.arctan2(-up[:, 0], up[:, 1])
    return np.degrees(pose)
