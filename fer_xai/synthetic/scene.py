"""What surrounds a drawn face in one picture: pose, light, camera."""

from dataclasses import dataclass

import numpy as np

from fer_xai.synthetic.seeds import stream


@dataclass(frozen=True)
class Scene:
    """One picture's circumstances, the same for a face and for its resting picture.

    Attributes:
        yaw, pitch, roll: pose in radians.
        scale: inter-ocular distance as a part of the picture's side.
        shift: where the middle of the eyes lies, as parts of the side, from (0.5, 0.44).
        light: (3,) unit vector towards the light (x right, y down, z towards the camera).
        ambient: part of the light that comes from everywhere, 0 to 1.
        tint: (3,) colour of the light.
        noise: standard deviation of the camera's noise, 0 to 1.
        softness: blur of the lens in parts of the side.
        lopsided: asymmetry of the movements.
        keys: seed, subject and picture number, for random fields.
    """

    yaw: float
    pitch: float
    roll: float
    scale: float
    shift: np.ndarray
    light: np.ndarray
    ambient: float
    tint: np.ndarray
    noise: float
    softness: float
    lopsided: float
    keys: tuple[int, int, int]


def draw_scene(seed: int, subject: int, index: int) -> Scene:
    """The scene of a subject's picture with a number."""
    rng = stream("scene", seed, subject, index)
    azimuth, elevation = np.radians(rng.uniform(-42, 42)), np.radians(rng.uniform(12, 48))
    light = np.array([np.sin(azimuth) * np.cos(elevation), -np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])
    warmth = rng.normal(0, 0.03)
    return Scene(
        yaw=float(np.radians(np.clip(rng.normal(0, 5), -11, 11))),
        pitch=float(np.radians(np.clip(rng.normal(0, 3.5), -8, 8))),
        roll=float(np.radians(np.clip(rng.normal(0, 3.5), -9, 9))),
        scale=float(rng.uniform(0.225, 0.25)),
        shift=rng.uniform(-0.025, 0.025, 2),
        light=light,
        ambient=float(rng.uniform(0.42, 0.6)),
        tint=np.array([1 + warmth, 1.0, 1 - warmth]) * rng.uniform(0.94, 1.06),
        noise=float(rng.uniform(0.003, 0.012)),
        softness=float(rng.uniform(0.0006, 0.0020)),
        lopsided=float(np.clip(rng.normal(0, 0.05), -0.1, 0.1)),
        keys=(seed, subject, index),
    )
