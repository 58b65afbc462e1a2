"""What lies behind the person, and the camera's noise."""

import cv2
import numpy as np

from fer_xai.synthetic.scene import Scene
from fer_xai.synthetic.seeds import stream


def draw_background(scene: Scene, side: int) -> np.ndarray:
    """A blurred room: a gradient and some large soft shapes; (side, side, 3) float32."""
    rng = stream("background", *scene.keys)
    small = 64
    t = np.linspace(0, 1, small, dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    ramp = 0.5 + 0.5 * (np.cos(angle) * (t[None, :] - 0.5) + np.sin(angle) * (t[:, None] - 0.5))
    first, second = _colour(rng), _colour(rng)
    image = (first + ramp[..., None] * (second - first)).astype(np.float32)
    for _ in range(int(rng.integers(0, 5))):
        shape = np.zeros((small, small), np.float32)
        corner = rng.integers(-10, small, 2)
        size = rng.integers(8, 36, 2)
        if rng.random() < 0.5:
            cv2.rectangle(shape, corner.tolist(), (corner + size).tolist(), 1.0, -1)
        else:
            cv2.ellipse(shape, corner.tolist(), (size // 2).tolist(), 0, 0, 360, 1.0, -1)
        soft = np.asarray(cv2.GaussianBlur(shape, (0, 0), rng.uniform(1.0, 4.0)))
        image += soft[..., None] * rng.uniform(0.2, 0.7) * (_colour(rng) - image)
    return cv2.resize(image.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)


def _colour(rng: np.random.Generator) -> np.ndarray:
    grey = rng.uniform(0.15, 0.85)
    return np.clip(grey + rng.normal(0, 0.045, 3), 0.02, 0.98)


def add_noise(image: np.ndarray, scene: Scene) -> np.ndarray:
    """The picture with the camera's noise, which is the same whatever is in it."""
    rng = stream("noise", *scene.keys)
    field = rng.standard_normal((*image.shape[:2], 3), dtype=np.float32)
    return image + np.float32(scene.noise) * (0.6 * field + 0.6 * field.mean(axis=-1, keepdims=True))
