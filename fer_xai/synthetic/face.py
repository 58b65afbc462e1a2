"""One drawn face: from a person, action units and a scene to a picture with its true landmarks."""

from dataclasses import dataclass

import cv2
import numpy as np

from fer_xai.synthetic import background, beard, eyes, glasses, hair, head, light, mouth, pose, relief, wrinkles
from fer_xai.synthetic.action_units import move
from fer_xai.synthetic.canvas import Sheet, soften
from fer_xai.synthetic.cues.base import Cue
from fer_xai.synthetic.identity import Identity
from fer_xai.synthetic.scene import Scene
from fer_xai.synthetic.shape import CONVENTION

#: Changes whenever the same settings give other pictures: caches hold it in their names.
DRAWING_VERSION = 6

#: The sheet is this much larger than the picture.
OVERSIZE = 1.5


@dataclass(frozen=True)
class Face:
    """A picture of a face.

    Attributes:
        image: (size, size, 3) uint8 RGB.
        landmarks: (68, 2) float32, x before y, in pixels of the image.
        units: intensity, 0 to 1, of each action unit shown.
    """

    image: np.ndarray
    landmarks: np.ndarray
    units: dict[int, float]


def draw_face(person: Identity, units: dict[int, float], scene: Scene, size: int = 256, cue: Cue | None = None) -> Face:
    """Draw one picture.

    Args:
        person: who.
        units: intensity, 0 to 1, of each action unit; empty for the face at rest. Two calls that differ in nothing else
            give pictures that differ by the expression alone.
        scene: pose, light, background and noise.
        size: side of the square picture in pixels.
        cue: planted in the picture; None for none.

    Returns:
        The picture, its true landmarks and the action units.
    """
    points, landmarks = face_landmarks(person, units, scene, size)
    sheet = Sheet(round(OVERSIZE * size))
    cue = cue or Cue()
    height = _draw_sheet(sheet, person, points, units, scene, cue)
    image = light.lit(sheet, height, scene, _exposure(person))
    picture = _photograph(sheet, image, scene, size, cue)
    return Face(picture, landmarks, dict(units))


def face_landmarks(person: Identity, units: dict[int, float], scene: Scene, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the landmarks of a face lie.

    Returns:
        The points that the frontal face is drawn on, (68, 2) in inter-ocular distances, and the landmarks after dlib's
        convention, (68, 2) float32 in pixels of the picture.
    """
    points = move(person.landmarks, units, scene.lopsided)
    return points, pose.to_picture(points + CONVENTION, scene, size).astype(np.float32)


def _draw_sheet(
    sheet: Sheet, person: Identity, points: np.ndarray, units: dict[int, float], scene: Scene, cue: Cue
) -> np.ndarray:
    """All layers from back to front; returns the height of the large forms and the fine relief together."""
    seed, rest = scene.keys[0], person.landmarks
    jaw, rest_jaw = points[:17], rest[:17]
    grain = hair.strands(sheet, seed, person.subject, 1.0 if person.hair_style == "curly" else 0.0)
    hair.draw_hair_behind(sheet, person, rest_jaw, grain)
    head.draw_body(sheet, person, rest_jaw, jaw)
    head.draw_ears(sheet, person, rest_jaw)
    cover = head.draw_skin(sheet, person, head.head_outline(jaw, person.skull), points, seed)
    height = relief.head_height(sheet, person, cover, points, units)
    mouth.draw_nose(sheet, person, points, units)
    wrinkles.draw_wrinkles(sheet, person, points, units)
    beard.draw_beard(sheet, person, points, seed)
    mouth.draw_mouth(sheet, person, points, rest, units)
    eyes.draw_eyes(sheet, person, points, rest, units)
    eyes.draw_brows(sheet, person, points, seed)
    hair.draw_hair_front(sheet, person, rest_jaw, grain)
    glasses.draw_glasses(sheet, person, rest)
    cue.draw_on(sheet, rest)
    return height + sheet.relief


def _exposure(person: Identity) -> float:
    """A camera meets dark skin half-way: longer exposure."""
    return float((0.66 / person.skin.mean()) ** 0.4)


def _photograph(sheet: Sheet, image: np.ndarray, scene: Scene, size: int, cue: Cue) -> np.ndarray:
    """Turn the head, put it before the background, reduce it and add the camera's traces."""
    layers = np.dstack([image, sheet.cover])
    layers = soften(layers, 0.45 * OVERSIZE * 0.7)
    x, y = pose.look_up(sheet, scene, size)
    warped = cv2.remap(layers, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    behind = cue.behind(background.draw_background(scene, size))
    cover = warped[..., 3:]
    picture = behind + cover * (warped[..., :3] - behind)
    if scene.softness * size > 0.3:
        picture = soften(picture, scene.softness * size)
    picture = background.add_noise(picture, scene)
    return np.clip(np.round(picture * 255), 0, 255).astype(np.uint8)
