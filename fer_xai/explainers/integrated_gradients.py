"""Integrated gradients: what each pixel adds to the score on the way from a baseline to the image."""

import logging
from dataclasses import replace

import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.hiding import can_be_hidden, check_hiding, hidden_pictures
from fer_xai.explainers.passes import OUTPUTS, check_output

log = logging.getLogger(__name__)


#: Gradients on each piece of a path that is done in pieces (Gauss and Legendre's rule), and which share of the pieces,
#: those that miss most, are halved at a time.
_POINTS = 5
_HALVED = 0.25


class IntegratedGradients:
    """Integrated gradients (Sundararajan et al., ICML 2017, equation 1), by captum.

    The path is straight, from the baseline (black as preprocessed, or another picture in which everything is
    hidden) to the image. A pixel's value is the sum over its channels, with its sign; all values of an image sum to
    the score of the image less that of the baseline. From a face at rest on, only what the expression changes has a
    value. The integral is a sum of `n_steps` gradients (Gauss and Legendre's); where an image's values miss that
    sum by more than `tolerance`, its path is done in pieces, and those pieces are halved whose values miss their
    own part of the difference most, until the sum is complete or `max_steps` gradients are spent. Of an image that
    stays further off, the nearest sum is kept, and a line in the log counts such images.

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.
        n_steps: gradients per image at first.
        max_steps: gradients per image at most.
        tolerance: how far the sum may be off, as a share of the difference of the scores.
        batch_size: images per pass, at least one of every image of the batch; changes speed and memory alone.
        hide: what the path begins with: black, mean, blur or rest, see `hiding.HIDDEN`.
        output: the score: the class's logit, its log_probability or its probability.

    Raises:
        UserError: fewer than one step, or an unknown baseline.
    """

    title = "integrated gradients"

    def __init__(
        self,
        local_scale: str = "mass",
        positive: bool = False,
        n_steps: int = 50,
        max_steps: int = 2000,
        tolerance: float = 0.01,
        batch_size: int = 32,
        hide: str = "black",
        output: str = "logit",
    ) -> None:
        if not 1 <= n_steps <= max_steps:
            raise UserError(f"integrated_gradients: n_steps={n_steps} must lie between 1 and max_steps={max_steps}")
        self.local_scale = local_scale
        self.positive = positive
        self.n_steps = n_steps
        self.max_steps = max_steps
        self.tolerance = tolerance
        self.batch_size = batch_size
        self.hide = check_hiding(hide, "integrated_gradients.hide")
        self.output = check_output(output, "integrated_gradients.output")

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, `layer` takes no part."""
        incomplete = 0
        with frozen(network), torch.inference_mode(False), torch.enable_grad():
            baselines = hidden_pictures(question, self.hide).clone()
            maps = torch.full_like(baselines[:, 0], torch.nan, dtype=torch.float32)
            able = can_be_hidden(baselines).nonzero().flatten()
            if not len(able):
                return maps
            against = None if question.against is None else question.against[able]
            asked = replace(question, classes=question.classes[able], against=against)
            begin, end = baselines[able], question.images.clone().detach()[able]
            found, missed = self._integrate(network, asked, begin, end, self.n_steps)
            for i, off in enumerate(_off(found, missed).tolist()):
                if off > self.tolerance:
                    one = question.one(int(able[i]))
                    found[i], off = self._in_pieces(network, one, begin[i : i + 1], found[i], off)
                    incomplete += off > self.tolerance
            maps[able] = found
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

    def _in_pieces(
        self, network: nn.Module, one: Question, begin: Tensor, best: Tensor, off: float
    ) -> tuple[Tensor, float]:
        """The map of one image and by what share of the difference its sum is off.

        Args:
            network: see `explain`.
            one: the question about this image.
            begin: (1, 3, y, x), its baseline.
            best: its map so far.
            off: by what share the sum of that is off.
        """
        spent = self.n_steps

        def integrate(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
            start, end = (torch.lerp(begin, one.images, at.to(one.images)[:, None, None, None]) for at in (low, high))
            parts = [
                self._integrate(network, one, a, b, _POINTS)
                for a, b in zip(start.split(self.batch_size), end.split(self.batch_size), strict=True)
            ]
            maps, missed = (torch.cat(part) for part in zip(*parts, strict=True))
            return maps, missed

        marks = torch.linspace(0, 1, max(2 * self.n_steps // _POINTS, 2) + 1)
        low, high = marks[:-1], marks[1:]
        if spent + _POINTS * len(low) > self.max_steps:
            return best, off
        maps, missed = integrate(low, high)
        spent += _POINTS * len(low)
        while True:
            now = float(_off(maps.sum(dim=0)[None], missed.sum()[None]))
            if now < off:
                best, off = maps.sum(dim=0), now
            worst = missed.abs().topk(max(1, int(_HALVED * len(low)))).indices.cpu()
            worst = worst[: (self.max_steps - spent) // (2 * _POINTS)]
            if off <= self.tolerance or not len(worst):
                return best, off
            middle = (low[worst] + high[worst]) / 2
            halves = torch.cat([low[worst], middle]), torch.cat([middle, high[worst]])
            kept = torch.ones(len(low), dtype=torch.bool)
            kept[worst] = False
            more, missed_there = integrate(*halves)
            spent += _POINTS * len(halves[0])
            low, high = torch.cat([low[kept], halves[0]]), torch.cat([high[kept], halves[1]])
            kept = kept.to(maps.device)
            maps, missed = torch.cat([maps[kept], more]), torch.cat([missed[kept], missed_there])

    def _integrate(
        self, network: nn.Module, question: Question, start: Tensor, end: Tensor, steps: int
    ) -> tuple[Tensor, Tensor]:
        """Maps (n, y, x) of straight ways between pictures (n, 3, y, x), and by how much each one's sum is off (n,)."""
        from captum.attr import IntegratedGradients as Captum

        method = Captum(lambda batch: OUTPUTS[self.output](question, network(batch)))
        values, missed = method.attribute(
            end,
            baselines=start,
            n_steps=steps,
            internal_batch_size=max(self.batch_size, len(end)),
            return_convergence_delta=True,
        )
        return values.detach().sum(dim=1).float(), missed.detach().float()


def _off(maps: Tensor, missed: Tensor) -> Tensor:
    """By what share of the difference of scores the sums of maps (n, y, x) are off, (n,)."""
    difference = (maps.sum(dim=(1, 2)) - missed).abs()
    # An image without any difference (a black one) is complete with nothing.
    return missed.abs() / difference.where(difference > 0, 1)
