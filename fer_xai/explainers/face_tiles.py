"""A grid of tiles over faces: that of the photographs which people saw, carried along by the canonical face."""

import torch
from torch import Tensor

from fer_xai.errors import UserError
from fer_xai.face.warp import CanonicalWarp


class FaceTiles:
    """Tiles of equal size over the photograph; tile = rows * column + row, column 0 at the left, row 0 on top.

    What a face shows beyond the photograph's edges belongs to the nearest tile, so that all tiles together are the
    whole picture.

    Args:
        columns: number of columns.
        rows: number of rows.
        name: of whose settings they are, in the message.

    Raises:
        UserError: fewer than two tiles, or more than can be told apart.
    """

    #: More columns or rows would be finer than the landmarks are.
    MOST = 64

    def __init__(self, columns: int, rows: int, name: str = "uncovering") -> None:
        for key, number in (("columns", columns), ("rows", rows)):
            if not 1 <= number <= self.MOST:
                raise UserError(f"{name}.{key}={number}: from 1 to {self.MOST} tiles side by side")
        if columns * rows < 2:
            raise UserError(f"{name}.columns={columns}, {name}.rows={rows}: at least two tiles are needed")
        # With OpenCV, which other explainers do without.
        from fer_xai.face.observers.photograph import photograph_coordinates

        self.columns, self.rows = columns, rows
        self._warp = CanonicalWarp()
        self._coordinates = torch.tensor(photograph_coordinates(), dtype=torch.float32)

    def __len__(self) -> int:
        return self.columns * self.rows

    def labels(self, landmarks: Tensor, size: tuple[int, int]) -> Tensor:
        """Where the tiles lie in pictures.

        Args:
            landmarks: (b, 68, 2), x before y, in pixels of the pictures.
            size: rows and columns of the pictures.

        Returns:
            Number of each pixel's tile, int64 (b, rows, columns) on the device of `landmarks`; the number of tiles
            where the landmarks leave a pixel without one.
        """
        canonical = self._coordinates.to(landmarks.device).expand(len(landmarks), -1, -1, -1)
        carried, valid = self._warp.inverse(canonical, landmarks, size)
        column, row = (
            (share * number).floor().long().clamp(0, number - 1)
            for share, number in zip(carried.unbind(dim=1), (self.columns, self.rows), strict=True)
        )
        return (self.rows * column + row).where(valid, len(self))
