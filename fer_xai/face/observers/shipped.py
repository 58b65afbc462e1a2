"""What 94 observers used of 14 photographs: the figures that come with the package, see `figures/SOURCE.md`."""

from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from fer_xai.face.canonical import FRAME_SHAPE, N_LANDMARKS
from fer_xai.face.observers.maps import RELEVANT_SHARE, ObserverMaps, ObserversReference, over_stimuli
from fer_xai.face.observers.reading import Reading, note_on
from fer_xai.face.observers.stimuli import Stimuli
from fer_xai.face.observers.tile_grid import TileGrid
from fer_xai.face.observers.uncovering_answers import GRID_COLUMNS, GRID_ROWS

#: The grid over the photographs.
GRID = TileGrid(rows=GRID_ROWS, columns=GRID_COLUMNS, numbering="column")
#: Columns of the tiles' weights.
TILES = [f"t{tile}" for tile in range(len(GRID))]


class ShippedObserversReference(ObserversReference):
    """Maps of ten fixed groups of observers, from the experiment of M. Wegrzyn et al., PLOS ONE 12(5): e0177239, 2017.

    Args:
        share: of the pixels, the most relevant ones that count as a set.
        name: what tables call it.
        frame: rows and columns.

    Attributes:
        reading: what was read.

    Raises:
        UserError: `share` is out of range.
    """

    def __init__(
        self, share: float = RELEVANT_SHARE, name: str = "observers", frame: tuple[int, int] = FRAME_SHAPE
    ) -> None:
        maps = shipped_maps((frame[0], frame[1]))
        self.reading = Reading(("figures that come with the package: 94 observers in ten groups, 14 photographs",))
        faces = shipped_weights().groupby("expression")["stimulus"].nunique().min()
        super().__init__(name, maps, share, frame, note_on(int(faces)))


@cache
def shipped_weights() -> pd.DataFrame:
    """Columns stimulus, expression, group, size, n, t0 to t47: see `figures/SOURCE.md`."""
    return _read("observers")


@cache
def shipped_reliabilities() -> pd.DataFrame:
    """Columns expression, space (tiles, canonical), metric (ncc, spearman), half, reliability, splits, observers."""
    return _read("reliabilities")


@cache
def shipped_stimuli() -> Stimuli:
    """The 14 photographs' expressions, sizes and landmarks."""
    rows = _read("stimuli")
    coordinates = rows.drop(columns=["stimulus", "expression", "width", "height"]).to_numpy(np.float64)
    points = coordinates.reshape(-1, N_LANDMARKS, 2)
    sizes = zip(rows["width"].astype(int), rows["height"].astype(int), strict=True)
    names = rows["stimulus"].tolist()
    return Stimuli(
        dict(zip(names, rows["expression"], strict=True)),
        dict(zip(names, sizes, strict=True)),
        dict(zip(names, points, strict=True)),
    )


@cache
def shipped_maps(frame: tuple[int, int]) -> dict[str, ObserverMaps]:
    """Each group's map of each expression in a frame of this size."""
    photographs, maps = shipped_stimuli(), {}
    for expression, rows in shipped_weights().groupby("expression"):
        by_stimulus = {str(name): of.sort_values("group") for name, of in rows.groupby("stimulus")}
        painted = (
            GRID.to_canonical(
                of[TILES].to_numpy(np.float64), photographs.size_of(name), photographs.landmarks_of(name), frame
            )
            for name, of in by_stimulus.items()
        )
        one = next(iter(by_stimulus.values()))
        names = [f"group {group}" for group in one["group"]]
        counts = [of["n"].tolist() for of in by_stimulus.values()]
        maps[str(expression)] = over_stimuli(names, painted, counts, one["size"].tolist(), unit="group")
    return maps


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(str(files(__package__ or "") / "figures" / f"{name}.csv"))
