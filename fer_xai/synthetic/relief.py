"""The head's large forms as a height field: skull, brow ridge, sockets, nose, cheeks, lips, chin."""

import cv2
import numpy as np

from fer_xai.synthetic.canvas import Sheet, at, soften
from fer_xai.synthetic.identity import Identity

#: The broad forms are smooth: they are made at half the sheet's resolution.
STEP = 2


def bump(
    field: np.ndarray, x: np.ndarray, y: np.ndarray, centre: np.ndarray, spread: tuple[float, float], height: float
) -> None:
    """Add a Gaussian hill to a height field, in the window where it counts.

    Args:
        field: (m, m) float32, changed in place.
        x: coordinates of its columns, (1, m).
        y: coordinates of its rows, (m, 1).
        centre: (2,) in the same unit.
        spread: standard deviations along x and y.
        height: of its top; negative for a hollow.
    """
    reach = 2.8
    cols = np.flatnonzero(np.abs(x[0] - centre[0]) < reach * spread[0])
    rows = np.flatnonzero(np.abs(y[:, 0] - centre[1]) < reach * spread[1])
    if len(cols) and len(rows):
        a = np.exp(-0.5 * ((x[0, cols] - centre[0]) / spread[0]) ** 2)
        b = np.exp(-0.5 * ((y[rows, 0] - centre[1]) / spread[1]) ** 2)
        field[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1] += (height * b[:, None] * a[None, :]).astype(np.float32)


def head_height(
    sheet: Sheet, person: Identity, head: np.ndarray, points: np.ndarray, units: dict[int, float]
) -> np.ndarray:
    """Height of the face's large forms.

    Args:
        sheet: for its coordinates.
        person: whose features.
        head: (side, side) cover of the head.
        points: (68, 2) landmarks as they are moved.
        units: action units shown; cheeks and chin bulge with them.

    Returns:
        (side, side) float32 in inter-ocular distances, without the sheet's fine relief.
    """
    x, y = sheet.grid(STEP)
    inside = (head[::STEP, ::STEP] > 0.5).astype(np.uint8)
    edge = cv2.distanceTransform(inside, cv2.DIST_L2, 3) * np.float32(STEP / sheet.unit)
    t = 1 - np.clip(edge / 0.95, 0, 1)
    field = 0.75 * np.sqrt(np.maximum(1 - t * t, 0.0)).astype(np.float32)
    field = soften(field, 0.055 * sheet.unit / STEP)
    for centre, spread, height in _forms(person, points, units):
        bump(field, x, y, np.asarray(centre), spread, height)
    size = (sheet.side, sheet.side)
    return cv2.resize(field, size, interpolation=cv2.INTER_LINEAR)


_Form = tuple[np.ndarray, tuple[float, float], float]


def _forms(person: Identity, p: np.ndarray, units: dict[int, float]) -> list[_Form]:
    trait = person.traits
    cheek = max(units.get(6, 0.0), 0.8 * units.get(12, 0.0))
    forms: list[_Form] = []
    for side, eye, wing, corner, brow in ((-1, slice(36, 42), 31, 48, 20), (1, slice(42, 48), 35, 54, 23)):
        centre = p[eye].mean(axis=0)
        forms += [
            (centre + at(-side * 0.02, -0.02), (0.26, 0.17), -0.11 * trait["eye_depth"]),
            (centre, (0.15, 0.09), 0.07),
            (np.array([side * 0.45, p[brow, 1] - 0.02]), (0.30, 0.10), 0.06 * trait["eye_depth"]),
            (np.array([side * 0.72, 0.42]), (0.26, 0.20), 0.08 * trait["cheekbone"]),
            (np.array([side * 0.60, 0.62 - 0.05 * cheek]), (0.20, 0.15), 0.035 + 0.075 * cheek),
            (p[wing] + at(side * 0.17, -0.12), (0.09, 0.11), 0.06 * units.get(10, 0.0)),
            (p[wing] + at(-side * 0.02, -0.05), (0.07, 0.07), 0.07 * trait["nose_depth"]),
            (p[corner] + at(side * 0.06, 0.0), (0.06, 0.07), -0.02 - 0.03 * units.get(12, 0.0)),
            (np.array([side * 0.78, 1.0]), (0.16, 0.3), -0.05 * trait["cheekbone"]),
        ]
    return forms + _middle(person, p, units)


def _middle(person: Identity, p: np.ndarray, units: dict[int, float]) -> list[_Form]:
    depth = person.traits["nose_depth"]
    wide = np.abs(p[31, 0]) / 0.22
    lips = (p[51] + p[57]) / 2
    forms: list[_Form] = [
        (p[27] + at(0, 0.06), (0.105, 0.17), 0.075 * depth),
        (p[28] + at(0, 0.05), (0.11, 0.15), 0.10 * depth),
        (p[29] + at(0, 0.03), (0.12 * wide, 0.14), 0.12 * depth),
        (p[30] + at(0, 0.04), (0.15 * wide, 0.11), 0.12 * depth),
        (p[30] + at(0, 0.05), (0.085 * wide, 0.075), 0.07 * depth),
        (p[33] + at(0, 0.11), (0.03, 0.08), -0.022),
        (lips, (0.34, 0.24), 0.06),
        ((p[51] + p[62]) / 2, (0.2, 0.045), 0.03),
        ((p[57] + p[66]) / 2 - at(0, 0.01), (0.19, 0.055), 0.04),
        (p[57] + at(0, 0.085), (0.2, 0.05), -0.045 - 0.03 * units.get(17, 0.0)),
        (p[8] - at(0, 0.22), (0.2, 0.12), 0.075 * person.traits["chin"] + 0.04 * units.get(17, 0.0)),
        (np.array([0.0, -0.75]), (0.5, 0.3), 0.05),
    ]
    furrow = units.get(4, 0.0)
    if furrow > 0:
        forms.append((np.array([0.0, (p[21, 1] + p[22, 1]) / 2 - 0.02]), (0.10, 0.09), 0.035 * furrow))
    return forms
