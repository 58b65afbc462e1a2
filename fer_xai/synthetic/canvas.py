"""The sheet on which a face is drawn from the front, and the few strokes that everything is made of."""

from dataclasses import dataclass, field

import cv2
import numpy as np

Window = tuple[slice, slice]


@dataclass
class Sheet:
    """Layers of one frontal face.

    The sheet is a square of `side` pixels; `unit` pixels are one inter-ocular distance and `origin` (x, y) is the point
    midway between the eyes.

    Attributes:
        colour: (side, side, 3) float32 RGB of the surfaces without light, 0 to 1.
        cover: (side, side) float32, how far the person hides the background, 0 to 1.
        relief: (side, side) float32 fine height above the head's smooth form, in inter-ocular distances.
        shade: (side, side) float32 factor of the light that reaches a point (hollows), about 0 to 1.
        gloss: (side, side) float32 strength of reflexes.
    """

    side: int
    unit: float = field(init=False)
    origin: np.ndarray = field(init=False)
    colour: np.ndarray = field(init=False)
    cover: np.ndarray = field(init=False)
    relief: np.ndarray = field(init=False)
    shade: np.ndarray = field(init=False)
    gloss: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        n = self.side
        self.unit = 0.212 * n
        self.origin = np.array([0.5 * (n - 1), 0.43 * (n - 1)])
        self.colour = np.zeros((n, n, 3), np.float32)
        self.cover = np.zeros((n, n), np.float32)
        self.relief = np.zeros((n, n), np.float32)
        self.shade = np.ones((n, n), np.float32)
        self.gloss = np.zeros((n, n), np.float32)

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Points in inter-ocular distances as pixels of the sheet, (..., 2)."""
        return np.asarray(points) * self.unit + self.origin

    def grid(self, step: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of every step-th pixel in inter-ocular distances: x (1, n) and y (n, 1), float32."""
        along = np.arange(0, self.side, step, dtype=np.float32)
        x, y = (along - self.origin[0]) / self.unit, (along - self.origin[1]) / self.unit
        return x[None, :].astype(np.float32), y[:, None].astype(np.float32)

    def region(self, outline: np.ndarray, blur: float = 0.0) -> tuple[Window, np.ndarray]:
        """A filled outline.

        Args:
            outline: (n, 2) closed, in inter-ocular distances.
            blur: softness of the edge (standard deviation), in inter-ocular distances.

        Returns:
            The window of the sheet that it touches, and its cover there, float32 0 to 1.
        """
        points = self.pixels(outline)
        sigma = blur * self.unit
        margin = 2 + 2.6 * sigma
        low = np.clip(np.floor(points.min(axis=0) - margin), 0, self.side - 1).astype(int)
        high = np.clip(np.ceil(points.max(axis=0) + margin), 1, self.side).astype(int)
        high = np.maximum(high, low + 1)
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        cv2.fillPoly(mask, [np.round((points - low) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        cover = mask.astype(np.float32) * np.float32(1 / 255)
        return window, soften(cover, sigma) if sigma > 0.3 else cover

    def stroke(self, path: np.ndarray, width: float, blur: float = 0.0, ends: float = 0.0) -> tuple[Window, np.ndarray]:
        """A line that is widest in its middle.

        Args:
            path: (n, 2) in inter-ocular distances, smooth.
            width: its largest width.
            blur: softness.
            ends: width at the ends as a part of the largest.

        Returns:
            As `region`.
        """
        return self.region(ribbon(path, width, ends), blur)

    def paint(self, part: tuple[Window, np.ndarray], colour: np.ndarray, strength: float = 1.0) -> None:
        """Cover a part of the sheet with a colour, (3,) or an array of the window's shape."""
        window, cover = part
        below = self.colour[window]
        below += (cover * np.float32(strength))[..., None] * (np.asarray(colour, np.float32) - below)

    def darken(self, part: tuple[Window, np.ndarray], amount: float) -> None:
        """Let less light reach a part: 0 leaves it, 1 makes it black."""
        window, cover = part
        self.shade[window] *= 1 - np.float32(amount) * cover

    def raise_(self, part: tuple[Window, np.ndarray], height: float) -> None:
        """Add height (inter-ocular distances, negative for a furrow) to the fine relief."""
        window, cover = part
        self.relief[window] += np.float32(height) * cover


def at(x: float, y: float) -> np.ndarray:
    """A point or a step, (2,)."""
    return np.array([x, y])


def soften(image: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur with a standard deviation in pixels; the edge is repeated."""
    radius = max(1, int(np.ceil(2.5 * sigma)))
    return cv2.GaussianBlur(image, (2 * radius + 1, 2 * radius + 1), sigma, borderType=cv2.BORDER_REPLICATE)


def curve(points: np.ndarray, closed: bool = False, steps: int = 7) -> np.ndarray:
    """A smooth line through points (Catmull and Rom's spline).

    Args:
        points: (n, 2), at least two.
        closed: whether the last point joins the first.
        steps: points per piece.

    Returns:
        (m, 2), which holds the given points.
    """
    points = np.asarray(points, float)
    if closed:
        before, after = points[[-1]], points[[0, 1]]
    else:
        before, after = 2 * points[[0]] - points[[1]], 2 * points[[-1]] - points[[-2]]
    p = np.concatenate([before, points, after])
    t = (np.arange(steps) / steps)[:, None, None]
    a, b, c, d = p[:-3], p[1:-2], p[2:-1], p[3:]
    pieces = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    line = pieces.transpose(1, 0, 2).reshape(-1, 2)
    return line if closed else np.concatenate([line, points[[-1]]])


def ribbon(path: np.ndarray, width: float, ends: float = 0.0) -> np.ndarray:
    """The outline of a line that is widest in its middle; see `Sheet.stroke`."""
    path = np.asarray(path, float)
    along = np.gradient(path, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    profile = ends + (1 - ends) * np.sin(np.linspace(0, np.pi, len(path)))
    offset = across * (0.5 * width * profile)[:, None]
    return np.concatenate([path + offset, (path - offset)[::-1]])


def oval(
    centre: tuple[float, float] | np.ndarray, rx: float, ry: float, turn: float = 0.0, steps: int = 28
) -> np.ndarray:
    """Outline of an ellipse, turned by an angle in radians, (steps, 2)."""
    angle = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    x, y = rx * np.cos(angle), ry * np.sin(angle)
    turned = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=1)
    return np.asarray(centre) + turned


def mirrored(points: np.ndarray) -> np.ndarray:
    """Points reflected at the face's middle line."""
    return np.asarray(points) * np.array([-1.0, 1.0])
