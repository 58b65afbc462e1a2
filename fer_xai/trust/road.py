"""ROAD: pixels are removed and filled in from their neighbours, so that the shape of the hole tells nothing."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.trust.base import ImageFigures, Trial
from fer_xai.trust.measures import Curve, Measure
from fer_xai.trust.pixel_ranks import probability, ranks, share_of


class Road:
    """Remove and debias (Rong et al., ICML 2022), with the noisy linear imputation of the grad-cam package.

    Measures: the class's probability when a share of the pixels is removed, the most relevant first (`morf`, lower is
    better) and the least relevant first (`lerf`, higher is better); their means over the shares `area_morf` and
    `area_lerf`; and `gap`, the second less the first (higher is better; 0 for a random order).

    Args:
        shares: of the pixels, that are removed.
        noise: standard deviation of the noise that is added to what was filled in, in units of the network's input.

    Raises:
        UserError: no share, or one that is not between 0 and 1.
    """

    title = "ROAD"
    sentence = (
        "How much more probability is left when the least relevant pixels are removed first than when the most "
        "relevant are; what is removed is filled in from its neighbours."
    )
    by_order = True
    _CURVE = Curve("share of pixels removed", "probability")
    measures = (
        Measure("gap", "ROAD gap", higher_is_better=True, faithful=True),
        Measure("area_morf", "ROAD, most relevant first", higher_is_better=False, shown=False),
        Measure("area_lerf", "ROAD, least relevant first", higher_is_better=True, shown=False),
        Measure("morf", "ROAD, most relevant first", False, _CURVE),
        Measure("lerf", "ROAD, least relevant first", True, _CURVE),
    )

    def __init__(self, shares: Sequence[float] = (0.1, 0.3, 0.5, 0.7, 0.9), noise: float = 0.01) -> None:
        if not shares or not all(0 < share < 1 for share in shares):
            raise UserError(f"trust.road.shares={list(shares)}: give shares between 0 and 1, e.g. [0.1,0.5,0.9]")
        self.shares = list(shares)
        self.noise = noise

    def run(self, trial: Trial) -> Iterator[ImageFigures]:
        """See `TrustTest.run`."""
        areas = {}
        for measure, least_first in (("morf", False), ("lerf", True)):
            curves = []
            for question, maps in zip(trial.questions, trial.maps, strict=True):
                places = ranks(maps, question, trial.seed)
                if least_first:
                    places = places[0].numel() - 1 - places
                probabilities = [self._without(trial, question, maps, share_of(places, share)) for share in self.shares]
                curves.append(np.stack(probabilities))
            curve = np.concatenate(curves, axis=1)
            for share, values in zip(self.shares, curve, strict=True):
                yield ImageFigures(measure, values, share)
            areas[measure] = curve.mean(axis=0)
            yield ImageFigures(f"area_{measure}", areas[measure])
        yield ImageFigures("gap", areas["lerf"] - areas["morf"])

    def _without(self, trial: Trial, question: Question, maps: Tensor, removed: Tensor) -> np.ndarray:
        from pytorch_grad_cam.metrics.road import NoisyLinearImputer  # takes a second, and cv2, to import

        impute = NoisyLinearImputer(noise=self.noise)
        filled = []
        for image, gone, number in zip(question.images.cpu(), removed.cpu(), question.seeds, strict=True):
            # The package draws from the global generator: an image's noise must not depend on what came before.
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(trial.seed * 1_000_003 + number)
                filled.append(impute(image.float(), (~gone[0]).float()))
        return probability(trial.network, question, torch.stack(filled).to(question.images), maps)
