"""How a head is turned, estimated from its landmarks."""

import numpy as np

#: Landmarks that neither the jaw nor the mouth nor the brows move, and where they lie on an average head, in distances
#: between the eyes' middles: x to the right of the picture, y up, z towards the camera. An open mouth takes the chin
#: down and a smile takes the corners of the mouth up, as a raised and a lowered head do; these points stay.
_RIGID: dict[int, tuple[float, float, float]] = {
    # where the jaw meets the ears
    0: (-1.13, 0.00, -0.52), 16: (1.13, 0.00, -0.52),
    # bridge of the nose down to its tip, and its base
    27: (0.00, 0.03, 0.15), 28: (0.00, -0.18, 0.25), 29: (0.00, -0.39, 0.35), 30: (0.00, -0.60, 0.45),
    31: (-0.22, -0.76, 0.25), 33: (0.00, -0.82, 0.31), 35: (0.22, -0.76, 0.25),
    # outer and inner corners of the eyes
    36: (-0.67, 0.00, -0.06), 39: (-0.31, -0.04, 0.00), 42: (0.31, -0.04, 0.00), 45: (0.67, 0.00, -0.06),
}  # fmt: skip
_SHOWN, _HEAD = list(_RIGID), np.array(list(_RIGID.values()))


def head_pose(landmarks: np.ndarray) -> np.ndarray:
    """Estimate how heads are turned, by the rotated and scaled average head that fits the landmarks best.

    Only landmarks that expressions hardly move take part. Good to some ten degrees, for noses and foreheads differ from
    person to person: it is meant for sorting and for limits, not for measuring.

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
