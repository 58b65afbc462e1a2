"""The head as a form: outline, neck, ears, clothes, and the colours of the skin."""

import cv2
import numpy as np

from fer_xai.synthetic.canvas import Sheet, at, curve, mirrored, oval, soften
from fer_xai.synthetic.identity import Identity
from fer_xai.synthetic.seeds import stream


def head_outline(jaw: np.ndarray, skull: tuple[float, float], grow: float = 0.0) -> np.ndarray:
    """Outline of the head: the jaw from ear to ear, closed by the skull.

    Args:
        jaw: (17, 2) jaw landmarks.
        skull: half width and height above the eyes.
        grow: by how much the skull is larger (hair), in inter-ocular distances.

    Returns:
        (n, 2) closed, in inter-ocular distances.
    """
    left, right = jaw[0], jaw[16]
    centre, half = (left + right) / 2, (right - left) / 2
    angle = np.linspace(0, np.pi, 26)[1:-1]
    wide = skull[0] + grow - half[0]
    bulge = 1 - np.abs(np.cos(angle)) ** 3
    x = centre[0] + np.cos(angle) * half[0] * (1 + wide * bulge / half[0])
    tilt = np.cos(angle) * half[1]
    y = centre[1] + tilt - (skull[1] + grow + centre[1]) * np.sin(angle) ** 0.88
    return np.concatenate([curve(jaw), np.stack([x, y], axis=1)])


def draw_body(sheet: Sheet, person: Identity, rest_jaw: np.ndarray, jaw: np.ndarray) -> None:
    """Clothes, shoulders and neck, and the shadow of the chin on the neck."""
    width = 0.60 * abs(rest_jaw[3, 0])
    shoulder = 2.35 + 0.1 * person.traits["chin"]
    cloth = np.array(
        [(-3.4, 3.4), (-3.0, shoulder + 0.15), (-2.1, shoulder - 0.2), (-1.2, 2.02), (-width, 1.84), (0, 2.25),
         (width, 1.84), (1.2, 2.02), (2.1, shoulder - 0.2), (3.0, shoulder + 0.15), (3.4, 3.4)]
    )  # fmt: skip
    neck = np.array([(-width, 0.9), (-0.95 * width, 1.6), (-1.15 * width, 2.0), (0, 2.5), (1.15 * width, 2.0)])
    neck = np.concatenate([neck, [(0.95 * width, 1.6), (width, 0.9)]])
    for outline, colour in ((cloth, person.clothes), (curve(neck, closed=True), person.skin * 0.86)):
        part = sheet.region(outline, 0.012)
        sheet.paint(part, colour)
        window, cover = part
        sheet.relief[window] *= 1 - cover
        sheet.cover[window] = np.maximum(sheet.cover[window], cover)
    shadow = curve(np.concatenate([jaw[3:14] + at(0, 0.16), [(0.6, 0.8), (-0.6, 0.8)]]), closed=True)
    sheet.darken(sheet.region(shadow, 0.07), 0.52)


def draw_ears(sheet: Sheet, person: Identity, jaw: np.ndarray) -> None:
    """Both ears, behind the head's outline."""
    size = person.traits["ear"]
    for side in (-1, 1):
        edge = jaw[0 if side < 0 else 16]
        centre = (edge[0] + side * 0.055, 0.18)
        part = sheet.region(oval(centre, 0.13 * size, 0.34 * size, side * 0.16), 0.012)
        sheet.paint(part, person.skin * np.array([0.97, 0.88, 0.86]))
        window, cover = part
        sheet.relief[window] *= 1 - cover
        sheet.cover[window] = np.maximum(sheet.cover[window], cover)
        sheet.shade[window] = 1 - cover * 0.1
        inner = sheet.region(oval((centre[0] + side * 0.01, 0.16), 0.06 * size, 0.22 * size, side * 0.16), 0.03)
        sheet.darken(inner, 0.4)


def draw_skin(sheet: Sheet, person: Identity, outline: np.ndarray, points: np.ndarray, seed: int) -> np.ndarray:
    """The bare head: skin with its colours and grain.

    Returns:
        (side, side) float32 cover of the head.
    """
    window, cover = sheet.region(outline, 0.012)
    head = np.zeros_like(sheet.cover)
    head[window] = cover
    sheet.shade[window] += cover * (1 - sheet.shade[window])
    sheet.relief[window] *= 1 - cover
    sheet.paint((window, cover), person.skin)
    sheet.cover[window] = np.maximum(sheet.cover[window], cover)
    sheet.gloss[window] = 0.16 * cover
    _redden(sheet, person, points)
    grain, blotches = skin_fields(sheet.side, seed, person.subject)
    sheet.colour *= (1 + 0.022 * grain + 0.035 * blotches)[..., None]
    sheet.relief += 0.0007 * grain
    _freckles(sheet, person, seed)
    return head


def skin_fields(side: int, seed: int, subject: int) -> tuple[np.ndarray, np.ndarray]:
    """Fine grain and broad blotches of a person's skin, (side, side) float32 with unit spread."""
    rng = stream("skin", seed, subject)
    fine = soften(rng.standard_normal((side, side), dtype=np.float32), 0.0026 * side)
    coarse = rng.standard_normal((24, 24), dtype=np.float32)
    blotches = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    return fine / fine.std(), blotches / blotches.std()


def _redden(sheet: Sheet, person: Identity, points: np.ndarray) -> None:
    red = person.skin * np.array([1.03, 0.82, 0.80])
    strength = 0.55 * person.traits["redness"]
    for centre, rx, ry in (((-0.62, 0.66), 0.3, 0.24), ((0.62, 0.66), 0.3, 0.24), (points[30], 0.16, 0.14)):
        sheet.paint(sheet.region(oval(centre, rx, ry), 0.11), red, strength)
    sheet.paint(sheet.region(oval((0, -0.75), 0.6, 0.3), 0.15), person.skin * np.array([1.03, 1.01, 0.96]), 0.5)
    for eye in (points[36:42], points[42:48]):
        hollow = sheet.region(oval(eye.mean(axis=0) + at(0, 0.02), 0.33, 0.22), 0.07)
        sheet.paint(hollow, person.skin * np.array([0.86, 0.78, 0.80]), 0.45 + 0.25 * person.traits["age"])


def _freckles(sheet: Sheet, person: Identity, seed: int) -> None:
    amount = int(60 * person.traits["freckles"])
    rng = stream("skin", seed, person.subject, 1)
    for x, y, size in zip(
        rng.normal(0, 0.5, amount), rng.normal(0.55, 0.2, amount), rng.uniform(0.006, 0.014, amount), strict=True
    ):
        sheet.paint(sheet.region(oval((x, y), size, size, steps=8), 0.004), person.skin * [0.72, 0.6, 0.5], 0.5)
    if person.traits["mole"]:
        spot = oval((person.traits["mole_x"], person.traits["mole_y"]), 0.022, 0.02, steps=12)
        sheet.paint(sheet.region(spot, 0.005), person.skin * 0.4, 0.9)


def both_sides(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A path on the image's left side and its mirror image."""
    return np.asarray(points, float), mirrored(points)
