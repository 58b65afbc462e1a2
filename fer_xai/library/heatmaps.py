"""Heatmaps of single images, and global ones: what the library's functions give each other. Imports no torch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from fer_xai.errors import UserError
from fer_xai.face.canonical import N_LANDMARKS


@dataclass(frozen=True)
class LocalHeatmaps:
    """Heatmaps of n images by one explainer, in pixels of the images.

    Attributes:
        explainer: its name.
        maps: (n, h, w), weighted against each other as they are to count in a mean. Maps that were scaled to [0, 1]
            one by one are accepted, but a map that says little then counts as much as one that says a lot.
        expressions: what each map explains.
        landmarks: (n, 68, 2), x before y, in pixels of the maps; None where they are not known.
        people: whose image each is of; None, or an empty name, where that is not known: the image is then a person of
            its own.

    Raises:
        UserError: the numbers of maps, expressions, landmarks and people differ, or shapes are others.
    """

    explainer: str
    maps: np.ndarray
    expressions: Sequence[str]
    landmarks: np.ndarray | None = None
    people: Sequence[str] | None = None

    def __post_init__(self) -> None:
        n = len(self.maps)
        if np.ndim(self.maps) != 3:
            raise UserError(f"maps of shape {np.shape(self.maps)}: (n, rows, columns) is needed")
        if len(self.expressions) != n or (self.people is not None and len(self.people) != n):
            people = "" if self.people is None else f" and {len(self.people)} people"
            raise UserError(f"{n} maps, {len(self.expressions)} expressions{people}: one for each map is needed")
        if self.landmarks is not None and np.shape(self.landmarks) != (n, N_LANDMARKS, 2):
            raise UserError(
                f"landmarks of shape {np.shape(self.landmarks)} beside {n} maps: ({n}, {N_LANDMARKS}, 2) is needed"
            )

    def __len__(self) -> int:
        return len(self.maps)


@dataclass(frozen=True)
class Heatmaps:
    """Global heatmaps by one or several explainers.

    Attributes:
        means: `mean`, `std`, `count` (explainer, expression, y, x), `images` and `people` (explainer, expression), see
            `fer_xai.results.heatmap_files.build_heatmaps`.
        replicates: the means under each bootstrap replicate of people, at half resolution; None where there are none.
    """

    means: xr.Dataset
    replicates: xr.Dataset | None = None

    @property
    def explainers(self) -> tuple[str, ...]:
        """Names of the explainers."""
        return tuple(map(str, self.means["explainer"].values))

    @property
    def expressions(self) -> tuple[str, ...]:
        """Names of the expressions."""
        return tuple(map(str, self.means["expression"].values))

    def map_of(self, expression: str, explainer: str | None = None) -> np.ndarray:
        """The global heatmap (275, 224) of an expression; NaN where no image shows a pixel.

        Args:
            expression: one of `expressions`.
            explainer: one of `explainers`; None takes the first.

        Raises:
            UserError: there is none.
        """
        explainer = explainer or self.explainers[0]
        for name, there in ((explainer, self.explainers), (expression, self.expressions)):
            if name not in there:
                raise UserError(f"there are no heatmaps of {name}, only of {', '.join(there)}")
        return self.means["mean"].sel(explainer=explainer, expression=expression).values
