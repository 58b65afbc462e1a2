"""What a test of an explainer is given, and what it gives back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from fer_xai.explainers.base import Explainer, Question
from fer_xai.explainers.steps import averageable
from fer_xai.face.canonical import N_LANDMARKS
from fer_xai.face.warp import CanonicalWarp
from fer_xai.metrics.resolution import halve
from fer_xai.trust.measures import Measure

#: The step of a figure that belongs to no curve.
NO_STEP = float("nan")


@dataclass(frozen=True)
class ImageFigures:
    """What a test says of each image.

    Attributes:
        measure: what was measured.
        values: float64 (n,), one per image in the order of the trial; NaN where it is not defined.
        step: where on its curve the figure lies; NaN for a figure by itself.
    """

    measure: str
    values: np.ndarray
    step: float = NO_STEP


@dataclass(frozen=True)
class Frames:
    """Local maps whose means, the global maps, are to be compared with those of step 0.

    Attributes:
        measure: what the correlation of the global maps is called; the area under its curve is `area_MEASURE`.
        step: where on its curve it lies.
        maps: float32 (n, y2, x2), in the canonical frame at half its resolution, NaN where invalid.
    """

    measure: str
    step: float
    maps: np.ndarray


@dataclass
class Trial:
    """An explainer, a network, and the images that both are tested with.

    Attributes:
        explainer: under test.
        network: as it was trained; tests leave it as it is.
        layer: dotted name of the explained layer within `network`.
        questions: batches of images and what is asked of them.
        seed: of the test's random choices.
        warp: into the canonical face, on the device of the images.
        raw_maps: what the explainer has given already, by the row of the face (`Question.rows`); maps of other rows are
            made when they are wanted.
    """

    explainer: Explainer
    network: nn.Module
    layer: str
    questions: Sequence[Question]
    seed: int
    warp: CanonicalWarp
    raw_maps: Mapping[int, Tensor] = field(default_factory=dict)

    @cached_property
    def maps(self) -> list[Tensor]:
        """The maps of the trained network, a batch (b, h, w) per question."""
        return [
            self._averageable(
                torch.stack([self.raw_maps[row] for row in question.rows]).to(question.images.device), question
            )
            if set(question.rows) <= self.raw_maps.keys()
            else self.explain(question)
            for question in self.questions
        ]

    def explain(self, question: Question, network: nn.Module | None = None) -> Tensor:
        """Local maps as they are averaged (ReLU, local weighting), in the resolution of the network's input.

        Args:
            question: images and what is asked; what tests and explainers have computed of the trained network for this
                very question is not computed again (`Question.changed` gives one of which nothing is known yet).
            network: another one than the trained; nothing is taken over for it, whose weights may change.

        Returns:
            float32 (b, h, w).
        """
        if network is None:
            raw = self.explainer.explain(self.network, self.layer, question)
        else:
            raw = self.explainer.explain(network, self.layer, question.changed())
        return self._averageable(raw, question)

    def _averageable(self, raw: Tensor, question: Question) -> Tensor:
        size = question.images.shape[-1]
        return averageable(raw, size, self.explainer.positive, self.explainer.local_scale)[0].float()

    def frames(self, maps: Sequence[Tensor]) -> np.ndarray:
        """Maps (b, h, w) per question, carried to the canonical face: (n, y2, x2), NaN where invalid.

        Images whose landmarks are not known have no valid pixel.
        """
        frames = []
        for question, batch in zip(self.questions, maps, strict=True):
            landmarks = question.landmarks
            if landmarks is None:
                landmarks = torch.full((len(question), N_LANDMARKS, 2), torch.nan)
            warped, valid = self.warp(batch, landmarks.to(batch.device))
            # Of a block that is not valid throughout, NaN is left.
            frames.append(halve(warped.masked_fill(~valid, torch.nan).float().cpu().numpy()))
        return np.concatenate(frames)


class TrustTest(Protocol):
    """One test.

    Attributes:
        title: its name for people.
        sentence: what its figures mean, in one sentence; for the report.
        by_order: whether only the order of the pixels by relevance counts, so that random orders can be compared with.
            A test that others are compared with names them itself in `baselines`: name -> made from a seed.
            One that looks at `Trial.maps` and at nothing else says so by `of_maps_alone = True`: imported maps, which
            come without their network, are put to it as well.
    """

    title: str
    sentence: str
    by_order: bool

    @property
    def measures(self) -> Sequence[Measure]:
        """Everything that `run` gives, by the names that it gives it; of `Frames` also the area under their curve."""
        ...

    def run(self, trial: Trial) -> Iterator[ImageFigures | Frames]:
        """What the test finds.

        Raises:
            NotApplicableError: the test does not fit this network or explainer.
            UserError: as the explainer raises it.
        """
        ...
