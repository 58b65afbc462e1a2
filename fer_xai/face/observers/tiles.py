"""What observers uncovered of faces behind tiles, as a reference."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.errors import UserError
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.observers.file_names import list_files
from fer_xai.face.observers.maps import RELEVANT_SHARE, ObserverMaps, ObserversReference, over_stimuli
from fer_xai.face.observers.read_once import ReadOnce
from fer_xai.face.observers.reading import LeftOut, Reading, note_on
from fer_xai.face.observers.stimuli import Stimuli
from fer_xai.face.observers.tile_grid import TileGrid
from fer_xai.face.observers.tile_tables import TileTables

_NODE = "reference.tiles"


class TilesReference(ObserversReference, metaclass=ReadOnce):
    """Maps of observers from an experiment that uncovered faces tile by tile (M. Wegrzyn et al., PLOS ONE 12(5):
    e0177239, 2017).

    Args:
        files: tables of weights (observer, stimulus, t0, t1 ...) or of trials (observer, stimulus, answer, right,
            tiles); see `list_files`.
        stimuli: table of the stimuli, see `Stimuli.read`.
        pictures: folder of the stimuli's pictures, where no table tells size and landmarks.
        size: width and height in pixels of stimuli of which neither tells them.
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

    Attributes:
        reading: what was read, and what was left out.

    Raises:
        UserError: data that cannot be read, a grid that does not match them, no weights at all.
    """

    def __init__(
        self,
        files: Any,
        stimuli: str | Path | None,
        pictures: str | Path | None = None,
        size: Sequence[int] | None = None,
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
        known = Stimuli.read(stimuli, f"{_NODE}.stimuli", pictures, size)
        named = {
            "observer": observer_column,
            "stimulus": stimulus_column,
            "answer": answer_column,
            "right": right_column,
            "tiles": tiles_column,
        }
        tables = TileTables(grid, quickest, named, _NODE)
        others = [Path(stimuli)] if stimuli is not None else []
        paths = list_files(files, f"{_NODE}.files", but=others)
        rows_read = pd.concat([tables.read(path, known) for path in paths], ignore_index=True)
        left_out = LeftOut()
        nothing = rows_read[range(len(grid))].isna().all(axis=1)
        weights = left_out.drop(rows_read, nothing, "no weight: no right answer that was quick enough")
        if weights.empty:
            raise UserError(f"{_NODE}.files: no observer has a weight: there is no right answer that was quick enough")
        self.reading = Reading(_facts(weights, known, len(paths), grid), left_out.table())
        faces = weights.groupby("expression")["stimulus"].nunique().min()
        super().__init__(name, tile_maps(weights, known, grid, frame), share, frame, note_on(int(faces)))


def tile_maps(
    weights: pd.DataFrame, stimuli: Stimuli, grid: TileGrid, frame: tuple[int, int] = FRAME_SHAPE
) -> dict[str, ObserverMaps]:
    """Each observer's map of each expression, see `over_stimuli`.

    Args:
        weights: as `TileTables.read` gives them, rows with at least one weight.
        stimuli: all of theirs.
        grid: of tiles.
        frame: rows and columns.

    Returns:
        Expression -> maps of those who have weights for one of its stimuli, by name; only expressions with observers.

    Raises:
        UserError: a stimulus without size or landmarks.
    """
    maps = {}
    for shown, rows in weights.groupby("expression"):
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


def _facts(weights: pd.DataFrame, stimuli: Stimuli, files: int, grid: TileGrid) -> tuple[str, ...]:
    """What was read, as sentences without an end."""
    there = set(weights["expression"])
    without = sorted({expression for expression in stimuli.expressions.values() if expression} - there)
    return (
        f"{files} {'file' if files == 1 else 'files'}, {len(grid)} tiles ({grid.columns} columns x {grid.rows} rows)",
        f"{weights['observer'].nunique()} observers have weights for {weights['stimulus'].nunique()} stimuli",
        *([f"nobody has weights for {', '.join(without)}, so the reference says nothing of it"] if without else []),
    )
