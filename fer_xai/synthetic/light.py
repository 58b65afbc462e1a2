"""From colours, heights and a light to a lit sheet."""

import cv2
import numpy as np

from fer_xai.synthetic.canvas import Sheet
from fer_xai.synthetic.scene import Scene


def lit(sheet: Sheet, height: np.ndarray, scene: Scene, exposure: float) -> np.ndarray:
    """The sheet under its light.

    Diffuse light that wraps a little around edges (skin scatters), light from all around that is stronger from above,
    and soft reflexes (Blinn and Phong).

    Args:
        sheet: colours, hollows, gloss.
        height: (side, side) float32 in inter-ocular distances.
        scene: direction, strength and colour of the light.
        exposure: of the camera; 1 renders a surface that faces the light in its own colour.

    Returns:
        (side, side, 3) float32, 0 to about 1.
    """
    slope = np.float32(0.5 * sheet.unit)
    dx = cv2.filter2D(height, -1, np.array([[-1, 0, 1]], np.float32)) * slope
    dy = cv2.filter2D(height, -1, np.array([[-1], [0], [1]], np.float32)) * slope
    scale = 1 / np.sqrt(1 + dx * dx + dy * dy)
    light = scene.light.astype(np.float32)
    facing = (light[2] - light[0] * dx - light[1] * dy) * scale
    wrap = np.float32(0.22)
    diffuse = np.maximum(facing + wrap, 0) / (1 + wrap)
    sky = 0.86 + 0.22 * dy * scale
    half = light + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    shine = np.maximum((half[2] - half[0] * dx - half[1] * dy) * scale, 0)
    for _ in range(4):
        shine *= shine
    ambient = np.float32(scene.ambient)
    amount = (ambient * sky + (1 - ambient) * 1.28 * diffuse) * sheet.shade
    warm = np.stack([amount**0.90, amount, amount * np.sqrt(np.sqrt(np.maximum(amount, 1e-3)))], axis=-1)
    image = sheet.colour * warm * (exposure * scene.tint).astype(np.float32)
    return image + (shine * sheet.gloss * sheet.shade * (1 - ambient))[..., None]
