"""FACS action units: how each moves the landmarks.

The movements are those of a full contraction (intensity 1), in inter-ocular distances, after the descriptions of
the Facial Action Coding System (Ekman, Friesen and Hager 2002).
"""

import numpy as np

from fer_xai.face.prototypes import PROTOTYPES
from fer_xai.synthetic.shape import whole

_Moves = dict[int, tuple[float, float]]

#: Movement of the left half's landmarks (dx, dy); the right half moves as its mirror image.
MOVES: dict[int, _Moves] = {
    1: {21: (0.01, -0.24), 20: (0.005, -0.165), 19: (0.0, -0.04), 18: (0.0, -0.01), 38: (0.0, -0.008)},
    2: {17: (0.0, -0.08), 18: (0.0, -0.13), 19: (0.0, -0.125), 20: (0.0, -0.05), 21: (0.0, -0.01)},
    4: {
        21: (0.045, 0.165), 20: (0.04, 0.145), 19: (0.025, 0.08), 18: (0.015, 0.03), 17: (0.005, 0.005),
        38: (0.0, 0.012),
    },
    5: {37: (0.0, -0.055), 38: (0.0, -0.06)},
    6: {40: (0.0, -0.022), 41: (0.0, -0.028), 36: (0.01, 0.005), 37: (0.0, 0.008), 17: (0.0, 0.015)},
    7: {37: (0.0, 0.018), 38: (0.0, 0.014), 40: (0.0, -0.022), 41: (0.0, -0.022)},
    9: {
        21: (0.03, 0.105), 20: (0.025, 0.105), 19: (0.015, 0.10), 18: (0.005, 0.085), 17: (0.0, 0.05),
        38: (0.0, 0.02), 37: (0.0, 0.015), 40: (0.0, -0.03), 41: (0.0, -0.025),
        28: (0.0, -0.02), 29: (0.0, -0.04), 30: (0.0, -0.07), 31: (-0.025, -0.075), 32: (-0.01, -0.07),
        33: (0.0, -0.06), 49: (0.0, -0.05), 50: (0.0, -0.055), 51: (0.0, -0.05), 61: (0.0, -0.045), 62: (0.0, -0.045),
    },
    10: {
        31: (-0.02, -0.025), 49: (-0.01, -0.105), 50: (0.0, -0.105), 51: (0.0, -0.085), 48: (0.0, -0.015),
        60: (0.0, -0.015), 61: (0.0, -0.085), 62: (0.0, -0.075),
    },
    12: {
        48: (-0.155, -0.13), 60: (-0.15, -0.12), 49: (-0.09, -0.085), 50: (-0.03, -0.05), 51: (0.0, -0.035),
        59: (-0.11, -0.03), 58: (-0.045, 0.02), 57: (0.0, 0.03), 61: (-0.05, -0.05), 62: (0.0, -0.042),
        67: (-0.05, 0.0), 66: (0.0, 0.01),
        31: (-0.02, -0.01), 4: (-0.02, -0.01), 5: (-0.02, -0.01), 3: (-0.015, 0.0),
    },
    15: {
        48: (-0.01, 0.10), 60: (-0.01, 0.09), 49: (0.0, 0.03), 59: (-0.01, 0.06), 58: (0.0, 0.01), 67: (0.0, 0.01),
        61: (0.0, 0.005),
    },
    16: {57: (0.0, 0.05), 58: (0.0, 0.05), 59: (0.0, 0.03), 66: (0.0, 0.05), 67: (0.0, 0.045)},
    17: {
        57: (0.0, -0.11), 58: (0.0, -0.10), 59: (0.0, -0.05), 66: (0.0, -0.115), 67: (0.0, -0.11), 60: (0.0, -0.01),
        62: (0.0, -0.03), 61: (0.0, -0.025), 50: (0.0, -0.03), 51: (0.0, -0.03), 49: (0.0, -0.015), 48: (0.0, -0.01),
        8: (0.0, -0.03), 7: (0.0, -0.025), 6: (0.0, -0.01),
    },
    20: {
        48: (-0.14, 0.115), 60: (-0.135, 0.105), 49: (-0.08, 0.025), 59: (-0.10, 0.065), 50: (-0.03, -0.005),
        58: (-0.05, 0.015), 57: (0.0, 0.01), 61: (-0.035, -0.01), 67: (-0.045, 0.02), 62: (0.0, -0.01), 66: (0.0, 0.02),
    },
    23: {
        48: (0.035, 0.0), 60: (0.035, 0.0), 49: (0.015, 0.035), 50: (0.0, 0.045), 51: (0.0, 0.042),
        57: (0.0, -0.06), 58: (0.0, -0.058), 59: (0.015, -0.035), 61: (0.0, 0.005), 67: (0.0, -0.005),
    },
    24: {
        48: (0.02, 0.0), 60: (0.02, 0.0), 49: (0.0, 0.025), 50: (0.0, 0.035), 51: (0.0, 0.03), 57: (0.0, -0.04),
        58: (0.0, -0.04), 59: (0.0, -0.025),
    },
    25: {
        61: (0.0, -0.035), 62: (0.0, -0.04), 67: (0.0, 0.085), 66: (0.0, 0.095), 49: (0.0, -0.01), 50: (0.0, -0.015),
        51: (0.0, -0.015), 59: (0.0, 0.03), 58: (0.0, 0.06), 57: (0.0, 0.065),
    },
    26: {
        57: (0.0, 0.34), 58: (0.01, 0.32), 59: (0.035, 0.22), 66: (0.0, 0.35), 67: (0.015, 0.32), 48: (0.07, 0.12),
        60: (0.07, 0.12), 49: (0.02, 0.01), 8: (0.0, 0.25), 7: (0.0, 0.24), 6: (0.0, 0.21), 5: (0.01, 0.15),
        4: (0.015, 0.08), 3: (0.01, 0.03),
    },
    43: {37: (0.0, 0.075), 38: (0.0, 0.075)},
}  # fmt: skip

