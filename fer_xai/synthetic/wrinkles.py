"""Lines of the skin: those that action units press into it, and those of age."""

import numpy as np

from fer_xai.synthetic.canvas import Sheet, at, curve, oval
from fer_xai.synthetic.head import both_sides
from fer_xai.synthetic.identity import Identity


def draw_wrinkles(sheet: Sheet, person: Identity, points: np.ndarray, units: dict[int, float]) -> None:
    """All lines of a face.

    Args:
        sheet: drawn on.
        person: its age deepens the lines.
        points: (68, 2) moved landmarks.
        units: intensity of the action units shown.
    """
    age = person.traits["age"]
    u = {unit: units.get(unit, 0.0) for unit in (1, 2, 4, 6, 7, 9, 10, 12, 15, 17, 20, 23)}
    _forehead(sheet, points, u, age)
    _between_brows(sheet, points, u, age)
    _nose_bridge(sheet, points, u)
    _around_eyes(sheet, points, u, age)
    _nose_to_mouth(sheet, points, u, age)
    _chin_and_corners(sheet, points, u, age)


def crease(sheet: Sheet, path: np.ndarray, depth: float, width: float = 0.035) -> None:
    """One furrow with the bulge of skin beside it; nothing where it has no depth."""
    if depth < 0.03:
        return
    line = curve(path)
    furrow = sheet.stroke(line, width, 0.42 * width, 0.1)
    sheet.darken(furrow, min(0.5, 0.46 * depth))
    sheet.raise_(furrow, -0.020 * depth)
    sheet.raise_(sheet.stroke(line - at(0, 0.9 * width), 1.2 * width, 0.5 * width, 0.1), 0.008 * depth)


def _forehead(sheet: Sheet, p: np.ndarray, u: dict[int, float], age: float) -> None:
    middle, sides = u[1], u[2]
    lift = min(0.0, float(p[20, 1] + 0.34)) * 0.8
    for k, y in enumerate((-0.57, -0.68, -0.79)):
        fade = 1 - 0.22 * k
        wave = 0.02 * np.sin(2.1 * k)
        reach = 0.62 if sides > 0.5 * middle else 0.34
        depth = fade * (0.72 * max(middle, sides) + 0.18 * age)
        inner = y + lift + 0.03 * (middle > sides)
        path = [(-reach, y + lift + 0.05 + wave), (-0.5 * reach, inner - 0.03), (0, inner), (0.5 * reach, inner - 0.03)]
        crease(sheet, np.array([*path, (reach, y + lift + 0.05 - wave)]), depth, 0.036)


def _between_brows(sheet: Sheet, p: np.ndarray, u: dict[int, float], age: float) -> None:
    y = float((p[21, 1] + p[22, 1]) / 2)
    depth = 0.95 * u[4] + 0.3 * u[9] + 0.12 * age
    for path in both_sides(np.array([(-0.075, y - 0.13), (-0.09, y - 0.03), (-0.075, y + 0.09)])):
        crease(sheet, path, depth, 0.042)
    for brow, inner, side in ((p[21], p[39], -1), (p[22], p[42], 1)):
        # A lowered brow overhangs the inner half of the eye.
        hollow = oval(0.45 * brow + 0.55 * inner + at(side * 0.05, -0.01), 0.15, 0.07, side * -0.25)
        sheet.darken(sheet.region(hollow, 0.035), 0.42 * u[4] * (1 - 0.7 * u[1]))


