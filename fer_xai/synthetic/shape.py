"""The shape of a resting face: 68 landmarks in units of the inter-ocular distance.

The origin lies midway between the eyes' centres, x runs to the right of the image and y down. The proportions are those
of adult faces as dlib's landmarks see them, symmetric; the left half of the image is stated, the right half follows.
"""

import numpy as np

from fer_xai.face.canonical import MIRROR, N_LANDMARKS

_LEFT: dict[int, tuple[float, float]] = {
    # jaw, from the ear to the chin
    0: (-1.13, 0.08), 1: (-1.12, 0.36), 2: (-1.08, 0.63), 3: (-1.03, 0.92), 4: (-0.92, 1.18),
    5: (-0.745, 1.41), 6: (-0.52, 1.60), 7: (-0.27, 1.745), 8: (0.0, 1.80),
    # brow, from the temple to the nose
    17: (-0.93, -0.20), 18: (-0.78, -0.32), 19: (-0.58, -0.36), 20: (-0.37, -0.33), 21: (-0.17, -0.26),
    # bridge and base of the nose
    27: (0.0, 0.0), 28: (0.0, 0.20), 29: (0.0, 0.40), 30: (0.0, 0.59),
    31: (-0.22, 0.73), 32: (-0.11, 0.77), 33: (0.0, 0.80),
    # eye: outer corner, upper lid, inner corner, lower lid
    36: (-0.71, 0.01), 37: (-0.58, -0.07), 38: (-0.42, -0.07), 39: (-0.29, 0.02), 40: (-0.42, 0.06), 41: (-0.58, 0.06),
    # mouth: outer outline, inner outline
    48: (-0.40, 1.16), 49: (-0.26, 1.08), 50: (-0.10, 1.04), 51: (0.0, 1.06),
    57: (0.0, 1.33), 58: (-0.12, 1.32), 59: (-0.27, 1.26),
    60: (-0.36, 1.165), 61: (-0.12, 1.155), 62: (0.0, 1.16), 66: (0.0, 1.17), 67: (-0.12, 1.17),
}  # fmt: skip


#: Where dlib's convention puts a landmark, seen from the point that the drawing hangs on: its jaw begins higher, its
#: corners of eyes and mouth lie where the lids and lips begin to part. Small, constant, the same for every face.
_CONVENTION: dict[int, tuple[float, float]] = {
    0: (0.002, -0.078), 1: (0.002, -0.060), 2: (-0.002, -0.030), 3: (0.007, -0.030), 4: (0.004, -0.016),
    5: (0.002, -0.009), 6: (-0.008, 0.002), 7: (-0.011, 0.015), 8: (0.0, 0.007),
    17: (0.024, -0.010), 18: (0.017, -0.022), 19: (0.020, -0.024), 20: (0.011, -0.022), 21: (0.011, -0.018),
    27: (0.0, -0.028), 28: (0.0, -0.017), 29: (0.0, -0.010), 30: (0.0, 0.015),
    31: (0.004, 0.030), 32: (-0.004, 0.018), 33: (0.0, 0.020),
    36: (0.040, -0.008), 37: (0.022, 0.001), 38: (0.004, 0.010), 39: (-0.015, 0.018), 40: (-0.009, 0.014),
    41: (0.012, 0.008), 48: (0.029, 0.004), 49: (0.020, 0.018), 50: (-0.005, 0.012), 51: (0.0, 0.019),
    57: (0.0, -0.010), 58: (0.009, -0.011), 59: (0.031, -0.001), 60: (0.050, 0.0), 61: (0.018, 0.015), 62: (0.0, 0.020),
    66: (0.0, -0.022), 67: (0.014, -0.028),
}  # fmt: skip


def whole(left: dict[int, tuple[float, float]]) -> np.ndarray:
    """(68, 2) from what is stated for the left half: the right half is its mirror image, what is not stated is 0."""
    points = np.zeros((N_LANDMARKS, 2))
    for index, (x, y) in left.items():
        points[MIRROR[index]] = (-x, y)
        points[index] = (x, y)
    return points


#: (68, 2) float64, in inter-ocular distances: the points that a resting face is drawn on.
BASE_LANDMARKS = whole(_LEFT)
BASE_LANDMARKS.setflags(write=False)

#: (68, 2) float64: added to the points of a drawing, it gives the landmarks as dlib's convention has them.
CONVENTION = whole(_CONVENTION)
CONVENTION.setflags(write=False)

JAW = slice(0, 17)
LEFT_BROW, RIGHT_BROW = slice(17, 22), slice(22, 27)
NOSE = slice(27, 36)
LEFT_EYE, RIGHT_EYE = slice(36, 42), slice(42, 48)
MOUTH = slice(48, N_LANDMARKS)


def interocular(landmarks: np.ndarray) -> np.ndarray:
    """Distance between the centres of the eyes.

    Args:
        landmarks: (..., 68, 2), x before y.

    Returns:
        (...), in the unit of the landmarks; an eye's centre is the mean of its six points.
    """
    left, right = landmarks[..., LEFT_EYE, :].mean(axis=-2), landmarks[..., RIGHT_EYE, :].mean(axis=-2)
    return np.linalg.norm(right - left, axis=-1)
