"""What known evidence costs: drawing faces without their action units, and asking networks about them."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks.harness import Measured, row
from fer_xai.data.preparation.prepare import PreparedFaces, prepare
from fer_xai.explainers.base import Question
from fer_xai.explainers.evidence import KnownEvidence
from fer_xai.face.landmarks import GivenFinder
from fer_xai.models.network import Network
from fer_xai.models.preprocess import network_input
from fer_xai.models.songnet import SongNet
from fer_xai.models.timm_backbone import TimmNetwork
from fer_xai.models.weinet import WeiNet
from fer_xai.synthetic.interventions import Interventions
from fer_xai.synthetic.source import SyntheticSource

PEOPLE = 6
#: At the sizes of a first look, as in the demo.
NETWORKS: dict[int, Callable[[int], Network]] = {
    48: WeiNet,
    96: SongNet,
    112: lambda size: TimmNetwork("mobilenetv3_large_100.ra_in1k", size),
}


def ask(faces: PreparedFaces, rows: np.ndarray, size: int, interventions: Interventions) -> Question:
    crops = torch.from_numpy(np.stack([faces.crops[row] for row in rows])).permute(0, 3, 1, 2)
    zero, one = torch.zeros(1, 3, 1, 1), torch.ones(1, 3, 1, 1)
    images, classes = network_input(crops, size, zero, one), torch.from_numpy(faces.labels[rows])
    return Question(images, classes, index=torch.from_numpy(rows), interventions=interventions)


@row("known evidence of 36 faces for three networks, empty cache", 90, "seconds", higher_is_better=False)
def three_networks() -> Measured:
    """In batches of 32 as a run asks; the first network is the one that has them drawn."""
    networks = [(build(size), size) for size, build in NETWORKS.items()]
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        faces = prepare(SyntheticSource(PEOPLE, per_expression=1, cache_dir=folder).read(), GivenFinder(), cache)
        interventions, rows = Interventions(faces, cache), np.arange(len(faces))
        for network, size in networks:
            start = time.perf_counter()
            for some in (rows[:32], rows[32:]):
                KnownEvidence("known evidence").of(network, ask(faces, some, size, interventions))
            seconds.append(time.perf_counter() - start)
    return Measured(sum(seconds), {"first network": seconds[0], "others": sum(seconds[1:]) / 2})
