"""What observers uncovered of faces behind tiles, as a reference."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.errors import UserError
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.observers.maps import RELEVANT_SHARE, ObserverMaps, ObserversReference, over_stimuli
from fer_xai.face.observers.stimuli import Stimuli
from fer_xai.face.observers.tile_grid import TileGrid
from fer_xai.face.observers.tile_tables import TileTables

_NODE = "reference.tiles"
#: From so many stimuli of an expression on, a note on their number would say nothing.
MANY_STIMULI = 10


class TilesReference(ObserversReference):
    """Maps of observers from an experiment that uncovered faces tile by tile (M. Wegrzyn et al., PLOS ONE 12(5):
    e0177239, 2017).

    Args:
        files: tables of weights (observer, stimulus, t0, t1 ...) or of trials (observer, stimulus, answer, right,
            tiles); a path, or a list of them.
        stimuli: table of the stimuli, see `Stimuli.read`.
        pictures: folder of the stimuli's pictures, where no table tells size and landmarks.
        rows: of the grid.
        columns: of the grid.
        numbering: order of the tiles' numbers, see `TileGrid`.
        first_tile: number of the first tile, in trials.
        quickest: right answers after more tiles than this do not count; None for a third of the tiles.
        observer_column: who answered.
        stimulus_column: what was shown.
        answer_column: what was answered.
        right_column: whether that was right; not needed where the answer is there.
        tiles_column: the tiles in the order of uncovering, with anything but digits between them.
        share: of the pixels, the most relevant ones that count as a set.
        name: what tables call it.
        frame: rows and columns.

    Raises:
        UserError: data that cannot be read, a grid that does not match them, no weights at all.
    """

    def __init__(
        self,
        files: Any,
        stimuli: str | Path | None,
        pictures: str | Path | None = None,
        rows: int = 8,
        columns: int = 6,
        numbering: str = "column",
        first_tile: int = 0,
        quickest: float | None = None,
        observer_column: str = "observer",
        stimulus_column: str = "stimulus",
        answer_column: str = "answer",
        right_column: str = "right",
        tiles_column: str = "tiles",
        share: float = RELEVANT_SHARE,
        name: str = "tiles",
        frame: tuple[int, int] = FRAME_SHAPE,
    ) -> None:
        grid = TileGrid(rows, columns, numbering, first_tile, _NODE)
        if quickest is not None and (isinstance(quickest, bool) or not 0 < quickest <= len(grid)):
            raise UserError(f"{_NODE}.quickest={quickest}: a number of tiles above 0 and at most {len(grid)} is needed")
        known = Stimuli.read(stimuli, f"{_NODE}.stimuli", pictures)
        named = {
            "observer": observer_column,
            "stimulus": stimulus_column,
            "answer": answer_column,
            "right": right_column,
            "tiles": tiles_column,
        }
        tables = TileTables(grid, quickest, named, _NODE)
        weights = pd.concat([tables.read(file, known) for file in _paths(files)], ignore_index=True)
        maps = tile_maps(weights, known, grid, frame)
        if not maps:
            raise UserError(f"{_NODE}.files: no observer has a weight: there is no right answer that was quick enough")
        super().__init__(name, maps, share, frame, note_on(weights.groupby("expression")["stimulus"].nunique().min()))


def tile_maps(
    weights: pd.DataFrame, stimuli: Stimuli, grid: TileGrid, frame: tuple[int, int] = FRAME_SHAPE
) -> dict[str, ObserverMaps]:
    """Each observer's map of each expression, see `over_stimuli`.

    Args:
        weights: as `TileTables.read` gives them.
        stimuli: all of theirs.
        grid: of tiles.
        frame: rows and columns.

    Returns:
        Expression -> maps of those who have weights for one of its stimuli, by name; only expressions with observers.

    Raises:
        UserError: a stimulus without size or landmarks.
    """
    there = weights[weights[range(len(grid))].notna().any(axis=1)]
    maps = {}
    for shown, rows in there.groupby("expression"):
        names = sorted(rows["observer"].unique())
        by_stimulus = {str(name): of.set_index("observer").reindex(names) for name, of in rows.groupby("stimulus")}
        values = {name: of[range(len(grid))].to_numpy(np.float64) for name, of in by_stimulus.items()}
        painted = (
            grid.to_canonical(of, stimuli.size_of(name), stimuli.landmarks_of(name), frame)
            for name, of in values.items()
        )
        counts = [np.isfinite(of).any(axis=1).astype(int).tolist() for of in values.values()]
        maps[str(shown)] = over_stimuli(names, painted, counts)
    return maps


def note_on(fewest: int) -> str:
    """One sentence where an expression was seen on few stimuli only, else nothing.

    Args:
        fewest: number of the stimuli of the expression that has the fewest.
    """
    if fewest >= MANY_STIMULI:
        return ""
    faces = "a single face" if fewest == 1 else f"only {fewest} faces"
    return f"Observers saw {faces} per expression: what holds for these need not hold for faces at large."


def _paths(files: Any) -> list[Path]:
    listed = [files] if isinstance(files, str | Path) else files
    if not isinstance(listed, Sequence) or not listed:
        raise UserError(f"{_NODE}.files={files}: it is a table of weights or of trials, or a list of them")
    return [Path(str(file)).expanduser() for file in listed]
