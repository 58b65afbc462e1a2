"""What the experiment with tiles costs beside the network's passes."""

import time
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

from benchmarks.harness import Measured, row
from fer_xai.explainers.base import Question
from fer_xai.explainers.uncovering import Uncovering
from fer_xai.face.canonical import CANONICAL_POINTS, FRAME_SHAPE
from fer_xai.models.songnet import SongNet

FACES, SIZE = 60, 64


class Timed(nn.Module):
    """A network that knows how long its passes took."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.seconds, self.pictures = network, 0.0, 0

    def forward(self, images: Tensor) -> Tensor:
        start = time.perf_counter()
        logits = self.network(images)
        self.seconds += time.perf_counter() - start
        self.pictures += len(images)
        return logits


def ask(seed: int, calibration: Callable[[int], Question] | None = None) -> Question:
    images = torch.rand(FACES, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))
    scale = torch.tensor([SIZE / FRAME_SHAPE[1], SIZE / FRAME_SHAPE[0]])
    points = (torch.tensor(CANONICAL_POINTS[:68]) * scale).expand(FACES, -1, -1)
    return Question(images, torch.zeros(FACES, dtype=torch.int64), landmarks=points, calibration=calibration)


@row("share of passes in uncovering 60 faces, SongNet at 64 px", 0.95, "of the time")
def share_of_passes() -> Measured:
    """With the criterion of people, found by 60 other faces."""
    seconds = timed()
    whole, passes = seconds.values()
    return Measured(passes / whole, seconds)


@row("uncovering 60 faces, SongNet at 64 px", 60, "s", higher_is_better=False)
def seconds_of_uncovering() -> Measured:
    """The same, on the clock."""
    return Measured(timed()["whole"], timed())


@cache
def timed() -> dict[str, float]:
    """Seconds of the whole, and of the network's passes in it."""
    torch.manual_seed(0)
    network, others = Timed(SongNet(SIZE).eval()), ask(1)
    question = ask(0, lambda number: others)
    start = time.perf_counter()
    Uncovering().explain(network, "", question)
    whole = time.perf_counter() - start
    return {"whole": whole, f"{network.pictures} passes": network.seconds}
