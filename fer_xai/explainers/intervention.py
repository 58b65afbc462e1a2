"""The true map of a drawn face: what each action unit is worth to the network, spread over where it shows."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from fer_xai.explainers.base import Question
from fer_xai.explainers.evidence import KnownEvidence


class Intervention:
    """What the network uses, measured: the face is drawn again without some of its action units.

    The value of an action unit is its Shapley value; it is spread over where the unit shows by the absolute difference
    that the unit alone makes to the full picture, so that the map's mean where the unit shows is the value. Units that
    show in the same place (cosine above 0.5) share one value.
    It is about the faces as they are drawn, so that a change of the images (such as noise added to them) does not
    change it. Photographs have no such map: among drawn faces theirs are not finite, and are left out and counted.

    Args:
        exact_up_to: with at most so many units or groups of units all their subsets are drawn, 1 to 10.
        drawings: at most so many drawings of a face otherwise, at least 40.
        output: what is shared out: log_probability, probability or logit.
        units: action units that may be taken away, such as [9, 12]; None for all.
        batch_size: pictures per pass.
        seed: of the random choices.
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.

    Raises:
        UserError: a setting is out of range, or an action unit does not exist.
    """

    title = "intervention"

    #: Its maps are the truth that others are held against.
    true_map = True
    #: They are of the faces as they were drawn, wherever a changed picture shows these.
    as_drawn = True

    def __init__(
        self,
        exact_up_to: int = 5,
        drawings: int = 40,
        output: str = "log_probability",
        units: Sequence[str | int] | None = None,
        batch_size: int = 64,
        seed: int = 0,
        local_scale: str = "mass",
        positive: bool = True,
    ) -> None:
        self.evidence = KnownEvidence("intervention", exact_up_to, drawings, output, units, batch_size, seed)
        self.local_scale, self.positive = local_scale, positive

    def check_faces(self, key: str, frame: pd.DataFrame) -> None:
        """Refuse data without drawn faces, before any training.

        Args:
            key: of the explainer in the config.
            frame: of the prepared faces.

        Raises:
            UserError: there are none.
        """
        # With OpenCV, which other explainers do without.
        from fer_xai.synthetic.interventions import refuse_photographs

        refuse_photographs(key, frame)

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, NaN for a photograph."""
        size = question.images.shape[-1]
        nothing = np.full((size, size), np.nan, np.float32)
        evidence = self.evidence.of(network, question)
        maps = [nothing if one is None else one.true_map(size) for one in evidence]
        return torch.from_numpy(np.array(maps).reshape(-1, size, size)).to(question.images.device)
