"""RISE: what the network says when the picture is seen through random soft masks."""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.hiding import can_be_hidden, check_hiding, hidden_pictures
from fer_xai.explainers.passes import answers, at_least


class RISE:
    """RISE (Petsiuk, Das and Saenko, BMVC 2018, equation 6 and section 3.2).

    A pixel's value is the mean of the class's probability over random masks, weighted by how much each mask shows of
    the pixel: about the probability to be expected where the pixel is shown. So it is never negative, and even an
    irrelevant pixel has a value. Every picture has its own masks, from the seed and the image's number: with the same
    masks for all, their chance pattern would remain in the average of many maps.

    Args:
        samples: masks per image.
        cells: cells of the coarse grid along each side, each shown or hidden at random, then enlarged.
        shown: probability that a cell is shown.
        hide: what is seen where nothing is shown: black, mean, blur or rest, see `hiding.HIDDEN`.
        batch_size: pictures per pass.
        seed: of the random choices.
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging (in a contrast; there is none else).

    Raises:
        UserError: a setting is out of range.
    """

    title = "RISE"

    def __init__(
        self,
        samples: int = 4000,
        cells: int = 7,
        shown: float = 0.5,
        hide: str = "black",
        batch_size: int = 64,
        seed: int = 0,
        local_scale: str = "none",
        positive: bool = True,
    ) -> None:
        for key, number in {"samples": samples, "cells": cells, "batch_size": batch_size}.items():
            at_least(number, 1, f"rise.{key}")
        if not 0 < shown < 1:
            raise UserError(f"rise.shown={shown}: a probability between 0 and 1 is needed")
        self.samples, self.cells, self.shown, self.batch_size, self.seed = samples, cells, shown, batch_size, seed
        self.hide = check_hiding(hide, "rise.hide")
        self.local_scale, self.positive = local_scale, positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images."""
        maps = torch.full((len(question), *question.images.shape[-2:]), torch.nan, device=question.images.device)
        hidden = hidden_pictures(question, self.hide)
        with frozen(network), torch.no_grad():
            for i in can_be_hidden(hidden).nonzero().flatten().tolist():
                one, maps[i] = question.one(i), 0
                for masks in self.masks(one):
                    scores = answers(network, one, hidden[i : i + 1], [masks])
                    maps[i] += torch.einsum("m,myx->yx", scores.to(masks), masks)
        return maps / (self.samples * self.shown)

    def masks(self, question: Question) -> Iterator[Tensor]:
        """The masks of one image: a coarse random grid, enlarged bilinearly and shifted by a part of a cell.

        Args:
            question: about one image.

        Yields:
            Float32 (m, h, w), from 0 (hidden) to 1 (shown), on the device of the image.
        """
        rows, columns = question.images.shape[-2:]
        height, width = -(-rows // self.cells), -(-columns // self.cells)
        rng = np.random.default_rng((self.seed, question.seeds[0]))
        grids = (rng.random((self.samples, 1, self.cells, self.cells)) < self.shown).astype(np.float32)
        shifts = rng.integers(0, [height, width], (self.samples, 2))
        device = question.images.device
        enlarged = ((self.cells + 1) * height, (self.cells + 1) * width)
        for grid, shift in zip(
            torch.from_numpy(grids).split(self.batch_size),
            torch.from_numpy(shifts).to(device).split(self.batch_size),
            strict=True,
        ):
            large = F.interpolate(grid.to(device), size=enlarged, mode="bilinear", align_corners=False)[:, 0]
            y = shift[:, :1] + torch.arange(rows, device=device)
            x = shift[:, 1:] + torch.arange(columns, device=device)
            yield large[torch.arange(len(large), device=device)[:, None, None], y[:, :, None], x[:, None]]
