import pytest
import torch
from helpers.linear_network import linear_network, pictures

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.occlusion import Occlusion
from fer_xai.models.songnet import SongNet


def slow_occlusion(network, image: torch.Tensor, index: int, size: int, stride: int) -> torch.Tensor:
    """Square by square, pixel by pixel."""
    side = image.shape[-1]
    starts = [*range(0, side - size, stride), side - size]
    total, often = torch.zeros(side, side), torch.zeros(side, side)
    with torch.no_grad():
        whole = network(image[None]).softmax(1)[0, index]
        for top in starts:
            for left in starts:
                changed = image.clone()
                changed[:, top : top + size, left : left + size] = 0
                worth = whole - network(changed[None]).softmax(1)[0, index]
                total[top : top + size, left : left + size] += worth
                often[top : top + size, left : left + size] += 1
    return total / often


@pytest.mark.parametrize(("size", "stride"), [(0.25, 0.125), (0.2, 0.1), (0.5, 0.5), (0.3, 0.2)])
def test_maps_equal_a_slow_literal_computation(size, stride):
    torch.manual_seed(0)
    network, images = SongNet(32).eval(), pictures(2, 32)
    maps = Occlusion(size=size, stride=stride, batch_size=7).explain(
        network, "", Question(images, torch.tensor([1, 4]))
    )
    for found, image, index in zip(maps, images, (1, 4), strict=True):
        slow = slow_occlusion(network, image, index, round(size * 32), round(stride * 32))
        assert slow.abs().max() > 1e-4
        torch.testing.assert_close(found, slow, atol=1e-6, rtol=1e-4)


def test_squares_that_do_not_overlap_are_worth_their_pixels():
    """A linear network: hiding a square loses the sum of what its pixels contribute."""
    network, images = linear_network(16), pictures(1, 16)
    found = Occlusion(size=0.25, stride=0.25).explain(network, "", Question(images, torch.tensor([0])))[0]
    per_pixel = (network.weights.detach() * images[0]).sum(0)
    blocks = per_pixel.unfold(0, 4, 4).unfold(1, 4, 4).sum(dim=(2, 3))
    torch.testing.assert_close(found, blocks.repeat_interleave(4, 0).repeat_interleave(4, 1), atol=1e-6, rtol=1e-4)


def test_agrees_with_captum():
    """Captum divides by the squares that cover a pixel as well, where they fit evenly."""
    from captum.attr import Occlusion as CaptumOcclusion

    torch.manual_seed(0)
    network, images = SongNet(32).eval(), pictures(1, 32)
    theirs = CaptumOcclusion(lambda batch: network(batch).softmax(dim=1)).attribute(
        images, sliding_window_shapes=(3, 8, 8), strides=(3, 4, 4), target=2, baselines=0
    )
    ours = Occlusion(size=0.25, stride=0.125).explain(network, "", Question(images, torch.tensor([2])))
    torch.testing.assert_close(ours, theirs[:, 0].detach(), atol=1e-6, rtol=1e-3)


@pytest.mark.parametrize(("size", "stride"), [(0.1, 0.2), (1.5, 0.1), (0.2, 0.0)])
def test_wrong_squares_are_one_line(size, stride):
    with pytest.raises(UserError, match=r"0 < stride <= size <= 1 is needed"):
        Occlusion(size=size, stride=stride)
