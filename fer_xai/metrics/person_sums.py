"""Maps of single people: sums of warped heatmaps of each person, at a quarter of the frame's resolution."""

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.metrics.heatmap_mean import block_sums
from fer_xai.metrics.resolution import quarter_shape


class PersonSums:
    """Accumulate warped heatmaps into the mean map of each row of a table, such as a person's of one expression.

    A pixel is the mean over the valid ones of 4 x 4 pixels and of all images of the row, each pixel counting once.

    Args:
        rows: number of rows.
        frame: rows and columns of the warped heatmaps.

    Attributes:
        sums: (rows, ceil(y/4), ceil(x/4)) float64, sums over the valid pixels.
        counts: likewise, int64, how many these are.
        images: (rows,) int64.
    """

    def __init__(self, rows: int, frame: tuple[int, int] = FRAME_SHAPE) -> None:
        self.sums = np.zeros((rows, *quarter_shape(frame)))
        self.counts = np.zeros(self.sums.shape, dtype=np.int64)
        self.images = np.zeros(rows, dtype=np.int64)

    def update(self, warped: Tensor, valid: Tensor, row: ArrayLike) -> None:
        """Add a batch.

        Args:
            warped: (b, y, x) in the canonical frame; values at invalid pixels are ignored.
            valid: bool (b, y, x).
            row: (b,) the row that each map belongs to.
        """
        row = np.asarray(row, dtype=np.int64)
        values = warped.where(valid, 0).double()
        # On the maps' device, for these are a sixteenth of their pixels.
        np.add.at(self.sums, row, block_sums(block_sums(values)).cpu().numpy())
        np.add.at(self.counts, row, block_sums(block_sums(valid.short())).cpu().numpy())
        np.add.at(self.images, row, 1)
