"""The grid of tiles that covered a picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fer_xai.errors import UserError
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.observers.numpy_warp import look_up_of

_NUMBERINGS = ("column", "row")


@dataclass(frozen=True)
class TileGrid:
    """Tiles of equal size over a whole picture, numbered from the upper left corner.

    Attributes:
        rows: of tiles.
        columns: of tiles.
        numbering: `column`: down each column, tile = rows * column + row; `row`: along each row.
        first: number of the first tile, 0 or 1.
        node: config node of the reference, for messages.

    Raises:
        UserError: a value is out of range.
    """

    rows: int = 8
    columns: int = 6
    numbering: str = "column"
    first: int = 0
    node: str = "reference.tiles"

    def __post_init__(self) -> None:
        for key, value in (("rows", self.rows), ("columns", self.columns)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise UserError(f"{self.node}.{key}={value}: a whole number of at least 1 is needed")
        if self.numbering not in _NUMBERINGS:
            raise UserError(f"{self.node}.numbering={self.numbering}: known are {', '.join(_NUMBERINGS)}")
        if self.first not in (0, 1):
            raise UserError(f"{self.node}.first_tile={self.first}: tiles are numbered from 0 or from 1")

    def __len__(self) -> int:
        return self.rows * self.columns

    def __str__(self) -> str:
        end = self.first + len(self) - 1
        return f"a grid of {self.columns} columns x {self.rows} rows has {len(self)} tiles, {self.first} to {end}"

    def tile_of_pixels(self, width: int, height: int) -> NDArray[np.int64]:
        """The place of each pixel's tile in the order of numbering, from 0: (height, width).

        Examples:
            >>> TileGrid(rows=2, columns=2).tile_of_pixels(4, 2)
            array([[0, 0, 2, 2],
                   [1, 1, 3, 3]])
        """
        column = np.arange(width)[None, :] * self.columns // width
        row = np.arange(height)[:, None] * self.rows // height
        return self.rows * column + row if self.numbering == "column" else self.columns * row + column

    def to_canonical(
        self,
        values: NDArray[np.floating],
        size: tuple[int, int],
        landmarks: NDArray[np.floating],
        frame: tuple[int, int] = FRAME_SHAPE,
    ) -> NDArray[np.float32]:
        """Values of tiles as maps in the canonical frame: the warp of pictures that are painted with them.

        Tiles are so much coarser than pixels that smeared triangles around the face are no harm.

        Args:
            values: (n, tiles), NaN where unknown.
            size: width and height of the picture in pixels.
            landmarks: (68, 2) in its pixels.
            frame: rows and columns.

        Returns:
            (n, rows, columns) float32, NaN where the picture does not show the pixel or its tile is unknown.
        """
        width, height = size
        look_up = look_up_of(landmarks, (height, width), frame, smeared=True)
        tile = self.tile_of_pixels(width, height).ravel()[look_up.pixel[:, look_up.valid]]
        pixels = tile.shape[1]
        at = (look_up.weight[:, look_up.valid].ravel(), (np.tile(np.arange(pixels), 4), tile.ravel()))
        mean = csr_array(at, shape=(pixels, len(self)))
        known = np.isfinite(values)
        some = known.any(axis=1)
        shown = (mean @ np.where(known, values, 0)[some].T).T
        if not known[some].all():
            shown[(mean @ known[some].T.astype(np.float64)).T < 1 - 1e-9] = np.nan
        maps = np.full((len(values), look_up.valid.size), np.nan, dtype=np.float32)
        maps[np.ix_(some, look_up.valid.ravel())] = shown
        return maps.reshape(len(values), *frame)
