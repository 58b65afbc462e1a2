"""Beards."""

import cv2
import numpy as np

from fer_xai.synthetic.canvas import Sheet, at, curve
from fer_xai.synthetic.identity import Identity
from fer_xai.synthetic.seeds import stream

#: Which parts each kind of beard has.
_PARTS = {
    "moustache": ("lip",),
    "goatee": ("lip", "chin"),
    "full": ("lip", "cheeks"),
    "stubble": ("lip", "cheeks"),
}


def draw_beard(sheet: Sheet, person: Identity, points: np.ndarray, seed: int) -> None:
    """Stubble, moustache, goatee or full beard, which move with lips and jaw.

    Args:
        sheet: drawn on.
        person: which beard.
        points: (68, 2) moved landmarks.
        seed: of the data set, for the hairs.
    """
    if person.beard == "none":
        return
    grain = _hairs(sheet, seed, person.subject)
    stubble = person.beard == "stubble"
    colour = (
        person.skin * 0.55 + 0.12 * np.minimum(person.hair, person.skin)
        if stubble
        else 0.85 * person.hair + 0.1 * person.skin
    )
    outlines = {"lip": _above_lip(points), "chin": _on_chin(points), "cheeks": _over_cheeks(points)}
    for name in _PARTS[person.beard]:
        window, cover = sheet.region(outlines[name], 0.05 if stubble else 0.03)
        density = np.clip(cover * ((0.4 if stubble else 0.62) + 0.2 * grain[window]), 0, 1)
        tone = np.clip(colour * (1 + 0.18 * grain[window][..., None]), 0, 1)
        sheet.paint((window, density), tone)
        sheet.gloss[window] *= 1 - 0.7 * density
        sheet.relief[window] += 0.006 * grain[window] * density


def _hairs(sheet: Sheet, seed: int, subject: int) -> np.ndarray:
    """Short upright streaks, (side, side) float32 with unit spread."""
    noise = stream("hair", seed, subject, 2).standard_normal((sheet.side, sheet.side), dtype=np.float32)
    streaks = np.asarray(cv2.GaussianBlur(noise, (3, 7), 0.8, sigmaY=1.6), np.float32)
    return streaks / streaks.std()


def _above_lip(p: np.ndarray) -> np.ndarray:
    left, right = [p[48] + at(0.02, 0), p[49] - at(0.04, 0.07)], [p[53] + at(0.04, -0.07), p[54] - at(0.02, 0)]
    top = curve(np.array([*left, p[33] + at(-0.08, 0.07), p[33] + at(0.08, 0.07), *right]))
    return np.concatenate([top, curve(p[48:55] - at(0, 0.01))[::-1]])


def _on_chin(p: np.ndarray) -> np.ndarray:
    left, right = 0.6 * p[6] + 0.4 * p[48], 0.6 * p[10] + 0.4 * p[54]
    below_lip = [p[54] + at(0, 0.03), p[57] + at(0.1, 0.07), p[57] + at(-0.1, 0.07)]
    return curve(np.array([p[48] + at(0, 0.03), left, p[7], p[8], p[9], right, *below_lip]), closed=True)


def _over_cheeks(p: np.ndarray) -> np.ndarray:
    right = [p[15] * 0.93, p[54] + at(0.3, -0.1), p[54] + at(0.06, 0.02)]
    left = [p[48] + at(-0.06, 0.02), p[48] + at(-0.3, -0.1), p[1] * 0.93]
    return np.concatenate([curve(p[1:16]), curve(np.array([*right, p[57] + at(0, 0.09), *left]))])
