"""Extremal perturbations: the smooth mask of a given area that keeps the score highest."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.hiding import can_be_hidden, check_hiding, hidden_pictures
from fer_xai.explainers.passes import OUTPUTS, at_least, check_output

#: How sharply the largest of a neighbourhood is taken, section 3.2: the inverse of the temperature.
COLDNESS = 20.0
#: Weight of the area's constraint at first, when the score decides what comes first, and at last.
WEIGHTS = 1.0, 100.0
#: Part of the last step that is made again.
MOMENTUM = 0.9


class ExtremalPerturbation:
    """Extremal perturbations (Fong, Patrick and Vedaldi, ICCV 2019, sections 3.1 and 3.2), what is to be preserved.

    For each area, the mask is sought by gradient that shows just so much of the picture, is smooth, and leaves the
    class the highest score; the rest is hidden. The map is the mean of the masks of all areas, so what is needed first
    has the highest values, from 0 to 1. The area is held by the squared distance of the sorted mask from one that is 0
    and 1 alone (equation 3), with a weight that grows from step to step; the score counts in units of what it
    loses when all is hidden, so that networks of small and of large logits are alike.

    Masks are made on a coarse grid, each the smooth maximum over its neighbourhood (equation 5), and enlarged. Steps
    are those of gradient descent with momentum, each image's by itself. What is hidden fades into what is shown; the
    paper blurs it by degrees.

    Args:
        areas: parts of the picture that the masks show, several or one.
        steps: of the search, for each area.
        cells: of the grid along each side.
        smoothness: radius of the smooth maximum, as a part of the picture's side.
        rate: length of a step, of the cell with the steepest gradient.
        hide: what is seen where nothing is shown: black, mean, blur (as in the paper) or rest, see `hiding.HIDDEN`.
        output: what is kept high: the class's logit (as in the paper), probability or log_probability.
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging; there is none here.

    Raises:
        UserError: a setting is out of range.
    """

    title = "extremal perturbations"

    def __init__(
        self,
        areas: Sequence[float] | float = (0.05, 0.1, 0.2, 0.4),
        steps: int = 200,
        cells: int = 28,
        smoothness: float = 0.09,
        rate: float = 0.05,
        hide: str = "blur",
        output: str = "logit",
        local_scale: str = "none",
        positive: bool = False,
    ) -> None:
        key = "extremal_perturbations"
        self.areas = [areas] if isinstance(areas, float | int | str) else list(areas)
        if not self.areas or not all(isinstance(area, float | int) and 0 < area < 1 for area in self.areas):
            raise UserError(f"{key}.areas={self.areas}: parts of the picture are needed, each between 0 and 1")
        at_least(steps, 1, f"{key}.steps")
        at_least(cells, 2, f"{key}.cells")
        for name, value in {"smoothness": smoothness, "rate": rate}.items():
            if not 0 < value <= 1:
                raise UserError(f"{key}.{name}={value}: more than 0 and at most 1 is needed")
        self.steps, self.cells, self.smoothness, self.rate = steps, cells, smoothness, rate
        self.hide, self.output = check_hiding(hide, f"{key}.hide"), check_output(output, f"{key}.output")
        self.local_scale, self.positive = local_scale, positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, `layer` takes no part."""
        hidden = hidden_pictures(question, self.hide)
        there = can_be_hidden(hidden)[:, None, None]
        with frozen(network), torch.inference_mode(False), torch.enable_grad():
            question = question.changed(images=question.images.clone().detach())
            hidden = torch.where(there[..., None], hidden, question.images).clone().detach()
            maps = torch.stack([self._mask(network, question, hidden, area) for area in self.areas]).mean(dim=0)
        return torch.where(there, maps, torch.nan)

    def _mask(self, network: nn.Module, question: Question, hidden: Tensor, area: float) -> Tensor:
        """The mask of one area for each image, (b, h, w)."""
        measure = OUTPUTS[self.output]
        with torch.no_grad():
            whole, nothing = measure(question, network(question.images)), measure(question, network(hidden))
        # Where hiding makes next to no difference, there is rounding to be followed and nothing else.
        unit = torch.maximum((whole - nothing).abs(), whole.abs() / 100).clamp(min=1e-20)
        size = question.images.shape[-2:]
        cells = torch.full((len(question), self.cells, self.cells), 0.5, device=hidden.device, requires_grad=True)
        speed = torch.zeros_like(cells)
        shown = max(round(area * self.cells**2), 1)
        wanted = (torch.arange(self.cells**2, device=hidden.device) >= self.cells**2 - shown).float()
        for step in range(self.steps):
            masks = self.smooth(cells)
            score = measure(question, network(torch.lerp(hidden, question.images, enlarged(masks, size)[:, None])))
            off = (masks.flatten(1).sort(dim=1).values - wanted).square().mean(dim=1)
            weight = WEIGHTS[0] * (WEIGHTS[1] / WEIGHTS[0]) ** (step / self.steps)
            loss = weight * off - score / unit
            (gradient,) = torch.autograd.grad(loss.sum(), cells)
            # In units of each image's largest, so that all masks grow alike, whatever the logits and the area are.
            speed = MOMENTUM * speed + gradient / gradient.abs().amax(dim=(1, 2), keepdim=True).clamp(min=1e-20)
            cells = (cells.detach() - self.rate * speed).clamp(0, 1).requires_grad_()
        return enlarged(self.smooth(cells), size).detach()

    def smooth(self, cells: Tensor) -> Tensor:
        """The smooth maximum over each cell's neighbourhood, where others count the less the further they lie.

        Args:
            cells: (b, n, n), from 0 to 1.

        Returns:
            The same shape, from 0 to 1.
        """
        radius = self.smoothness * self.cells
        reach = math.ceil(2 * radius)
        at = torch.arange(-reach, reach + 1, device=cells.device)
        far = (at[:, None] ** 2 + at**2).sqrt() / radius
        near = torch.exp(-2 * (far - 0.5).clamp(min=0) ** 2).flatten()[None, :, None]
        around = near * F.unfold(cells[:, None], 2 * reach + 1, padding=reach)
        return ((COLDNESS * around).softmax(dim=1) * around).sum(dim=1).view_as(cells)


def enlarged(masks: Tensor, size: Sequence[int]) -> Tensor:
    """Masks (b, n, n) in pixels, (b, h, w)."""
    return F.interpolate(masks[:, None], size=list(size), mode="bilinear", align_corners=False)[:, 0]
