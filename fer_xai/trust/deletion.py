"""Deletion: relevant pixels are taken away first; the class's probability should fall early."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy.integrate import trapezoid
from torch import Tensor

from fer_xai.errors import UserError
from fer_xai.explainers.hiding import can_be_hidden, check_hiding, hidden_pictures
from fer_xai.trust.base import ImageFigures, Trial
from fer_xai.trust.measures import Curve, Measure
from fer_xai.trust.pixel_ranks import probability, ranks, share_of


class Deletion:
    """The deletion curve (Petsiuk et al., RISE, BMVC 2018, section 4.2) and the area under it; lower is better.

    The class's probability against the share of pixels that are hidden, the most relevant first.

    Args:
        fills: what hidden pixels show, words of `hiding.HIDDEN`; each gives a curve `probability_FILL` and an
            `area_FILL`.
        steps: parts of the way from all pixels to none.

    Raises:
        UserError: no fill, an unknown one, or no step.
    """

    title = "Deletion"
    sentence = "Area under the class's probability while the most relevant pixels are hidden first."
    by_order = True
    higher_is_better = False
    #: What the shares of the curve are.
    shares_of = "share of pixels hidden"

    def __init__(self, fills: Sequence[str] = ("mean", "blur"), steps: int = 20) -> None:
        name = type(self).__name__.lower()
        if not fills or steps < 1:
            raise UserError(f"trust.{name}: fills={list(fills)} steps={steps}: at least one of each is needed")
        self.fills = [check_hiding(fill, f"trust.{name}.fills") for fill in fills]
        self.steps = steps

    @property
    def measures(self) -> Sequence[Measure]:
        """A curve and the area under it for each fill."""
        curve = Curve(self.shares_of, "probability")
        pairs = [
            (
                Measure(f"area_{fill}", f"{self.title.lower()} ({fill})", self.higher_is_better, faithful=True),
                Measure(f"probability_{fill}", f"{self.title}: {fill}", self.higher_is_better, curve),
            )
            for fill in self.fills
        ]
        return [measure for pair in pairs for measure in pair]

    def run(self, trial: Trial) -> Iterator[ImageFigures]:
        """See `TrustTest.run`; the area is that under the curve between the shares 0 and 1, by trapezoids."""
        shares = np.arange(self.steps + 1) / self.steps
        for fill in self.fills:
            curves = []
            for question, maps in zip(trial.questions, trial.maps, strict=True):
                places, hidden = ranks(maps, question, trial.seed), hidden_pictures(question, fill)
                pictures = (self.changed(question.images, hidden, share_of(places, share)) for share in shares)
                probabilities = [probability(trial.network, question, picture, maps) for picture in pictures]
                # Of a picture that cannot be hidden so nothing is known, not even its beginning.
                known = can_be_hidden(hidden).cpu().numpy()
                curves.append(np.where(known, np.stack(probabilities), np.nan))
            curve = np.concatenate(curves, axis=1)
            for share, values in zip(shares, curve, strict=True):
                yield ImageFigures(f"probability_{fill}", values, float(share))
            yield ImageFigures(f"area_{fill}", trapezoid(curve, shares, axis=0))

    def changed(self, images: Tensor, hidden: Tensor, first: Tensor) -> Tensor:
        """Images (b, 3, h, w) with the `first` pixels, bool (b, 1, h, w), replaced by the hidden pictures."""
        return torch.where(first, hidden, images)
