"""Hair on the head."""

import cv2
import numpy as np

from fer_xai.synthetic.canvas import Sheet, Window, at, curve, mirrored, oval, soften
from fer_xai.synthetic.head import head_outline
from fer_xai.synthetic.identity import Identity
from fer_xai.synthetic.seeds import stream

#: Per style: volume above the skull, how low the hair reaches beside the face, height of the hairline.
_STYLES: dict[str, tuple[float, float, float]] = {
    "buzz": (0.04, -0.05, -1.02), "short": (0.16, 0.02, -1.0), "parted": (0.2, 0.05, -0.98),
    "receding": (0.08, 0.0, -1.28), "fringe": (0.14, 0.12, -0.62), "curly": (0.30, 0.10, -0.98),
    "bob": (0.20, 1.25, -0.98), "long": (0.18, 2.2, -1.02), "bun": (0.10, -0.02, -1.05),
}  # fmt: skip
_LONG = ("bob", "long")


def strands(sheet: Sheet, seed: int, subject: int, curls: float) -> np.ndarray:
    """Streaks that run from the crown outwards, (side, side) float32 with unit spread."""
    rng = stream("hair", seed, subject)
    x, y = sheet.grid(2)
    crown = np.array([0.5 * rng.uniform(-1, 1), -2.4])
    dx, dy = x - np.float32(crown[0]), (y - np.float32(crown[1])) * np.float32(0.8)
    length, angle = np.sqrt(dx * dx + dy * dy), np.arctan2(dy, dx)
    around = ((angle % (2 * np.pi)) * (900 / (2 * np.pi))).astype(np.float32)
    along = (length * (6 + 40 * curls)).astype(np.float32)
    noise = soften(rng.standard_normal((256, 904), dtype=np.float32), 0.8)
    streaks = cv2.remap(noise, around, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    streaks = cv2.resize(streaks, (sheet.side, sheet.side), interpolation=cv2.INTER_LINEAR)
    return streaks / streaks.std()


def draw_hair_behind(sheet: Sheet, person: Identity, jaw: np.ndarray, grain: np.ndarray) -> None:
    """The hair behind head and neck: long hair, curls, a bun."""
    volume = _volume(person)
    outlines = []
    if person.hair_style in _LONG:
        side = _long_side(person, volume)
        outlines.append(np.concatenate([side, mirrored(side)[::-1]]))
    if person.hair_style == "curly":
        outlines.append(head_outline(jaw, person.skull, volume + 0.05)[curve(jaw).shape[0] :])
    if person.hair_style == "bun":
        outlines.append(oval((0, -person.skull[1] - 0.12), 0.36, 0.28))
    for outline in outlines:
        _paint_hair(sheet, person, sheet.region(outline, 0.02), grain, 0.62)


def draw_hair_front(sheet: Sheet, person: Identity, jaw: np.ndarray, grain: np.ndarray) -> None:
    """The hair over forehead and temples, and where it is long beside the face."""
    if person.hair_style == "bald":
        return
    volume = _volume(person)
    skull = head_outline(jaw, person.skull, volume)[curve(jaw).shape[0] :]
    edge = abs(jaw[0, 0])
    line = curve(_hairline(person, edge))
    if person.hair_style in _LONG:
        side = _long_side(person, volume)
        low = side[-1, 1]
        inner = curve(np.array([(-edge - 0.04, low), (-edge - 0.02, 0.75), (-edge + 0.05, 0.2), (-edge + 0.05, -0.3)]))
        skull = skull[skull[:, 1] < side[0, 1]]
        path = np.concatenate([skull, side, inner, line, mirrored(inner)[::-1], mirrored(side)[::-1]])
    else:
        ear = min(_STYLES[person.hair_style][1], 0.3)
        tail = np.array([(-edge - 0.03, ear), (-edge + 0.05, ear)])
        path = np.concatenate([skull[skull[:, 1] < ear], tail, line, mirrored(tail)[::-1]])
    window, cover = sheet.region(path + at(0, 0.05), 0.05)
    sheet.shade[window] *= 1 - 0.25 * cover
    soft = 0.05 if person.hair_style in ("buzz", "receding") else 0.022
    _paint_hair(sheet, person, sheet.region(path, soft), grain, 1.0, 0.8 if person.hair_style == "buzz" else 1.0)


def _long_side(person: Identity, volume: float) -> np.ndarray:
    """Outer outline of long hair on the image's left, from the temple downwards."""
    wide, low = person.skull[0] + volume, _STYLES[person.hair_style][1]
    wave = 0.05 * person.traits["hair_volume"]
    side = [(-0.86 * wide, -1.0), (-0.99 * wide, -0.55), (-wide - wave, 0.1), (-wide - 1.5 * wave, 0.6 * low)]
    return curve(np.array([*side, (-wide + 0.06, low - 0.1), (-wide + 0.25, low)]))


def _volume(person: Identity) -> float:
    return _STYLES[person.hair_style][0] * person.traits["hair_volume"] if person.hair_style in _STYLES else 0.0


def _hairline(person: Identity, edge: float) -> np.ndarray:
    """From the left temple over the forehead to the right one."""
    top = _STYLES[person.hair_style][2] + 0.10 * person.traits["hairline"]
    part = person.traits["parting"]
    if person.hair_style == "fringe":
        top = max(top, -0.72)
        left = [(-edge + 0.05, -0.25), (-0.8, top + 0.1), (-0.3, top - 0.02 * part)]
        return np.array([*left, (0.3, top + 0.02 * part), (0.8, top + 0.1), (edge - 0.05, -0.25)])
    tilt = 0.12 * part if person.hair_style in ("parted", "bob", "long") else 0.02 * part
    points = [(-edge + 0.03, -0.35), (-0.90, -0.72 - tilt), (-0.55, top + 0.06 - tilt), (0.35 * part, top - 0.06)]
    return np.array([*points, (0.55, top + 0.06 + tilt), (0.90, -0.72 + tilt), (edge - 0.03, -0.35)])


def _paint_hair(
    sheet: Sheet,
    person: Identity,
    part: tuple[Window, np.ndarray],
    grain: np.ndarray,
    bright: float,
    dense: float = 1.0,
) -> None:
    window, cover = part
    streaks = grain[window]
    colour = bright * (person.hair * (1 + 0.20 * streaks[..., None]) + 0.012 * streaks[..., None])
    visible = np.clip(cover * (1 + 0.25 * streaks * (1 - cover)), 0, 1) * np.float32(dense)
    sheet.paint((window, visible), np.clip(colour, 0, 1))
    sheet.cover[window] = np.maximum(sheet.cover[window], cover)
    sheet.shade[window] += visible * (1 - sheet.shade[window])
    sheet.relief[window] += 0.004 * streaks * visible + 0.04 * visible
    sheet.gloss[window] += visible * (0.14 * person.hair.mean() + 0.06 - sheet.gloss[window])
