"""Who a drawn person is: the shape of head and features, skin, hair, brows, glasses, beard."""

from dataclasses import dataclass

import numpy as np

from fer_xai.synthetic.seeds import stream
from fer_xai.synthetic.shape import BASE_LANDMARKS, JAW, LEFT_EYE, RIGHT_EYE

#: Skin from light to dark, RGB.
SKIN = np.array(
    [[0.95, 0.80, 0.72], [0.91, 0.73, 0.62], [0.82, 0.62, 0.49], [0.70, 0.50, 0.37], [0.59, 0.41, 0.30],
     [0.48, 0.33, 0.24], [0.40, 0.27, 0.20]]
)  # fmt: skip
#: Hair: black, dark brown, brown, auburn, red, dark blond, blond, grey, white.
HAIR = np.array(
    [[0.07, 0.06, 0.06], [0.16, 0.10, 0.07], [0.28, 0.18, 0.11], [0.36, 0.17, 0.09], [0.55, 0.27, 0.12],
     [0.50, 0.38, 0.22], [0.74, 0.58, 0.35], [0.48, 0.47, 0.46], [0.68, 0.67, 0.65]]
)  # fmt: skip
IRIS = np.array([[0.20, 0.11, 0.06], [0.30, 0.18, 0.09], [0.33, 0.35, 0.20], [0.30, 0.42, 0.52], [0.36, 0.40, 0.42]])
CLOTHES = np.array(
    [
        [0.15, 0.17, 0.22],
        [0.75, 0.74, 0.72],
        [0.45, 0.16, 0.16],
        [0.18, 0.30, 0.45],
        [0.20, 0.33, 0.24],
        [0.55, 0.48, 0.36],
    ]
)
HAIR_STYLES = ("bald", "buzz", "short", "parted", "receding", "fringe", "curly", "bob", "long", "bun")
BEARDS = ("none", "stubble", "moustache", "goatee", "full")
GLASSES = ("none", "round", "square", "heavy")

#: How strongly people differ in shape: 1 is natural spread.
SPREAD = 0.8


@dataclass(frozen=True)
class Identity:
    """One person.

    Attributes:
        subject: number of the person in its data set.
        landmarks: (68, 2) at rest, in inter-ocular distances of the average face (see `shape`).
        skull: half width and height above the eyes of the head, in the same unit.
        skin, hair, brow, iris, lip, clothes: RGB, 0 to 1.
        hair_style, beard, glasses: one of `HAIR_STYLES`, `BEARDS`, `GLASSES`.
        traits: further numbers by name (thickness of brows, hairline, wrinkles of age ...).
    """

    subject: int
    landmarks: np.ndarray
    skull: tuple[float, float]
    skin: np.ndarray
    hair: np.ndarray
    brow: np.ndarray
    iris: np.ndarray
    lip: np.ndarray
    clothes: np.ndarray
    hair_style: str
    beard: str
    glasses: str
    traits: dict[str, float]


def draw_identity(seed: int, subject: int) -> Identity:
    """The person with a number, always the same for the same seed and number."""
    rng = stream("identity", seed, subject)
    woman = bool(rng.random() < 0.5)
    age = float(rng.random())
    landmarks, skull = _shape(rng, woman)
    tone = float(rng.random() ** 1.2)
    skin = _between(SKIN, tone) * rng.normal(1, 0.02, 3)
    hair = HAIR[_hair_colour(rng, tone, age)] * rng.uniform(0.85, 1.15)
    brow = np.clip(0.75 * hair * rng.uniform(0.7, 1.1) + 0.05 * skin, 0, 0.58 * skin)
    lip = skin * np.array([0.86, 0.60, 0.60]) + np.array([0.02, 0, 0])
    made_up = woman and rng.random() < 0.4
    if made_up:
        lip = 0.45 * lip + 0.55 * np.array([0.62, 0.14, 0.18]) * (0.45 + 0.55 * skin.mean() / 0.7)
    return Identity(
        subject=subject,
        landmarks=landmarks,
        skull=skull,
        skin=np.clip(skin, 0, 1),
        hair=np.clip(hair, 0, 1),
        brow=brow,
        iris=IRIS[min(int(rng.random() * (5 if tone < 0.4 else 1.9)), 4)] * rng.uniform(0.8, 1.2),
        lip=np.clip(lip, 0, 1),
        clothes=np.clip(CLOTHES[rng.integers(len(CLOTHES))] * rng.uniform(0.7, 1.2), 0, 1),
        hair_style=_hair_style(rng, woman, age),
        beard="none" if woman else str(rng.choice(BEARDS, p=[0.46, 0.22, 0.1, 0.12, 0.1])),
        glasses=str(rng.choice(GLASSES, p=[0.76, 0.08, 0.08, 0.08])),
        traits=_traits(rng, woman, made_up, age),
    )


