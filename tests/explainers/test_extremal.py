import math

import pytest
import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.extremal import ExtremalPerturbation


class Reads(nn.Module):
    """Its first logit is the brightness of squares of 8 pixels at these rows and columns, each with its weight."""

    def __init__(self, *squares: tuple[int, int, float]) -> None:
        super().__init__()
        self.squares = squares

    def forward(self, images: Tensor) -> Tensor:
        read = sum(w * images[:, :, y : y + 8, x : x + 8].mean(dim=(1, 2, 3)) for y, x, w in self.squares)
        return torch.stack([read, -read], dim=1)


def bright(n: int = 2, **given) -> Question:
    pixels = 0.5 + torch.rand(n, 3, 32, 32, generator=torch.Generator().manual_seed(0)) / 2
    return Question(pixels, torch.zeros(n, dtype=torch.int64), **given)


def square(y: int, x: int) -> Tensor:
    inside = torch.zeros(32, 32)
    inside[y : y + 8, x : x + 8] = 1
    return inside


def search(**settings) -> ExtremalPerturbation:
    """Areas of one square, hardly smoothed."""
    return ExtremalPerturbation(**{"areas": [1 / 16], "cells": 32, "smoothness": 0.06, "hide": "black", **settings})


def overlap(mask: Tensor, inside: Tensor) -> float:
    shown = mask > 0.5
    return ((shown & (inside > 0)).sum() / (shown | (inside > 0)).sum()).item()


@pytest.mark.parametrize("scale", [0.01, 100])
def test_the_mask_of_its_area_covers_the_one_square_that_the_network_reads(scale):
    question = bright()
    network = Reads((8, 16, scale))
    masks = search().explain(network, "", question)
    for mask in masks:
        assert overlap(mask, square(8, 16)) > 0.75
        assert mask.mean().item() == pytest.approx(1 / 16, abs=0.02)
        assert (mask * square(8, 16)).sum() > 0.7 * mask.sum()
    shown = question.score(network(question.images * masks[:, None]))
    assert (shown > 0.85 * question.score(network(question.images))).all()
    assert masks.min() >= 0
    assert masks.max() <= 1


def test_of_two_squares_the_small_area_takes_the_heavier_and_the_larger_area_both():
    network, first, second = Reads((4, 4, 3.0), (20, 20, 1.0)), square(4, 4), square(20, 20)
    (small,) = search().explain(network, "", bright(1))
    (large,) = search(areas=[2 / 16]).explain(network, "", bright(1))
    assert overlap(small, first) > 0.7
    assert (small * second).mean() < 0.25 * (small * first).mean()
    assert overlap(large, first + second) > 0.7
    (both,) = search(areas=[1 / 16, 2 / 16]).explain(network, "", bright(1))
    torch.testing.assert_close(both, (small + large) / 2)


def test_smooth_maximum_is_the_equation_in_loops():
    cells = torch.rand(1, 6, 6, generator=torch.Generator().manual_seed(0))
    found = ExtremalPerturbation(cells=6, smoothness=0.25).smooth(cells)[0]
    for y in range(6):
        for x in range(6):
            weighted = []
            for dy in range(-3, 4):
                for dx in range(-3, 4):
                    inside = 0 <= y + dy < 6 and 0 <= x + dx < 6
                    value = cells[0, y + dy, x + dx].item() if inside else 0.0
                    distance = math.hypot(dy, dx) / 1.5
                    weighted.append(value * math.exp(-2 * max(distance - 0.5, 0) ** 2))
            share = sum(math.exp(20 * value) for value in weighted)
            expected = sum(value * math.exp(20 * value) for value in weighted) / share
            assert found[y, x].item() == pytest.approx(expected, rel=1e-4)


def test_a_person_without_a_neutral_face_has_no_map():
    rest = torch.zeros(2, 3, 32, 32)
    rest[1] = torch.nan
    maps = search(hide="rest", steps=3).explain(Reads((8, 16, 1.0)), "", bright(rest=lambda: rest))
    assert maps[0].isfinite().all()
    assert maps[1].isnan().all()


def test_one_area_needs_no_list():
    assert ExtremalPerturbation(areas=0.1).areas == [0.1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"areas": []}, "areas=.*: parts of the picture are needed"),
        ({"areas": "small"}, "areas=.*each between 0 and 1"),
        ({"areas": [0.1, 1.0]}, "areas=.*each between 0 and 1"),
        ({"steps": 0}, "steps=0: at least 1 is needed"),
        ({"cells": 1}, "cells=1: at least 2 is needed"),
        ({"smoothness": 0}, "smoothness=0: more than 0 and at most 1 is needed"),
        ({"rate": 2}, "rate=2: more than 0 and at most 1 is needed"),
        ({"hide": "white"}, "hide=white is not known"),
        ({"output": "entropy"}, "output=entropy is not known"),
    ],
)
def test_settings_out_of_range_are_one_line(settings, words):
    with pytest.raises(UserError, match=f"^extremal_perturbations.{words}"):
        ExtremalPerturbation(**settings)
