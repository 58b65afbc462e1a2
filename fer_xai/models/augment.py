"""Random changes of training images that leave the expression as it is."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.transforms import InterpolationMode, v2
from torchvision.tv_tensors import Image, Mask


class Augment(nn.Module):
    """Mirrors, turns, shifts and changes the contrast of crops, each image by draws of its own.

    Draws come from torch's global generator, which the module seeds by epoch, so that a resumed training sees the same.

    Args:
        flip: probability of a left-right mirror.
        rotation: largest turn either way, in turns (0.03 is 10.8 degrees).
        translation: largest shift, as a share of the side.
        contrast: largest change of contrast either way, as a share.
    """

    def __init__(
        self, flip: float = 0.5, rotation: float = 0.03, translation: float = 0.05, contrast: float = 0.1
    ) -> None:
        super().__init__()
        self.change = v2.Compose(
            [
                v2.RandomHorizontalFlip(flip),
                v2.RandomAffine(360 * rotation, (translation, translation), interpolation=InterpolationMode.BILINEAR),
                v2.ColorJitter(contrast=contrast),
            ]
        )

    def forward(self, crops: Tensor) -> Tensor:
        """Crops uint8 (b, 3, s, s), changed; what comes in from outside a crop is black."""
        return torch.stack([self.change(crop) for crop in crops])

    def with_maps(self, crops: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Crops and maps of the same places, changed by the same draws as crops alone.

        Args:
            crops: uint8 (b, 3, s, s).
            maps: (b, c, n, n), which cover the crops.

        Returns:
            Both, of the same shapes; maps are 0 where something comes in from outside a crop.
        """
        grid, side = maps.shape[-1], crops.shape[-1]
        enlarged = F.interpolate(maps, size=side, mode="nearest")
        pairs = [self.change(Image(crop), Mask(one)) for crop, one in zip(crops, enlarged, strict=True)]
        changed, moved = (
            torch.stack([part.as_subclass(Tensor) for part in parts]) for parts in zip(*pairs, strict=True)
        )
        return changed, F.adaptive_avg_pool2d(moved, grid)
