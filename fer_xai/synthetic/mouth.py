"""Mouth and nostrils."""

import numpy as np

from fer_xai.synthetic.canvas import Sheet, at, curve, oval
from fer_xai.synthetic.identity import Identity

#: Below this height of the opening (inter-ocular distances) the lips are drawn closed, without teeth.
CLOSED = 0.06


def draw_mouth(sheet: Sheet, person: Identity, points: np.ndarray, rest: np.ndarray, units: dict[int, float]) -> None:
    """Lips, and between them teeth and the dark of the mouth where it is open.

    Args:
        sheet: drawn on.
        person: colours.
        points: (68, 2) moved landmarks.
        rest: (68, 2) landmarks at rest: the upper teeth keep their place, the lower ones follow the jaw.
        units: action units shown.
    """
    p = points
    outer_top, outer_low = curve(p[48:55]), curve(p[[54, 55, 56, 57, 58, 59, 48]])
    inner_top, inner_low = curve(p[60:65]), curve(p[[64, 65, 66, 67, 60]])
    upper = np.concatenate([outer_top, [p[64]], inner_top[::-1]])
    lower = np.concatenate([inner_low[::-1], [p[54]], outer_low])
    lip = sheet.region(np.concatenate([outer_top, outer_low]), 0.012)
    sheet.paint(lip, person.lip, 0.92)
    window, cover = lip
    sheet.gloss[window] += 0.10 * cover
    sheet.darken(sheet.region(upper, 0.012), 0.16)
    sheet.paint(sheet.region(lower, 0.012), np.clip(person.lip * 1.07 + 0.02, 0, 1), 0.5)
    sheet.darken(sheet.stroke(outer_low + at(0, 0.045), 0.07, 0.03), 0.22 + 0.15 * units.get(17, 0.0))
    opening = float(p[66, 1] - p[62, 1])
    if opening > CLOSED:
        _draw_inside(sheet, person, np.concatenate([inner_top, inner_low]), p, rest, opening)
    else:
        _draw_line(sheet, person, p, units)
    for corner, side in ((p[48], -1), (p[54], 1)):
        dimple = oval(corner + at(side * 0.012, 0.0), 0.028, 0.03)
        sheet.darken(sheet.region(dimple, 0.016), 0.42)


def _draw_line(sheet: Sheet, person: Identity, p: np.ndarray, units: dict[int, float]) -> None:
    """The line between closed lips, darker and straighter where they are pressed."""
    middle = np.array([p[48], (p[60] + p[48]) / 2, (p[61] + p[67]) / 2, (p[62] + p[66]) / 2, (p[63] + p[65]) / 2])
    path = curve(np.concatenate([middle, [(p[64] + p[54]) / 2, p[54]]]))
    pressed = max(units.get(23, 0.0), units.get(24, 0.0))
    sheet.paint(
        sheet.stroke(path, 0.036 + 0.008 * pressed, 0.007, 0.45), person.lip * [0.30, 0.16, 0.17], 0.85 + 0.1 * pressed
    )
    sheet.raise_(sheet.stroke(path, 0.05, 0.02, 0.4), -0.02)


def _draw_inside(
    sheet: Sheet, person: Identity, outline: np.ndarray, p: np.ndarray, rest: np.ndarray, opening: float
) -> None:
    window, cover = sheet.region(outline, 0.006)
    x, y = sheet.grid()
    x, y = x[:, window[1]], y[window[0]]
    inside = np.empty((*cover.shape, 3), np.float32)
    inside[:] = (0.13, 0.035, 0.04)
    dropped = float(p[8, 1] - rest[8, 1])
    centre = (p[60, 0] + p[64, 0]) / 2
    half = (p[64, 0] - p[60, 0]) / 2
    across = ((x - centre) / max(half, 0.05)).astype(np.float32)
    tongue = np.clip((y - (p[66, 1] - 0.34 * opening - 0.02) - 0.08 * across**2) / 0.05, 0, 1) * min(1.0, opening / 0.2)
    inside += tongue[..., None] * (np.array([0.55, 0.22, 0.22], np.float32) - inside)
    stomion = float(rest[62, 1] + rest[66, 1]) / 2
    upper_edge = stomion + 0.075 - 0.05 * across**2
    lower_edge = stomion + 0.06 + dropped
    for edge, sign in ((upper_edge, 1.0), (lower_edge, -1.0)):
        tooth = np.clip(sign * (edge - y) / 0.012 + 0.5, 0, 1) * np.clip((1.02 - np.abs(across)) / 0.16, 0, 1)
        gap = 1 - 0.28 * np.exp(-((((np.abs(x - centre) + 0.055) % 0.11 - 0.055) / 0.009) ** 2))
        shade = (0.95 - 0.45 * np.abs(across) ** 2.5) * gap * (1.0 if sign > 0 else 0.78)
        colour = np.array([0.93, 0.90, 0.83], np.float32) * shade[..., None]
        inside += tooth[..., None].astype(np.float32) * (colour - inside)
    under_lip = np.clip((y - p[62, 1]) / 0.07 + 0.42 * across**2, 0, 1)
    inside *= (0.55 + 0.45 * under_lip)[..., None]
    below = sheet.colour[window]
    below += cover[..., None] * (inside - below)
    sheet.gloss[window] *= 1 - cover
    sheet.shade[window] += cover * (0.95 - sheet.shade[window])
    sheet.darken(sheet.stroke(np.concatenate([outline, outline[:1]]), 0.03, 0.01, 1.0), 0.4)


def draw_nose(sheet: Sheet, person: Identity, points: np.ndarray, units: dict[int, float]) -> None:
    """Nostrils, the wings' edges and the shadow under the tip; the form itself lies in the relief."""
    p = points
    flare = 1 + 0.15 * units.get(9, 0.0)
    for wing, inner, side in ((p[31], p[32], -1), (p[35], p[34], 1)):
        hole = wing * 0.45 + inner * 0.55 + at(0, -0.015)
        sheet.paint(
            sheet.region(oval(hole, 0.046 * flare, 0.022, side * 0.3), 0.012), person.skin * [0.24, 0.15, 0.14], 0.85
        )
        edge = curve(
            np.array(
                [
                    wing + at(side * 0.03, -0.14),
                    wing + at(side * 0.065, -0.07),
                    wing + at(side * 0.045, 0.0),
                    wing + at(-side * 0.02, 0.02),
                ]
            )
        )
        sheet.darken(sheet.stroke(edge, 0.036, 0.018, 0.2), 0.30)
        sheet.raise_(sheet.stroke(edge, 0.04, 0.016), -0.012)
    base = curve(p[31:36] + np.array([[0, 0.01], [0, 0.015], [0, 0.02], [0, 0.015], [0, 0.01]]))
    sheet.darken(sheet.stroke(base, 0.06, 0.022, 0.4), 0.22)
