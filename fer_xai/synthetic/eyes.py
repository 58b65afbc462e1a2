"""Eyes and brows."""

import cv2
import numpy as np

from fer_xai.synthetic.canvas import Sheet, at, curve, oval, soften
from fer_xai.synthetic.identity import Identity
from fer_xai.synthetic.seeds import stream


def draw_eyes(sheet: Sheet, person: Identity, points: np.ndarray, rest: np.ndarray, units: dict[int, float]) -> None:
    """Both eyes: ball, iris, pupil, lids, lashes, fold.

    Args:
        sheet: drawn on.
        person: colours.
        points: (68, 2) moved landmarks.
        rest: (68, 2) landmarks at rest; the iris keeps its place.
        units: action units shown.
    """
    for side, first in ((-1, 36), (1, 42)):
        eye, calm = points[first : first + 6], rest[first : first + 6]
        if side > 0:  # from the outer corner inwards, as on the left
            eye, calm = eye[[3, 2, 1, 0, 5, 4]], calm[[3, 2, 1, 0, 5, 4]]
        _draw_eye(sheet, person, eye, calm, side, units)


def _draw_eye(
    sheet: Sheet, person: Identity, eye: np.ndarray, calm: np.ndarray, side: int, units: dict[int, float]
) -> None:
    outer, inner = eye[0], eye[3]
    upper = curve(np.array([outer, eye[1], eye[2], inner]))
    lower = curve(np.array([inner, eye[4], eye[5], outer]))
    opening = np.concatenate([upper, lower])
    _draw_lid_fold(sheet, person, eye, calm, units)
    window, cover = sheet.region(opening, 0.004)
    ball = _draw_ball(sheet, person, calm, window)
    below = sheet.colour[window]
    below += cover[..., None] * (ball - below)
    sheet.gloss[window] = sheet.gloss[window] * (1 - cover) + 0.1 * cover
    sheet.shade[window] += cover * (0.97 - sheet.shade[window])
    overhang = sheet.region(np.concatenate([upper, (upper + at(0, 0.05))[::-1]]), 0.02)
    sheet.darken(overhang, 0.42)
    lash = np.concatenate([[outer + at(side * 0.03, -0.012)], upper])
    liner = person.traits["liner"]
    dark = person.skin * 0.16
    sheet.paint(sheet.stroke(lash, 0.036 + 0.022 * liner, 0.006, 0.35), dark, 0.82 + 0.18 * liner)
    sheet.paint(sheet.stroke(lower, 0.018 + 0.008 * liner, 0.008, 0.2), dark, 0.42 + 0.3 * liner)
    sheet.paint(sheet.stroke(lower + at(0, 0.02), 0.022, 0.01), person.skin * [1.06, 0.92, 0.9], 0.5)
    sheet.paint(
        sheet.region(oval(inner - at(side * -0.02, 0), 0.022, 0.018, steps=12), 0.006),
        person.skin * [0.85, 0.5, 0.48],
        0.7,
    )


def _draw_ball(sheet: Sheet, person: Identity, calm: np.ndarray, window: tuple[slice, slice]) -> np.ndarray:
    """The eyeball's colours in a window, as if there were no lids."""
    rows, cols = window
    shape = (rows.stop - rows.start, cols.stop - cols.start)
    ball = np.empty((*shape, 3), np.float32)
    ball[:] = np.array([0.90, 0.87, 0.85]) * (0.82 + 0.18 * person.skin.mean() / 0.8)
    x, y = sheet.grid()
    centre = calm.mean(axis=0) + at(0, -0.006)
    dx, dy = x[:, cols] - np.float32(centre[0]), y[rows] - np.float32(centre[1])
    distance = np.sqrt(dx * dx + dy * dy)
    ball *= (1 - 1.1 * np.abs(dx) ** 2 - 0.25 * np.clip(np.abs(dx) - 0.12, 0, 1))[..., None].clip(0.5, 1)
    radius = person.traits["iris_size"]
    edge = 0.5 * 1.6 / sheet.unit
    iris = np.clip((radius - distance) / edge, -1, 1) * 0.5 + 0.5
    ring = np.clip((distance / radius - 0.72) / 0.28, 0, 1)
    tone = person.iris * (1.15 - 0.75 * ring[..., None] ** 2) * (1 + 2.2 * np.clip(dy, -0.1, 0.1))[..., None]
    ball += iris[..., None] * (tone.astype(np.float32) - ball)
    pupil = np.clip((0.42 * radius - distance) / edge, -1, 1) * 0.5 + 0.5
    ball *= (1 - 0.92 * pupil)[..., None]
    spark = np.exp(-((dx + 0.03) ** 2 + (dy + 0.032) ** 2) / (2 * 0.015**2))
    return (ball + 0.9 * spark[..., None] * (1 - ball)).astype(np.float32)


def _draw_lid_fold(sheet: Sheet, person: Identity, eye: np.ndarray, calm: np.ndarray, units: dict[int, float]) -> None:
    """The fold above the upper lid; it rises less than the lid, raised lids hide it and dropped ones show it."""
    height = 0.055 + 0.035 * person.traits["lid_fold"]
    top = calm[1:3] * 0.75 + eye[1:3] * 0.25 - at(0, height)
    top[:, 1] = np.minimum(top[:, 1], eye[1:3, 1] - 0.03)
    path = curve(np.array([calm[0] + at(0, -0.03), top[0], top[1], calm[3] + at(0, -0.035)]))
    lid = np.concatenate([path, curve(np.array([eye[3], eye[2], eye[1], eye[0]]))])
    sheet.paint(sheet.region(lid, 0.012), person.skin * [0.92, 0.85, 0.84], 0.45)
    strength = 0.36 + 0.2 * person.traits["lid_fold"] - 0.15 * units.get(43, 0.0)
    sheet.darken(sheet.stroke(path, 0.034, 0.011, 0.2), strength)
    sheet.raise_(sheet.stroke(path, 0.03, 0.012), -0.012)


def draw_brows(sheet: Sheet, person: Identity, points: np.ndarray, seed: int) -> None:
    """Both brows, thick near the nose and thin at the temple, with hairs."""
    hairs = _hair_grain(sheet, seed, person.subject)
    thick = person.traits["brow_thickness"]
    profile = np.array([0.28, 0.72, 1.0, 1.0, 0.82])
    for brow in (points[17:22], points[26:21:-1]):
        below = brow + np.array([0, 1.0]) * (thick * (profile - 0.25))[:, None]
        above = brow - np.array([0, 1.0]) * (thick * 0.25 * profile)[:, None]
        outline = np.concatenate([curve(above), curve(below)[::-1]])
        window, cover = sheet.region(outline, 0.014)
        density = np.clip(cover * (0.88 + 0.42 * hairs[window]), 0, 1)
        sheet.paint((window, density), person.brow, person.traits["brow_strength"])
        sheet.raise_((window, density), 0.006)


def _hair_grain(sheet: Sheet, seed: int, subject: int) -> np.ndarray:
    """Short, slanting streaks over the brows' part of the sheet, (side, side) float32."""
    rng = stream("hair", seed, subject, 1)
    n = sheet.side
    noise = rng.standard_normal((n // 3, n), dtype=np.float32)
    streaks = cv2.GaussianBlur(noise, (3, 7), 0.7, sigmaY=1.8)
    streaks = soften(streaks, 0.5)
    grain = np.zeros((n, n), np.float32)
    top = int(sheet.origin[1] - 0.9 * sheet.unit)
    grain[top : top + n // 3] = streaks / streaks.std()
    return grain
