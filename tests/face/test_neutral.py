"""Neutral faces carried onto others, where the answer is known."""

import numpy as np
import pytest
import torch

from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.face.neutral import brightness_ratio, neutral_onto
from fer_xai.face.warp import CanonicalWarp

SIZE = 64
#: The canonical face in a square crop, the outermost landmarks inside it.
POINTS = torch.from_numpy(CANONICAL_POINTS[:68] * (SIZE / 224 * 0.9, SIZE / 275 * 0.9) + 3)[None]
WARP = CanonicalWarp()


def face(seed: int = 0) -> torch.Tensor:
    coarse = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    return 40 + 120 * torch.nn.functional.interpolate(coarse, size=SIZE, mode="bicubic").clamp(0, 1)


def test_a_face_carried_onto_itself_is_itself():
    picture = face()
    carried, valid = WARP.between(picture, POINTS, POINTS)
    assert valid.all()
    torch.testing.assert_close(carried, picture, atol=1e-3, rtol=0)
    torch.testing.assert_close(neutral_onto(picture, POINTS, picture, POINTS, WARP), picture, atol=1e-3, rtol=1e-5)


def test_landmarks_come_to_lie_on_those_of_the_other_face():
    """A picture whose colours are its coordinates, x and y: at a landmark of the other face stand those of its own."""
    grid = torch.stack(torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")).flip(0)
    picture = torch.cat([grid, torch.zeros(1, SIZE, SIZE)])[None].double()
    onto = POINTS.clone()
    onto[:, 48:68] += torch.tensor([2.0, 3.0])
    onto = onto.round()
    carried, valid = WARP.between(picture, POINTS, onto)
    x, y = onto[0].long().unbind(dim=1)
    assert valid[0, y, x].all()
    torch.testing.assert_close(carried[0, :2, y, x].T, POINTS[0], atol=0.01, rtol=0)


@pytest.mark.parametrize("factor", [0.5, 1.5])
def test_brightness_is_matched_by_the_factor_that_parts_the_two(factor):
    picture = face()
    matched = neutral_onto(picture * factor, POINTS, picture, POINTS, WARP)
    torch.testing.assert_close(matched, picture, atol=0.01, rtol=0)


def test_only_the_mouth_changes_where_only_the_mouth_differs():
    """The other mouth is black: a match of means would make all the rest brighter."""
    picture = face()
    other = picture.clone()
    low, high = POINTS[0, 48:68].amin(dim=0).floor().int(), POINTS[0, 48:68].amax(dim=0).ceil().int()
    mouth = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    mouth[low[1] : high[1] + 1, low[0] : high[0] + 1] = True
    other[:, :, mouth] = 0
    at_rest = neutral_onto(other, POINTS, picture, POINTS, WARP)
    torch.testing.assert_close(at_rest[:, :, ~mouth], picture[:, :, ~mouth], atol=1e-3, rtol=0)
    assert (at_rest[:, :, mouth] < 1e-3).all()


def test_the_ratio_is_the_weighted_median():
    """Weights 1, 1, 4 (the other's brightness) and ratios 10, 20, 5: the middle of the weight lies at 5."""
    faces = torch.tensor([10.0, 20.0, 20.0]).expand(1, 3, 1, 3)
    others = torch.tensor([1.0, 1.0, 4.0]).expand(1, 3, 1, 3)
    everywhere = torch.ones(1, 1, 3, dtype=torch.bool)
    torch.testing.assert_close(brightness_ratio(faces, others, everywhere), torch.tensor([5.0]))
    assert brightness_ratio(faces, others, ~everywhere).tolist() == [1.0]
    assert brightness_ratio(faces, others * 0, everywhere).tolist() == [1.0]


def test_what_the_mesh_does_not_cover_stays_as_it_is():
    picture, unknown = face(), torch.full((1, 68, 2), np.nan)
    torch.testing.assert_close(neutral_onto(face(1), POINTS, picture, unknown, WARP), picture)
    torch.testing.assert_close(neutral_onto(face(1), unknown, picture, POINTS, WARP), picture)
