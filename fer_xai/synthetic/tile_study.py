"""Drawn faces as stimuli of an experiment that uncovers them tile by tile, in the form that `reference=tiles` reads."""

from pathlib import Path

import pandas as pd

from fer_xai.face.observers.tile_grid import TileGrid
from fer_xai.files import write_csv
from fer_xai.synthetic.drawn_tables import landmark_array, landmark_table
from fer_xai.synthetic.picture_plan import Picture
from fer_xai.synthetic.seeds import stream


def write_tile_study(out: Path, pictures: list[Picture], size: int, seed: int, grid: TileGrid, observers: int) -> None:
    """Write what an experiment needs beside its pictures.

    Args:
        out: folder, made if need be: `stimuli.csv` (stimulus, image, expression, width, height, x0, y0 ... x67, y67),
            `grid.csv` (the pixels of each tile) and `trials.csv`, see `trials_table`.
        pictures: that observers see.
        size: side of the pictures in pixels.
        seed: another seed gives other orders.
        grid: of tiles.
        observers: how many there are to be.

    Raises:
        UserError: the folder cannot be written.
    """
    facts = pd.DataFrame(
        {
            "stimulus": [picture.name for picture in pictures],
            "image": [f"images/{picture.name}.png" for picture in pictures],
            "expression": [picture.expression for picture in pictures],
            "width": size,
            "height": size,
        }
    )
    landmarks = landmark_table(facts["image"].tolist(), landmark_array(pictures, size)).round(3)
    write_csv(out / "stimuli.csv", facts.merge(landmarks, on="image", validate="1:1"))
    write_csv(out / "grid.csv", grid_table(grid, size))
    write_csv(out / "trials.csv", trials_table(pictures, seed, grid, observers))


def grid_table(grid: TileGrid, size: int) -> pd.DataFrame:
    """The first and last row and column of pixels of each tile of a square picture.

    Examples:
        >>> grid_table(TileGrid(rows=2, columns=1), 9)
           tile  left  top  right  bottom
        0     0     0    0      8       4
        1     1     0    5      8       8
    """
    tiles = grid.tile_of_pixels(size, size)
    rows = []
    for tile in range(len(grid)):
        y, x = (tiles == tile).nonzero()
        rows.append((tile, x.min(), y.min(), x.max(), y.max()))
    return pd.DataFrame(rows, columns=["tile", "left", "top", "right", "bottom"])


def trials_table(pictures: list[Picture], seed: int, grid: TileGrid, observers: int) -> pd.DataFrame:
    """Every trial of an experiment, to be filled in.

    Returns:
        A row per observer and picture, each observer's in a random order: observer, stimulus, order (all tiles in the
        random order of uncovering), and the empty columns tiles (those of them that were uncovered when the observer
        answered) and answer (the expression that he or she named).
    """
    rows = []
    for observer in range(observers):
        for place in stream("tiles", seed, observer).permutation(len(pictures)):
            picture = pictures[place]
            keys = (observer, picture.subject, picture.index, int(bool(picture.cue)))
            order = stream("tiles", seed, *keys).permutation(len(grid))
            rows.append((f"o{observer:03d}", picture.name, "-".join(map(str, order)), "", ""))
    return pd.DataFrame(rows, columns=["observer", "stimulus", "order", "tiles", "answer"])