def _traits(rng: np.random.Generator, woman: bool, made_up: bool, age: float) -> dict[str, float]:
    return {
        "brow_thickness": float(rng.uniform(0.055, 0.095) if woman else rng.uniform(0.085, 0.15)),
        "brow_strength": float(rng.uniform(0.75, 0.97)),
        "liner": float(rng.uniform(0.5, 1.0) if made_up else rng.uniform(0.0, 0.25) + 0.2 * woman),
        "age": age,
        "freckles": float(max(0.0, rng.uniform(-1.5, 1.0))),
        "redness": float(rng.uniform(0.2, 1.0)),
        "nose_depth": float(rng.uniform(0.75, 1.35)),
        "cheekbone": float(rng.uniform(0.3, 1.3)),
        "eye_depth": float(rng.uniform(0.5, 1.4)),
        "lid_fold": float(rng.uniform(0.0, 1.0)),
        "hairline": float(rng.uniform(-1, 1)),
        "parting": float(rng.uniform(-1, 1)),
        "hair_volume": float(rng.uniform(0.6, 1.4)),
        "chin": float(rng.uniform(0.4, 1.4)),
        "ear": float(rng.uniform(0.8, 1.25)),
        "iris_size": float(rng.uniform(0.092, 0.108)),
        "mole_x": float(rng.uniform(-0.8, 0.8)),
        "mole_y": float(rng.uniform(0.3, 1.4)),
        "mole": float(rng.random() < 0.25),
    }


def _between(palette: np.ndarray, position: float) -> np.ndarray:
    at = position * (len(palette) - 1)
    return np.array([np.interp(at, np.arange(len(palette)), palette[:, c]) for c in range(3)])


def _hair_colour(rng: np.random.Generator, tone: float, age: float) -> int:
    if age > 0.75 and rng.random() < 0.6:
        return int(rng.integers(7, 9))
    if tone > 0.45:
        return int(rng.choice([0, 1, 2], p=[0.6, 0.3, 0.1]))
    return int(rng.integers(0, 7))


def _hair_style(rng: np.random.Generator, woman: bool, age: float) -> str:
    if woman:
        return str(rng.choice(["short", "parted", "fringe", "curly", "bob", "long", "bun"]))
    styles = ["bald", "buzz", "short", "parted", "receding", "fringe", "curly"]
    odds = np.array([0.5 + age, 1, 1.4, 1.2, 0.3 + 1.4 * age, 0.6, 0.8])
    return str(rng.choice(styles, p=odds / odds.sum()))


def _shape(rng: np.random.Generator, woman: bool) -> tuple[np.ndarray, tuple[float, float]]:
    """Landmarks and skull of one person: independent, smooth changes of the average face."""
    z = np.clip(rng.normal(size=24), -1.9, 1.9) * SPREAD
    p = BASE_LANDMARKS.copy()
    x, y = p[JAW, 0].copy(), p[JAW, 1].copy()
    low = np.clip((y - 0.4) / 1.3, 0, 1)
    jaw_width = 0.05 * z[1] + (-0.03 if woman else 0.03)
    p[JAW, 0] = x * (1 + 0.045 * z[0] + jaw_width * low * (1.4 - low) * 2 - 0.06 * z[2] * low**3)
    p[JAW, 1] = y + low * (0.075 * z[3] + (-0.03 if woman else 0.03)) + 0.04 * z[2] * low**3 * (1 - np.abs(x))
    for eye, side in ((LEFT_EYE, -1), (RIGHT_EYE, 1)):
        centre = p[eye].mean(axis=0)
        local = (p[eye] - centre) * [1 + 0.06 * z[4], 1 + 0.06 * z[4] + 0.11 * z[5]]
        local[:, 1] -= 0.07 * z[6] * side * local[:, 0]
        p[eye] = centre + local + [side * 0.022 * z[7], 0]
        brow = slice(17, 22) if side < 0 else slice(22, 27)
        along = (np.abs(p[brow, 0]) - 0.17) / 0.76
        p[brow, 1] += 0.032 * z[8] - 0.04 * z[9] * (along - 0.4) - 0.05 * z[10] * along * (1 - along)
        p[brow, 0] += side * 0.02 * z[11]
        p[brow, 0] *= 1 + 0.02 * z[7]
    p[27:36, 1] *= 1 + 0.06 * z[12]
    p[31:36, 0] *= 1 + 0.13 * z[13]
    p[31:36, 1] += 0.015 * z[14] * (np.abs(p[31:36, 0]) < 0.2)
    _shape_mouth(p, z)
    p[48:68, 1] += 0.018 * z[15] + 0.045 * z[12] + 0.025 * z[3]
    skull = (float(np.abs(p[JAW, 0]).max() + 0.02 * z[21]), float(1.66 + 0.06 * z[22]))
    return p, skull


def _shape_mouth(p: np.ndarray, z: np.ndarray) -> None:
    p[48:68, 0] *= 1 + 0.085 * z[16]
    line = 1.163
    upper, lower = [49, 50, 51, 52, 53], [55, 56, 57, 58, 59]
    p[upper, 1] = line + (p[upper, 1] - line) * max(0.35, 1 + 0.24 * z[17])
    p[lower, 1] = line + (p[lower, 1] - line) * max(0.45, 1 + 0.20 * z[18])
    p[51, 1] += 0.012 * z[19]
    p[[48, 54, 60, 64], 1] += 0.012 * z[20]