ACTION_UNITS: tuple[int, ...] = tuple(MOVES)


def unit_name(unit: int) -> str:
    """The column name of an action unit, e.g. `AU04`."""
    return f"AU{unit:02d}"


def expression_units(expression: str, intensity: float, rng: np.random.Generator) -> dict[int, float]:
    """Action units of one picture.

    Args:
        expression: one of the six.
        intensity: strength of the whole expression, 0 to 1.
        rng: decides how far each unit strays from the expression's own weight (standard deviation 10 %).

    Returns:
        Intensity, 0 to 1, of each action unit of the expression.
    """
    weights = PROTOTYPES[expression]
    stray = np.clip(rng.normal(1.0, 0.10, len(weights)), 0.75, 1.25)
    return {
        unit: float(np.clip(intensity * weight * s, 0.0, 1.0))
        for (unit, weight), s in zip(weights.items(), stray, strict=True)
    }


_TABLES = {unit: whole(moves) for unit, moves in MOVES.items()}


def move(landmarks: np.ndarray, units: dict[int, float], lopsided: float = 0.0) -> np.ndarray:
    """Landmarks of a face that shows action units.

    Args:
        landmarks: (68, 2) at rest, in inter-ocular distances.
        units: intensity, 0 to 1, of each action unit that is shown.
        lopsided: how much stronger the image's right half moves than its left, as a part of the movement.

    Returns:
        (68, 2), lids and lips kept from crossing each other.

    Raises:
        KeyError: an action unit that this module does not know.
    """
    shift = sum((_TABLES[unit] * intensity for unit, intensity in units.items()), np.zeros((68, 2)))
    side = np.sign(landmarks[:, :1]) * (np.abs(landmarks[:, :1]) > 1e-6)
    moved = landmarks + shift * (1 + lopsided * side)
    for upper, lower, gap in _PAIRS * 4:  # keeping one pair apart may bring the next together
        if moved[lower, 1] - moved[upper, 1] < gap:
            moved[[upper, lower], 1] = moved[[upper, lower], 1].mean() + np.array([-0.5, 0.5]) * gap
    return moved


#: Points that may not cross: upper, lower, least distance.
_PAIRS = (
    (37, 41, 0.02), (38, 40, 0.02), (43, 47, 0.02), (44, 46, 0.02),
    (61, 67, 0.008), (62, 66, 0.008), (63, 65, 0.008),
    (50, 61, 0.03), (51, 62, 0.03), (52, 63, 0.03), (67, 58, 0.04), (66, 57, 0.04), (65, 56, 0.04),
)  # fmt: skip
