"""Trials of explainers whose maps are given, on images and networks that tests make up."""

import numpy as np
import torch
from torch import nn

from fer_xai.explainers.base import Question
from fer_xai.face.warp import CanonicalWarp
from fer_xai.trust.base import Frames, Trial


class Brightness(nn.Module):
    """Logits log(p) and log(1 - p), where p is the mean of the first channel: its probability is p."""

    def forward(self, images):
        p = images[:, 0].mean(dim=(1, 2)).clamp(1e-6, 1 - 1e-6)
        return torch.stack([p.log(), (1 - p).log()], dim=1)


class Given:
    """Maps that are given, whatever is asked."""

    local_scale = "none"
    positive = False

    def __init__(self, maps):
        self.maps = maps

    def explain(self, network, layer, question):
        return self.maps[: len(question)].clone()


def trial(explainer, images, network=None, classes=None, **kwargs):
    """A trial with one question about all images; of the first class where none is given."""
    classes = torch.zeros(len(images), dtype=torch.int64) if classes is None else classes
    question = Question(images, classes, index=torch.arange(len(images)), **kwargs)
    return Trial(explainer, network or Brightness(), "features", [question], 0, CanonicalWarp())


def results(test, *arguments, **kwargs):
    """Measure and step (None for none) -> values."""
    found = [item for item in test.run(trial(*arguments, **kwargs)) if not isinstance(item, Frames)]
    return {(item.measure, None if np.isnan(item.step) else round(item.step, 6)): item.values for item in found}
