"""Named regions of the face: outlines in the canonical frame, and where they lie in a picture."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fer_xai.errors import UserError
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.polygons import fill, outline_points
from fer_xai.face.warp import CanonicalWarp

#: What no region covers.
BACKGROUND = "background"


class FaceRegions:
    """A division of the face.

    Args:
        regions: name -> outlines, each a list of corners, see `fer_xai.face.polygons.Vertex`. Where they overlap, the
            later region counts.

    Attributes:
        names: of the regions, and `background` at the end.
        canonical: number of each pixel's region in the canonical frame, int64 (rows, columns).

    Raises:
        UserError: there are no regions, an outline is none, or nothing is left of a region.
    """

    def __init__(self, regions: Mapping[str, Sequence[Sequence]]) -> None:
        if not regions or BACKGROUND in regions:
            raise UserError(f"regions: at least one is needed, and none of the name {BACKGROUND}, which is added")
        self.names = (*map(str, regions), BACKGROUND)
        canonical = np.full(FRAME_SHAPE, len(regions))
        for number, (name, outlines) in enumerate(regions.items()):
            for outline in outlines:
                canonical[fill(outline_points(outline, f"regions.{name}"))] = number
        lost = set(range(len(regions))) - set(np.unique(canonical).tolist())
        if lost:
            raise UserError(f"regions.{self.names[min(lost)]}: nothing is left of it, for later regions cover it")
        self.canonical = torch.from_numpy(canonical)
        self._warp = CanonicalWarp()

    def labels(self, landmarks: Tensor, size: tuple[int, int]) -> Tensor:
        """Where the regions lie in pictures.

        Args:
            landmarks: (b, 68, 2), x before y, in pixels of the pictures.
            size: rows and columns of the pictures.

        Returns:
            Number of each pixel's region, int64 (b, rows, columns) on the device of `landmarks`; all background where
            landmarks are not finite.
        """
        one_hot = F.one_hot(self.canonical, len(self.names)).permute(2, 0, 1).to(landmarks.device, torch.float32)
        carried, valid = self._warp.inverse(one_hot.expand(len(landmarks), -1, -1, -1), landmarks, size)
        return carried.argmax(dim=1).where(valid, len(self.names) - 1)
