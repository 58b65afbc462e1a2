"""A training step that draws the network's own maps to a reference, against a plain one."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.bench_training import BATCH, mobilenet, songnet
from benchmarks.harness import Measured, ratio, row
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import CANONICAL_POINTS, FRAME_SHAPE
from fer_xai.face.carried import CarriedReference
from fer_xai.face.masks import Reference
from fer_xai.models.alignment import Alignment
from fer_xai.models.module import Batch, ExpressionModule

CROP = 112


def _batch() -> Batch:
    rng = np.random.default_rng(0)
    points = CANONICAL_POINTS[:68] * (CROP / np.array(FRAME_SHAPE[::-1])) + rng.normal(0, 0.5, (BATCH, 68, 2))
    return {
        "image": torch.tensor(rng.integers(0, 256, (BATCH, 3, CROP, CROP), dtype=np.uint8)),
        "label": torch.arange(BATCH) % 6,
        "landmarks": torch.tensor(points, dtype=torch.float32),
    }


def _step(module: ExpressionModule, alignment: Alignment | None) -> Callable[[], None]:
    """A bare step: what Lightning adds is in both alike."""
    batch, optimizer = _batch(), module.make_optimizer(module.parameters())
    module.network.train()

    def step() -> None:
        images, labels = module.preprocess(batch["image"]), batch["label"]
        if alignment is None:
            loss = F.cross_entropy(module.network(images), labels)
        else:
            targets = alignment.targets(labels, batch["landmarks"], CROP)
            logits, distances = alignment.logits_and_distance(module.network, images, labels, targets)
            loss = F.cross_entropy(logits, labels) + alignment.strength * distances.mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def _cost(make: Callable[[], ExpressionModule], map: str) -> Measured:
    rng = np.random.default_rng(0)
    carry = CarriedReference(Reference("noise", rng.random((len(EXPRESSIONS), *FRAME_SHAPE))), EXPRESSIONS)
    aligned = _step(make(), Alignment(carry, "features", 1.0, map))
    measured = ratio(aligned, _step(make(), None), rounds=5, repeats=1)
    return Measured(1 / measured.value, {"aligned step": measured.seconds["ours"], "plain": measured.seconds["theirs"]})


@row("training step of SongNet at 64 px, maps aligned by Grad-CAM", 1.6, "plain steps", higher_is_better=False)
def songnet_grad_cam() -> Measured:
    return _cost(songnet, "grad_cam")


@row("training step of MobileNetV3 at 112 px, maps aligned by Grad-CAM", 1.6, "plain steps", higher_is_better=False)
def mobilenet_grad_cam() -> Measured:
    return _cost(mobilenet, "grad_cam")


@row("training step of SongNet at 64 px, maps aligned by input gradients", 4, "plain steps", higher_is_better=False)
def songnet_input_gradient() -> Measured:
    return _cost(songnet, "input_gradient")
