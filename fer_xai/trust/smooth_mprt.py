"""Smooth MPRT: randomisation, with maps that are means over noisy images, so that noise is not taken for a change."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.passes import at_least
from fer_xai.trust.base import Trial
from fer_xai.trust.measures import Curve, Measure
from fer_xai.trust.randomisation import Randomisation, layers_from_head

#: In which order layers lose what they have learned.
BOTTOM_UP, TOP_DOWN = "bottom_up", "top_down"


class SmoothMPRT(Randomisation):
    """The smooth model parameter randomisation test (Hedström et al., 2024, arXiv 2401.06465); lower is better.

    As `Randomisation`, with two changes. A map is the mean of the maps of `samples` images: the image itself and others
    with Gaussian noise, the same noise for the trained network and the random ones. A noisy map is unlike any other for
    its noise alone, and passes the plain test by it. And layers become random from the first one up: from the head
    down, the first layers go on telling where the picture has structure (Binder et al., CVPR 2023).

    Measures are those of `Randomisation`. What it cannot tell: whether the map of the trained network is right, only
    whether it hangs on what was learned. The means are those of another explainer, the smoothed one; with few samples
    some noise is left. All figures come from one draw of random weights.

    Args:
        shares: of the layers, that are random.
        samples: images per map, one of them without noise; the paper has 50.
        noise: standard deviation of the noise, as a share of the range of the image's values.
        order: bottom_up, or top_down as in `Randomisation`.

    Raises:
        UserError: shares that do not rise from above 0 to 1, fewer than two samples, noise that is not above 0, or an
            order that is neither.
    """

    title = "Smooth MPRT"
    sentence = (
        "As randomisation, of maps that are means over noisy copies of the image, layers losing what was learned from "
        "the first one up; 1 means that the map does not depend on what was learned."
    )
    key = "trust.smooth_mprt"
    _CURVE = Curve("share of layers randomised", "NCC")
    measures = (
        Measure("area_ncc", "smooth MPRT (local maps)", higher_is_better=False),
        Measure("area_global_ncc", "smooth MPRT (global maps)", False, of="global maps", shown=False),
        Measure("area_spearman", "smooth MPRT (local maps, ranks)", higher_is_better=False, shown=False),
        Measure("ncc", "Smooth MPRT: local maps", False, _CURVE),
        Measure("global_ncc", "Smooth MPRT: global maps", False, _CURVE, of="global maps", shown=False),
        Measure("spearman", "Smooth MPRT: local maps, ranks", False, _CURVE, shown=False),
    )

    def __init__(
        self,
        shares: Sequence[float] = (0.25, 0.5, 0.75, 1.0),
        samples: int = 10,
        noise: float = 0.1,
        order: str = BOTTOM_UP,
    ) -> None:
        super().__init__(shares)
        at_least(samples, 2, f"{self.key}.samples")
        if not noise > 0:
            raise UserError(f"{self.key}.noise={noise}: must be above 0, such as 0.1")
        if order not in (BOTTOM_UP, TOP_DOWN):
            raise UserError(f"{self.key}.order={order}: known are {BOTTOM_UP} and {TOP_DOWN}")
        self.samples, self.noise, self.order = samples, noise, order

    def layers(self, network: nn.Module, image: Tensor) -> list[list[nn.Module]]:
        """The layers in the order in which they are randomised."""
        from_head = layers_from_head(network, image)
        return from_head if self.order == TOP_DOWN else from_head[::-1]

    def maps(self, trial: Trial, network: nn.Module | None = None) -> list[Tensor]:
        """Means over noisy images, a batch (b, h, w) per question."""
        smooth = []
        clean = super().maps(trial, network)
        for question, maps in zip(trial.questions, clean, strict=True):
            noisy = (self._noisy(question, trial.seed, sample) for sample in range(1, self.samples))
            smooth.append(maps + sum(trial.explain(asked, network) for asked in noisy))
        return [maps / self.samples for maps in smooth]

    def _noisy(self, question: Question, seed: int, sample: int) -> Question:
        """The question about the same images with noise, which follows from the seed, the image and the sample."""
        images = question.images
        rngs = [np.random.default_rng((seed, number, sample)) for number in question.seeds]
        drawn = np.stack([rng.standard_normal(images.shape[1:], dtype=np.float32) for rng in rngs])
        flat = images.flatten(1)
        spread = self.noise * (flat.amax(dim=1) - flat.amin(dim=1))
        return question.changed(images=images + torch.from_numpy(drawn).to(images) * spread[:, None, None, None])