def _nose_bridge(sheet: Sheet, p: np.ndarray, u: dict[int, float]) -> None:
    """Skin gathered upwards on the nose: across its root, and aslant down its sides."""
    depth = u[9]
    top = float(p[27, 1])
    for k, y in enumerate((-0.06, 0.04)):
        path = np.array([(-0.13, top + y + 0.045), (0, top + y - 0.015), (0.13, top + y + 0.045)])
        crease(sheet, path, (0.9 - 0.15 * k) * depth, 0.04)
    for inner, wing, side in ((p[39], p[31], -1), (p[42], p[35], 1)):
        for k in range(2):
            start = np.array([side * 0.13, inner[1] + 0.06 + 0.11 * k])
            end = np.array([wing[0] + side * (0.09 - 0.02 * k), inner[1] + 0.27 + 0.10 * k])
            crease(
                sheet,
                np.array([start, (start + end) / 2 + at(side * 0.025, -0.03), end]),
                (0.9 - 0.2 * k) * depth,
                0.04,
            )


def _around_eyes(sheet: Sheet, p: np.ndarray, u: dict[int, float], age: float) -> None:
    smile = u[6]
    for outer, side in ((p[36], -1), (p[45], 1)):
        for angle in (-0.45, -0.02, 0.42):
            along = np.array([side * np.cos(angle), np.sin(angle)])
            bend = np.array([0, 0.02])
            path = outer + np.array([along * 0.07, along * 0.14 + bend, along * 0.23 + 2.5 * bend])
            crease(sheet, path, 0.6 * smile + 0.25 * age**2, 0.03)
    for lower, inner, side in ((p[[41, 40]], p[39], -1), (p[[46, 47]], p[42], 1)):
        drop = 0.085 - 0.02 * u[7] - 0.015 * smile
        below = lower[::-1] + at(0, drop)
        path = np.array([inner + at(0, 0.05), *below, below[1] + at(side * 0.1, -0.03)])
        crease(sheet, path, 0.25 + 0.6 * max(smile, u[7], 0.8 * u[9]) + 0.25 * age, 0.034)


def _nose_to_mouth(sheet: Sheet, p: np.ndarray, u: dict[int, float], age: float) -> None:
    smile, sneer = u[12], max(u[9], u[10])
    depth = 0.06 + 0.22 * age + max(0.85 * smile, 1.1 * sneer, 0.35 * u[15], 0.35 * u[20])
    for wing, corner, side in ((p[31], p[48], -1), (p[35], p[54], 1)):
        start = wing + at(side * 0.06, -0.09 - 0.04 * sneer)
        end = corner + at(side * (0.12 + 0.03 * smile), -0.02 + 0.10 * sneer)
        middle = (start + end) / 2 + at(side * (0.06 + 0.05 * sneer), -0.05 - 0.02 * smile)
        crease(sheet, np.array([start, middle, end]), depth, 0.055 + 0.02 * sneer)


def _chin_and_corners(sheet: Sheet, p: np.ndarray, u: dict[int, float], age: float) -> None:
    for corner, side in ((p[48], -1), (p[54], 1)):
        down = np.array([corner + at(side * 0.03, 0.0), corner + at(side * 0.06, 0.08), corner + at(side * 0.06, 0.17)])
        crease(sheet, down, 0.85 * u[15] + 0.18 * age, 0.04)
        outside = corner + np.array([(side * 0.09, -0.09), (side * 0.12, 0.0), (side * 0.09, 0.10)])
        crease(sheet, outside, max(0.7 * u[20], 0.5 * u[12], 0.6 * u[23]), 0.04)
    pout = u[17]
    lip = float(p[57, 1])
    crease(sheet, np.array([(-0.17, lip + 0.12), (0, lip + 0.085), (0.17, lip + 0.12)]), 0.25 + 0.65 * pout, 0.05)
    for x, y in ((-0.09, 0.20), (0.02, 0.17), (0.10, 0.21), (-0.02, 0.25)):
        crease(sheet, np.array([(x - 0.03, lip + y), (x, lip + y + 0.012), (x + 0.03, lip + y)]), 0.55 * pout, 0.03)
    pressed = u[23]
    crease(sheet, np.array([p[49] - at(0, 0.05), p[51] - at(0, 0.06), p[53] - at(0, 0.05)]), 0.5 * pressed, 0.045)
