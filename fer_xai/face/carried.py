"""A reference carried from the canonical face to the faces of a batch, on their device."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fer_xai.face.masks import Reference
from fer_xai.face.warp import CanonicalWarp

#: Rows and columns of the canonical face from which is carried: a quarter of the frame's, about as fine as the grid in
#: faces, so that no detail falls between the points at which it is read.
_FRAME = (69, 56)


class CarriedReference:
    """Gives a reference's maps in the places of faces, by the warp the other way round.

    Args:
        reference: with a map for each class.
        classes: their names, in the order of labels.

    Raises:
        UserError: the reference has nothing for a class.
    """

    def __init__(self, reference: Reference, classes: Sequence[str]) -> None:
        maps = [(reference.weights_of(name), reference.known_of(name).astype(np.float32)) for name in classes]
        whole = torch.from_numpy(np.array([(weights * known, known) for weights, known in maps], dtype=np.float32))
        self._maps = F.adaptive_avg_pool2d(whole, _FRAME)
        self._warp = CanonicalWarp(_FRAME)

    def __call__(self, labels: Tensor, landmarks: Tensor, side: int, grid: int) -> Tensor:
        """The maps of faces.

        Args:
            labels: int64 (b,).
            landmarks: (b, 68, 2), x before y, in pixels of crops.
            side: of the square crops in pixels.
            grid: rows and columns of the maps, which cover the crops.

        Returns:
            float32 (b, 2, grid, grid): weights, 0 where unknown, and which are known; both in [0, 1], and 0 where the
            mesh does not reach.
        """
        if self._maps.device != labels.device:
            self._maps = self._maps.to(labels.device)
        # Pixel centres are whole numbers in both.
        scaled = (landmarks + 0.5) * (grid / side) - 0.5
        return self._warp.inverse(self._maps[labels], scaled, grid)[0]
