"""Integrated gradients: what each pixel adds to the score on the way from a black picture to the image."""

import logging

import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen

log = logging.getLogger(__name__)


class IntegratedGradients:
    """Integrated gradients (Sundararajan et al., ICML 2017, equation 1), by captum.

    The path is straight, from black (as preprocessed) to the image. A pixel's value is the sum over its channels, with
    its sign; all values of an image sum to the score of the image less that of black. The integral is a sum of
    `n_steps` gradients (Gauss and Legendre's); an image whose values miss that sum by more than `tolerance` is done
    again with twice as many steps, up to `max_steps`. Images that stay further off are kept, and a line in the log
    counts them.

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.
        n_steps: gradients per image at first.
        max_steps: gradients per image at most.
        tolerance: how far the sum may be off, as a share of the difference of the scores.
        batch_size: images per pass, at least one of every image of the batch; changes speed and memory alone.

    Raises:
        UserError: fewer than one step.
    """

    def __init__(
        self,
        local_scale: str = "mass",
        positive: bool = False,
        n_steps: int = 50,
        max_steps: int = 800,
        tolerance: float = 0.01,
        batch_size: int = 32,
    ) -> None:
        if not 1 <= n_steps <= max_steps:
            raise UserError(f"integrated_gradients: n_steps={n_steps} must lie between 1 and max_steps={max_steps}")
        self.local_scale = local_scale
        self.positive = positive
        self.n_steps = n_steps
        self.max_steps = max_steps
        self.tolerance = tolerance
        self.batch_size = batch_size

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, `layer` takes no part."""
        with frozen(network), torch.inference_mode(False), torch.enable_grad():
            maps, off = self._integrate(network, question, self.n_steps)
            incomplete = 0
            for i in (off > self.tolerance).nonzero()[:, 0].tolist():
                one, steps, still_off = question.one(i), self.n_steps, True
                while still_off and 2 * steps <= self.max_steps:
                    steps *= 2
                    again, off_now = self._integrate(network, one, steps)
                    maps[i], still_off = again[0], bool(off_now[0] > self.tolerance)
                incomplete += still_off
        if incomplete:
            log.warning(
                "integrated gradients: %d of %d maps still miss the difference of scores by more than %g of it "
                "with max_steps=%d",
                incomplete,
                len(question),
                self.tolerance,
                self.max_steps,
            )
        return maps

    def _integrate(self, network: nn.Module, question: Question, steps: int) -> tuple[Tensor, Tensor]:
        """Maps (b, y, x), and by what share of the difference of scores each one's sum is off (b,)."""
        from captum.attr import IntegratedGradients as Captum

        images = question.images.clone().detach()
        method = Captum(lambda batch: question.score(network(batch)))
        values, missed = method.attribute(
            images,
            baselines=question.black.expand_as(images),
            n_steps=steps,
            internal_batch_size=max(self.batch_size, len(images)),
            return_convergence_delta=True,
        )
        maps = values.detach().sum(dim=1).float()
        missed = missed.detach().float()
        difference = (maps.sum(dim=(1, 2)) - missed).abs()
        # An image without any difference (a black one) is complete with nothing.
        return maps, missed.abs() / difference.where(difference > 0, 1)
