"""From places on stimuli to observers' maps in the canonical frame."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_xai.errors import UserError
from fer_xai.expressions import SYNONYMS
from fer_xai.face.canonical import N_JAW
from fer_xai.face.observers.maps import ObserverMaps
from fer_xai.face.observers.numpy_warp import look_up_of
from fer_xai.face.observers.reading import LeftOut, note_on
from fer_xai.face.observers.screen import Screen
from fer_xai.face.observers.stimuli import Stimuli

#: The standard deviation of an aperture of radius 1, which ends at two standard deviations.
RADIUS = 0.5
#: The reason why places that are no part of a stimulus are left out.
_OUTSIDE = "outside the stimulus"
#: Observers look past a picture now and then; where more than this share of all places lies outside, these are of
#: something else.
_MANY_OUTSIDE = 1 / 3


@dataclass(frozen=True)
class Spread:
    """How far a place reaches: the standard deviation of a Gaussian around it.

    Attributes:
        sigma: as a share of the face's width, which is from ear to ear (landmarks 0 and 16).
        degrees: in degrees of visual angle in place of that; None for none.
        px_per_degree: pixels of the screen per degree, which `degrees` needs.
        node: config node of the reference, for messages.

    Raises:
        UserError: a value is out of range, or one of the last two is missing.
    """

    sigma: float = 0.05
    degrees: float | None = None
    px_per_degree: float | None = None
    node: str = "reference.fixations"

    def __post_init__(self) -> None:
        for key, value in (("sigma", self.sigma), ("degrees", self.degrees), ("px_per_degree", self.px_per_degree)):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not (number and 0 < value < np.inf):
                raise UserError(f"{self.node}.{key}={value}: a number above 0 is needed")
        if self.degrees is None and self.px_per_degree is not None:
            raise UserError(f"{self.node}.px_per_degree={self.px_per_degree} says nothing without {self.node}.degrees")
        if self.degrees is not None and self.px_per_degree is None:
            raise UserError(
                f"{self.node}.degrees={self.degrees} needs {self.node}.px_per_degree, the pixels of the screen in a "
                "degree: distance x tan(1 degree) / size of a pixel"
            )

    def pixels(self, stimulus: str, stimuli: Stimuli, screen: Screen) -> float:
        """The standard deviation in pixels of a stimulus."""
        if self.degrees is not None and self.px_per_degree is not None:
            size = np.array([stimuli.size_of(stimulus)], np.float64)
            return float(screen.pixels(self.degrees, self.px_per_degree, size)[0])
        return self.sigma * face_width(stimuli.landmarks_of(stimulus))


def face_width(landmarks: NDArray[np.floating]) -> float:
    """The distance between the two ends of the jaw line, in pixels of the landmarks (68, 2)."""
    return float(np.linalg.norm(landmarks[N_JAW - 1] - landmarks[0]))


def on_stimuli(
    points: pd.DataFrame, stimuli: Stimuli, screen: Screen, spread: Spread, left_out: LeftOut, what: str
) -> pd.DataFrame:
    """Points in pixels of their stimuli, with their reach; those outside are left out.

    Args:
        points: columns stimulus, x, y, those that `Screen.to_stimulus` wants, and perhaps radius, in pixels as x and y,
            which tells how far a point reaches where it is above 0.
        stimuli: all of theirs.
        screen: how they were shown.
        spread: how far a point reaches.
        left_out: is told of what lies outside.
        what: what the points are, in messages.

    Returns:
        The points inside, with x and y in pixels of the stimulus and `sd`, a standard deviation in its pixels.

    Raises:
        UserError: all lie outside.
    """
    names = points["stimulus"].unique()
    sizes = np.array([stimuli.size_of(name) for name in names], np.float64)[points["stimulus"].map(_numbered(names))]
    places = screen.to_stimulus(points, sizes)
    # As for the warp, a picture reaches from half a pixel before its first centres to its corner (width, height).
    inside = pd.DataFrame((places >= -0.5) & (places <= sizes), index=points.index).all(axis=1)
    if not inside.any():
        (left, top), (right, bottom) = places.min(axis=0), places.max(axis=0)
        width, height = sizes[0]
        raise UserError(
            f"{screen.node}: all {len(points)} {what} lie outside their stimuli: x from {left:g} to {right:g}, y from "
            f"{top:g} to {bottom:g}, and {names[0]} is {width:g} x {height:g}; {screen.node}.coordinates, .screen, "
            ".offset and .shown tell where stimuli were shown"
        )
    reach = {name: spread.pixels(name, stimuli, screen) for name in names}
    placed = points.assign(x=places[:, 0], y=places[:, 1], sd=points["stimulus"].map(reach))
    if "radius" in placed:
        own = placed["radius"] * RADIUS * screen.pixels(1, 1, sizes)
        placed["sd"] = own.where(own > 0, placed["sd"])
    return left_out.drop(placed, ~inside, _OUTSIDE)


def _numbered(names: NDArray[np.object_]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}


def density(
    places: NDArray[np.floating], weights: NDArray[np.floating], sd: NDArray[np.floating], size: tuple[int, int]
) -> NDArray[np.float64]:
    """A weighted sum of Gaussians on the pixels of a picture, each with the volume of its weight.

    Args:
        places: (n, 2), x before y, in pixels; their pixel centres are at whole numbers.
        weights: (n,), with their sign.
        sd: standard deviations (n,), in pixels.
        size: rows and columns of the picture.

    Returns:
        (rows, columns), per square pixel.

    Examples:
        >>> one = density(np.array([[2.0, 1.0]]), np.array([3.0]), np.array([0.5]), (4, 6))
        >>> np.unravel_index(one.argmax(), one.shape), round(float(one.max() * np.pi / 2), 6)
        ((np.int64(1), np.int64(2)), 3.0)
    """
    along = [
        np.exp(-((np.arange(length) - place[:, None]) ** 2) / (2 * sd[:, None] ** 2))
        for length, place in zip(size, (places[:, 1], places[:, 0]), strict=True)
    ]
    return (along[0] * (weights / (2 * np.pi * sd**2))[:, None]).T @ along[1]


def facts_of(points: pd.DataFrame, stimuli: Stimuli, what: str, left_out: LeftOut) -> list[str]:
    """How many points of how many observers there are, expressions that none of them has, and whether many lie outside.

    Args:
        points: columns observer and stimulus.
        stimuli: all of theirs.
        what: what is said of the points.
        left_out: has been told of those outside.
    """
    observers, shown = points["observer"].nunique(), points["stimulus"].unique()
    found = [f"{len(points)} {what}: of {observers} observers, on {len(shown)} stimuli"]
    seen = {stimuli.expressions[name] for name in shown}
    unseen = [name for name in SYNONYMS if name in stimuli.expressions.values() and name not in seen]
    outside = left_out.reasons().get(_OUTSIDE, 0)
    if outside > _MANY_OUTSIDE * (outside + len(points)):
        found.append(
            f"{outside} of {outside + len(points)} places lie outside their stimuli: the settings coordinates, screen, "
            "offset and shown may have to tell where these were"
        )
    return [*found, *([f"no observer for {', '.join(unseen)}, which stimuli show"] if unseen else [])]


def note_of(points: pd.DataFrame, stimuli: Stimuli) -> str:
    """One sentence where an expression was seen on few stimuli only, else nothing."""
    return note_on(int(pd.Series(points["stimulus"].unique()).map(stimuli.expressions).value_counts().min()))


def point_maps(points: pd.DataFrame, stimuli: Stimuli, frame: tuple[int, int]) -> dict[str, ObserverMaps]:
    """Each observer's map of each expression.

    On each stimulus, an observer's weights are divided by the sum of their sizes, and the density is per square of the
    face's width. So each showing counts the same, however much an observer looked or clicked and however large the face
    was. Carried to the canonical frame, a pixel takes the mean over those of the observer's stimuli of the expression
    that show it.

    Args:
        points: columns observer, stimulus, x, y (pixels of the stimulus), weight, sd (of the Gaussian, in its pixels).
        stimuli: all of theirs.
        frame: rows and columns.

    Returns:
        Expression -> maps of those who have points on one of its stimuli, by name; only expressions with observers.
    """
    total: dict[tuple[str, str], NDArray[np.float64]] = defaultdict(lambda: np.zeros(frame))
    number: dict[tuple[str, str], NDArray[np.int64]] = defaultdict(lambda: np.zeros(frame, dtype=np.int64))
    for stimulus, of_stimulus in points.groupby("stimulus"):
        landmarks, (width, height) = stimuli.landmarks_of(str(stimulus)), stimuli.size_of(str(stimulus))
        expression, square = stimuli.expression_of(str(stimulus)), face_width(landmarks) ** 2
        look_up = look_up_of(landmarks, (height, width), frame)
        for observer, rows in of_stimulus.groupby("observer"):
            total[expression, str(observer)] += look_up.carry(_of_one(rows, (height, width), square))
            number[expression, str(observer)] += look_up.valid
    maps_of = {}
    for expression in (name for name in SYNONYMS if any(name == key[0] for key in total)):
        names = sorted(observer for of, observer in total if of == expression)
        seen = [number[expression, name] for name in names]
        means = [total[expression, name] / np.where(n > 0, n, np.nan) for name, n in zip(names, seen, strict=True)]
        maps_of[expression] = ObserverMaps(tuple(names), np.stack(means).astype(np.float32), (1,) * len(names))
    return maps_of


def _of_one(rows: pd.DataFrame, size: tuple[int, int], square: float) -> NDArray[np.float64]:
    weights = rows["weight"].to_numpy(np.float64)
    weights = square * weights / np.abs(weights).sum()
    return density(rows[["x", "y"]].to_numpy(np.float64), weights, rows["sd"].to_numpy(np.float64), size)
