"""Hair on the head and beards."""

import cv2
import numpy as np

from fer_xai.data.synthetic.canvas import Sheet, Window, curve, mirrored, oval, soften
from fer_xai.data.synthetic.head import head_outline
from fer_xai.data.synthetic.identity import Identity
from fer_xai.data.synthetic.seeds import stream

#: Per style: volume above the skull, how low the hair reaches beside the face, height of the hairline.
_STYLES: dict[str, tuple[float, float, float]] = {
    "buzz": (0.03, -0.05, -1.02), "short": (0.12, 0.02, -1.0), "parted": (0.16, 0.05, -0.98),
    "receding": (0.06, 0.0, -1.28), "fringe": (0.14, 0.12, -0.62), "curly": (0.30, 0.10, -0.98),
    "bob": (0.20, 1.25, -0.98), "long": (0.18, 2.2, -1.02), "bun": (0.07, -0.02, -1.05),
}  # fmt: skip


def strands(sheet: Sheet, seed: int, subject: int, curls: float) -> np.ndarray:
    """Streaks that run from the crown outwards, (side, side) float32 with unit spread."""
    rng = stream("hair", seed, subject)
    x, y = sheet.grid(2)
    crown = np.array([0.25 * rng.uniform(-1, 1), -1.45])
    dx, dy = x - np.float32(crown[0]), (y - np.float32(crown[1])) * np.float32(0.8)
    length, angle = cv2.cartToPolar(*np.broadcast_arrays(dx, dy))
    around = np.ascontiguousarray(angle * np.float32(300 / (2 * np.pi)))
    along = length * np.float32(6 + 40 * curls)
    noise = soften(rng.standard_normal((256, 304), dtype=np.float32), 0.8)
    streaks = cv2.remap(noise, around, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    streaks = cv2.resize(streaks, (sheet.side, sheet.side), interpolation=cv2.INTER_LINEAR)
    return streaks / streaks.std()


def draw_hair_behind(sheet: Sheet, person: Identity, jaw: np.ndarray, grain: np.ndarray) -> None:
    """The hair behind head and neck: long hair, curls, a bun."""
    style = person.hair_style
    volume = _volume(person)
    wide = person.skull[0] + 0.06 + volume
    outlines = []
    if style in ("bob", "long"):
        low = _STYLES[style][1]
        side = np.array([(-wide, -0.3), (-wide - 0.06, 0.5), (-wide, low - 0.2), (-wide + 0.15, low)])
        outlines.append(np.concatenate([curve(side), curve(mirrored(side)[::-1])]))
    if style in ("bob", "long", "curly"):
        outlines.append(head_outline(jaw, person.skull, volume + 0.05)[curve(jaw).shape[0] :])
    if style == "bun":
        outlines.append(oval((0, -person.skull[1] - 0.12), 0.36, 0.28))
    for outline in outlines:
        _paint_hair(sheet, person, sheet.region(outline, 0.02), grain, 0.72)


def draw_hair_front(sheet: Sheet, person: Identity, jaw: np.ndarray, grain: np.ndarray) -> None:
    """The hair over forehead and temples."""
    if person.hair_style == "bald":
        return
    volume = _volume(person)
    _, low, _ = _STYLES[person.hair_style]
    outline = head_outline(jaw, person.skull, volume)[curve(jaw).shape[0] :]
    outline = outline[outline[:, 1] < min(low, 0.3)]
    edge = abs(jaw[0, 0])
    ear = min(low, 0.3)
    line = _hairline(person, edge)
    tail = np.array([(-edge - 0.03, ear), (-edge + 0.06, ear)])
    path = np.concatenate([outline, tail, curve(line), mirrored(tail)[::-1]])
    soft = 0.045 if person.hair_style in ("buzz", "receding") else 0.02
    part = sheet.region(path, soft)
    shadow = sheet.region(path + [0, 0.05], 0.05)
    window, cover = shadow
    sheet.shade[window] *= 1 - 0.25 * cover
    _paint_hair(sheet, person, part, grain, 0.8 if person.hair_style == "buzz" else 1.0)
    if person.hair_style in ("bob", "long"):
        _draw_locks(sheet, person, edge, volume, grain)


def _draw_locks(sheet: Sheet, person: Identity, edge: float, volume: float, grain: np.ndarray) -> None:
    """Hair that falls in front of the ears."""
    low = _STYLES[person.hair_style][1]
    out = edge + 0.10 + 0.6 * volume
    lock = np.array([(-edge + 0.06, -0.5), (-edge + 0.02, 0.2), (-edge - 0.01, 0.8), (-out + 0.10, low)])
    back = np.array([(-out, low), (-out - 0.08, 0.7), (-out, -0.3), (-out + 0.15, -0.7)])
    path = np.concatenate([curve(lock), curve(back)])
    for outline in (path, mirrored(path)):
        _paint_hair(sheet, person, sheet.region(outline, 0.02), grain, 1.0)


def _volume(person: Identity) -> float:
    return _STYLES[person.hair_style][0] * person.traits["hair_volume"] if person.hair_style in _STYLES else 0.0


def _hairline(person: Identity, edge: float) -> np.ndarray:
    """From the left temple over the forehead to the right one."""
    top = _STYLES[person.hair_style][2] + 0.10 * person.traits["hairline"]
    part = person.traits["parting"]
    if person.hair_style == "fringe":
        top = max(top, -0.72)
        return np.array([(-edge + 0.05, -0.25), (-0.8, top + 0.1), (-0.3, top - 0.02 * part), (0.3, top + 0.02 * part)]
                        + [(0.8, top + 0.1), (edge - 0.05, -0.25)])  # fmt: skip
    tilt = 0.12 * part if person.hair_style in ("parted", "bob", "long") else 0.02 * part
    points = [(-edge + 0.03, -0.35), (-0.90, -0.72 - tilt), (-0.55, top + 0.06 - tilt), (0.35 * part, top - 0.06)]
    return np.array([*points, (0.55, top + 0.06 + tilt), (0.90, -0.72 + tilt), (edge - 0.03, -0.35)])


def _paint_hair(sheet: Sheet, person: Identity, part: tuple[Window, np.ndarray], grain: np.ndarray, strength: float) -> None:
    window, cover = part
    streaks = grain[window]
    colour = person.hair * (1 + 0.20 * streaks[..., None]) + 0.012 * streaks[..., None]
    visible = np.clip(cover * (1 + 0.25 * streaks * (1 - cover)), 0, 1) * np.float32(strength if strength < 0.9 else 1)
    if strength == 0.72:  # hair behind the head hides the background fully and lies in its shadow
        visible, colour = cover, colour * 0.62
    sheet.paint((window, visible), np.clip(colour, 0, 1))
    sheet.cover[window] = np.maximum(sheet.cover[window], cover)
    sheet.shade[window] += visible * (1 - sheet.shade[window])
    sheet.relief[window] += 0.006 * streaks * visible + 0.05 * visible
    sheet.gloss[window] += visible * (0.14 * person.hair.mean() + 0.06 - sheet.gloss[window])


def draw_beard(sheet: Sheet, person: Identity, points: np.ndarray, seed: int) -> None:
    """Stubble, moustache, goatee or full beard, which move with lips and jaw."""
    if person.beard == "none":
        return
    p = points
    rng = stream("hair", seed, person.subject, 2)
    noise = cv2.GaussianBlur(rng.standard_normal((sheet.side, sheet.side), dtype=np.float32), (3, 7), 0.8, sigmaY=1.6)
    noise /= noise.std()
    moustache = curve(np.array([p[48] + [0.02, 0.0], p[49] - [0.04, 0.07], p[33] + [-0.08, 0.07], p[33] + [0.08, 0.07],
                                p[53] + [0.04, -0.07], p[54] + [-0.02, 0.0]]))  # fmt: skip
    moustache = np.concatenate([moustache, curve(p[48:55] - [0, 0.01])[::-1]])
    goatee = curve(np.array([p[48] + [0.0, 0.03], p[6] * 0.6 + p[48] * 0.4, p[7], p[8], p[9], p[10] * 0.6 + p[54] * 0.4,
                             p[54] + [0.0, 0.03], p[57] + [0.1, 0.07], p[57] + [-0.1, 0.07]]), closed=True)  # fmt: skip
    cheeks = np.concatenate([curve(p[1:16]), curve(np.array([p[15] * 0.93, p[54] + [0.3, -0.1], p[54] + [0.06, 0.02],
                             p[57] + [0, 0.09], p[48] + [-0.06, 0.02], p[48] + [-0.3, -0.1], p[1] * 0.93]))])  # fmt: skip
    pieces = {"moustache": [moustache], "goatee": [moustache, goatee], "full": [moustache, cheeks], "stubble": [moustache, cheeks]}
    stubble = person.beard == "stubble"
    colour = person.skin * 0.55 + person.hair * 0.2 if stubble else person.hair * 0.9
    for outline in pieces[person.beard]:
        window, cover = sheet.region(outline, 0.05 if stubble else 0.03)
        density = np.clip(cover * (0.5 + 0.22 * noise[window] if stubble else 0.86 + 0.22 * noise[window]), 0, 1)
        tone = np.clip(colour * (1 + 0.22 * noise[window][..., None]), 0, 1)
        sheet.paint((window, density), tone)
        sheet.gloss[window] *= 1 - 0.7 * density
        sheet.relief[window] += 0.006 * noise[window] * density
