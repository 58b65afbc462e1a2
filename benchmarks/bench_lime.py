"""What LIME costs beside the network's own passes."""

import time

import torch
from torch import Tensor, nn

from benchmarks.harness import Measured, row
from fer_xai.explainers.base import Question
from fer_xai.explainers.lime import LIME
from fer_xai.models.timm_backbone import TimmNetwork

#: A fifth of the paper's passes: what is done once per image, such as the superpixels, weighs five times as much.
SAMPLES = 200


class Timed(nn.Module):
    """Counts the seconds of a network's forward passes."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.seconds = 0.0

    def forward(self, images: Tensor) -> Tensor:
        start = time.perf_counter()
        logits = self.network(images)
        self.seconds += time.perf_counter() - start
        return logits


@row("LIME beside its forward passes, ResNet50", target=0.03, unit="of the passes' time", higher_is_better=False)
def lime_beside_its_passes() -> Measured:
    """One image at 224 px: superpixels, masks, hidden pictures and regression, as a share of the forward passes."""
    network = Timed(TimmNetwork("resnet50.tv_in1k", 224)).eval()
    images = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    images = nn.functional.interpolate(images, size=(224, 224), mode="bicubic").clamp(0, 1)
    lime = LIME(samples=SAMPLES)
    LIME(samples=2).explain(network, "", Question(images, torch.tensor([0])))  # what is imported and built only once
    network.seconds, start = 0.0, time.perf_counter()
    lime.explain(network, "", Question(images, torch.tensor([0])))
    whole, passes = time.perf_counter() - start, network.seconds
    return Measured(whole / passes - 1, {"passes": passes, "all else": whole - passes})
