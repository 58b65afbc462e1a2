"""Occlusion: what the network says when a square of the picture is hidden."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.hiding import can_be_hidden, check_hiding, hidden_pictures
from fer_xai.explainers.passes import answers, at_least, check_output


class Occlusion:
    """Occlusion sensitivity (Zeiler and Fergus, ECCV 2014, section 4.2).

    A square slides over the picture; the class's probability (or another output) with the whole picture less that with
    the square hidden is what the square is worth. A pixel's value is the mean over the squares that cover it, so that
    pixels near the border, which fewer squares reach, count alike.

    Args:
        size: side of the square, as a share of the input's sides.
        stride: how far it moves, likewise; at most `size`, so that every pixel is hidden at least once.
        hide: what the hidden square shows: black, mean, blur or rest, see `hiding.HIDDEN`.
        output: what changes: the class's probability, its log_probability or its logit.
        batch_size: pictures per pass.
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.

    Raises:
        UserError: a setting is out of range.
    """

    title = "occlusion"

    def __init__(
        self,
        size: float = 0.2,
        stride: float = 0.1,
        hide: str = "black",
        output: str = "probability",
        batch_size: int = 64,
        local_scale: str = "none",
        positive: bool = True,
    ) -> None:
        if not 0 < stride <= size <= 1:
            raise UserError(f"occlusion.size={size}, occlusion.stride={stride}: 0 < stride <= size <= 1 is needed")
        at_least(batch_size, 1, "occlusion.batch_size")
        self.size, self.stride, self.batch_size = size, stride, batch_size
        self.output = check_output(output, "occlusion.output")
        self.hide = check_hiding(hide, "occlusion.hide")
        self.local_scale, self.positive = local_scale, positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images."""
        rows, columns = question.images.shape[-2:]
        tops, height = self._starts(rows)
        lefts, width = self._starts(columns)
        covered_rows, covered_columns = _intervals(tops, height, rows), _intervals(lefts, width, columns)
        often = covered_rows.sum(0)[:, None] * covered_columns.sum(0)
        maps = torch.full((len(question), rows, columns), torch.nan, dtype=torch.float64)
        hidden = hidden_pictures(question, self.hide)
        with frozen(network), torch.no_grad():
            for i in can_be_hidden(hidden).nonzero().flatten().tolist():
                masks = self._masks(covered_rows, covered_columns, question.images.device)
                scores = answers(network, question.one(i), hidden[i : i + 1], masks, self.output)
                worth = (scores[0] - scores[1:]).view(len(tops), len(lefts))
                maps[i] = covered_rows.mT @ worth @ covered_columns / often
        return maps.to(question.images.device, torch.float32)

    def _starts(self, length: int) -> tuple[list[int], int]:
        """Where the squares begin along a side, the last at the very end; and their extent, in pixels."""
        extent, step = max(round(self.size * length), 1), max(round(self.stride * length), 1)
        return [*range(0, length - extent, step), length - extent], extent

    def _masks(self, rows: Tensor, columns: Tensor, device: torch.device) -> Iterator[Tensor]:
        """The whole picture, then the squares row by row."""
        yield torch.ones((1, rows.shape[1], columns.shape[1]), device=device)
        rows, columns = rows.to(device, torch.float32), columns.to(device, torch.float32)
        for numbers in torch.arange(len(rows) * len(columns), device=device).split(self.batch_size):
            yield 1 - rows[numbers // len(columns)][:, :, None] * columns[numbers % len(columns)][:, None]


def _intervals(starts: list[int], extent: int, length: int) -> Tensor:
    """Which pixels of a side each interval covers: 0 or 1, float64 (intervals, length)."""
    first, at = torch.tensor(starts)[:, None], torch.arange(length)
    return ((at >= first) & (at < first + extent)).double()
