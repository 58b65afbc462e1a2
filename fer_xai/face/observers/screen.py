"""From places on the screen to places on what was shown there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_xai.errors import UserError

#: What places may be given in.
COORDINATES = ("stimulus", "screen", "share")
#: Places that all lie this near to 0, and are no whole numbers, are no pixels; observers look a little past a picture.
_SHARE = 2.0


@dataclass(frozen=True)
class Screen:
    """How the stimuli were shown.

    Pixel centres are at whole numbers, on the screen as in the stimuli.

    Attributes:
        coordinates: `stimulus` (pixels from the upper left of what was shown), `screen` (pixels from the upper left of
            the screen), `share` (parts of the stimulus' width and height); None takes what a file's columns say.
        size: width and height of the screen in pixels: stimuli were shown in its middle.
        offset: left and top of what was shown, in pixels of the screen, where that is not the middle.
        shown: width and height in pixels of the screen at which every stimulus was shown; None: `scale` tells.
        scale: pixels of the screen per pixel of a stimulus.
        node: config node of the reference, for messages.

    Raises:
        UserError: a value is out of range.
    """

    coordinates: str | None = None
    size: Sequence[float] | None = None
    offset: Sequence[float] | None = None
    shown: Sequence[float] | None = None
    scale: float = 1.0
    node: str = "reference.fixations"

    def __post_init__(self) -> None:
        if self.coordinates is not None and self.coordinates not in COORDINATES:
            raise UserError(f"{self.node}.coordinates={self.coordinates}: known are {', '.join(COORDINATES)}")
        _pair(self.size, f"{self.node}.screen", "width and height of the screen, such as [1920,1080]", above=0)
        _pair(self.offset, f"{self.node}.offset", "left and top of the stimuli on the screen, such as [660,140]")
        _pair(self.shown, f"{self.node}.shown", "width and height of the stimuli on the screen", above=0)
        if isinstance(self.scale, bool) or not isinstance(self.scale, int | float) or not self.scale > 0:
            raise UserError(f"{self.node}.scale={self.scale}: pixels of the screen per pixel of a stimulus, above 0")

    def to_stimulus(self, rows: pd.DataFrame, sizes: NDArray[np.floating]) -> NDArray[np.float64]:
        """Places in pixels of the stimuli.

        Args:
            rows: with the columns x, y, coordinates, and left, top, wide, high: where and how large the stimulus was
                on the screen, where the files tell, else NaN.
            sizes: width and height of each row's stimulus in its own pixels, (n, 2).

        Returns:
            (n, 2), x before y.

        Raises:
            UserError: places on a screen, and nothing tells where on it the stimuli were.
        """
        places = rows[["x", "y"]].to_numpy(np.float64)
        coordinates = rows["coordinates"].to_numpy(object)
        if self.coordinates is not None:
            coordinates = np.full(len(rows), self.coordinates, dtype=object)
        elif "share" not in coordinates and (places % 1).any() and np.abs(places).max() <= _SHARE:
            raise UserError(
                f"{self.node}: all places lie between {places.min():g} and {places.max():g}, so they are no pixels: "
                f"{self.node}.coordinates=share takes them for parts of the stimulus' sides"
            )
        told = rows[["left", "top", "wide", "high"]].to_numpy(np.float64)
        # What the files say of each row comes first, unless the user says something.
        by_hand = self.size is not None or self.offset is not None
        known = np.isfinite(told).all(axis=1, keepdims=True) & (not by_hand)
        extent = np.where(known, told[:, 2:], self._extent(sizes))
        out = places.copy()
        for kind in COORDINATES:
            chosen = coordinates == kind
            if not chosen.any():
                continue
            if kind == "share":
                out[chosen] = places[chosen] * sizes[chosen] - 0.5
                continue
            corner = np.zeros_like(places)
            if kind == "screen":
                corner = np.where(known, told[:, :2], self._corner(extent, bool(known[chosen].all())))
            stretch = (self._extent(sizes) if kind == "stimulus" else extent) / sizes
            out[chosen] = ((places - corner + 0.5) / stretch - 0.5)[chosen]
        return out

    def pixels(self, degrees: float, px_per_degree: float, sizes: NDArray[np.floating]) -> NDArray[np.float64]:
        """Degrees of visual angle in pixels of the stimuli, (n,) for sizes (n, 2); their width decides."""
        return degrees * px_per_degree * sizes[:, 0] / self._extent(sizes)[:, 0]

    def _extent(self, sizes: NDArray[np.floating]) -> NDArray[np.float64]:
        if self.shown is not None:
            return np.broadcast_to(np.asarray(self.shown, np.float64), sizes.shape)
        return np.asarray(sizes, np.float64) * self.scale

    def _corner(self, extent: NDArray[np.floating], told: bool) -> NDArray[np.float64]:
        """Left and top of what was shown at this size."""
        if self.offset is not None:
            return np.broadcast_to(np.asarray(self.offset, np.float64), extent.shape)
        if self.size is not None:
            return (np.asarray(self.size, np.float64) - extent) / 2
        if told:
            return np.zeros_like(extent)
        raise UserError(
            f"{self.node}: the places are those of the screen, and nothing tells where the stimuli were on it: set "
            f"{self.node}.screen=[WIDTH,HEIGHT] where they were in its middle, or {self.node}.offset=[LEFT,TOP]; or "
            f"{self.node}.coordinates=stimulus if the places are pixels of the stimuli after all"
        )


def _pair(value: Any, key: str, what: str, above: float = -np.inf) -> None:
    if value is None:
        return
    numbers = [x for x in value if isinstance(x, int | float) and x > above] if isinstance(value, Sequence) else []
    if len(numbers) != 2 or len(value) != 2:
        raise UserError(f"{key}={value}: two numbers are needed, {what}")
