"""Spectacles."""

import numpy as np

from fer_xai.synthetic.canvas import Sheet, at, curve
from fer_xai.synthetic.identity import Identity

#: Per kind: half width and half height of a lens, how square it is, thickness of the rim.
_KINDS = {"round": (0.33, 0.29, 2.2, 0.022), "square": (0.36, 0.25, 4.5, 0.026), "heavy": (0.37, 0.26, 3.4, 0.042)}


def draw_glasses(sheet: Sheet, person: Identity, rest: np.ndarray) -> None:
    """Rims, bridge and temples; they sit on the nose and do not move with the face.

    Args:
        sheet: drawn on.
        person: which glasses.
        rest: (68, 2) landmarks at rest.
    """
    if person.glasses == "none":
        return
    rx, ry, square, rim = _KINDS[person.glasses]
    frame = np.array([0.10, 0.08, 0.08]) if person.glasses != "round" else np.array([0.45, 0.38, 0.25])
    centres = [rest[36:42].mean(axis=0) + at(-0.03, 0.045), rest[42:48].mean(axis=0) + at(0.03, 0.045)]
    for centre, side in zip(centres, (-1, 1), strict=True):
        lens = _lens(rx, ry, square) + centre
        closed = np.concatenate([lens, lens[:2]])
        sheet.darken(sheet.stroke(closed + at(0, 0.045), 1.4 * rim, 0.02, 1.0), 0.18)
        outer = np.array([centre + at(side * rx, -0.05), (side * (abs(rest[0, 0]) + 0.01), -0.07)])
        for path in (closed, curve(outer)):
            _rim(sheet, path, rim, frame)
        window, cover = sheet.region(lens, 0.005)
        sheet.colour[window] += 0.05 * cover[..., None]
    bridge = np.array([centres[0] + at(rx, -0.03), (0, centres[0][1] - 0.09), centres[1] + at(-rx, -0.03)])
    _rim(sheet, curve(bridge), 1.1 * rim, frame)


def _rim(sheet: Sheet, path: np.ndarray, width: float, colour: np.ndarray) -> None:
    part = sheet.stroke(path, width, 0.003, 1.0)
    sheet.paint(part, colour, 0.95)
    window, cover = part
    sheet.gloss[window] += 0.25 * cover
    sheet.raise_(part, 0.01)


def _lens(rx: float, ry: float, square: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([rx * np.sign(c) * np.abs(c) ** (2 / square), ry * np.sign(s) * np.abs(s) ** (2 / square)], axis=1)
