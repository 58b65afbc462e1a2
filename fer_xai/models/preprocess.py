"""From crops of faces to what networks take."""

import torch.nn.functional as F
from torch import Tensor


def network_input(crops: Tensor, size: int, mean: Tensor, std: Tensor) -> Tensor:
    """Crops as a network takes them: scaled to its size, pixel areas aligned, and normalised.

    Args:
        crops: uint8 (b, 3, s, s).
        size: side of the network's input in pixels.
        mean: (1, 3, 1, 1), subtracted from pictures in [0, 1].
        std: (1, 3, 1, 1), what they are divided by then.

    Returns:
        float32 (b, 3, size, size).
    """
    images = crops.float() / 255
    if images.shape[-1] != size:
        images = F.interpolate(images, size=(size, size), mode="bilinear", antialias=True, align_corners=False)
    return (images - mean) / std
