import pytest
import torch
from helpers.linear_network import pictures

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.hiding import check_hiding, hidden_pictures

MEAN, STD = torch.tensor([0.5, 0.4, 0.3]).view(1, 3, 1, 1), torch.tensor([0.2, 0.3, 0.25]).view(1, 3, 1, 1)


def question(images: torch.Tensor) -> Question:
    return Question((images - MEAN) / STD, torch.zeros(len(images), dtype=torch.int64), mean=MEAN, std=STD)


def test_black_is_what_preprocessing_makes_of_black_pixels():
    hidden = hidden_pictures(question(pictures(2, 16)), "black")
    torch.testing.assert_close(hidden, question(torch.zeros(2, 3, 16, 16)).images)


def test_mean_is_each_picture_s_mean_colour():
    asked = question(pictures(2, 16))
    hidden = hidden_pictures(asked, "mean")
    assert (hidden[0, 1] == hidden[0, 1, 0, 0]).all()
    torch.testing.assert_close(hidden[1, 2, 5, 5], asked.images[1, 2].mean())


def test_blur_keeps_the_large_and_loses_the_small():
    """A checkerboard becomes its mean; what rises slowly from left to right still does."""
    checkerboard = ((torch.arange(32)[:, None] + torch.arange(32)) % 2).float().expand(1, 3, 32, 32)
    blurred = hidden_pictures(question(checkerboard), "blur")
    torch.testing.assert_close(blurred, question(torch.full((1, 3, 32, 32), 0.5)).images, atol=0.02, rtol=0)
    slope = torch.linspace(0, 1, 32).expand(1, 3, 32, 32)
    blurred = hidden_pictures(question(slope), "blur") * STD + MEAN
    torch.testing.assert_close(blurred[..., 8:24], slope[..., 8:24], atol=0.01, rtol=0)


@pytest.mark.parametrize("hide", ["black", "mean", "blur"])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_small_pictures_can_be_hidden(hide, size):
    assert hidden_pictures(question(torch.rand(2, 3, size, size)), hide).isfinite().all()


def test_unknown_way_names_the_setting():
    with pytest.raises(UserError, match=r"rise\.hide=white is not known: choose one of black, mean, blur, rest"):
        check_hiding("white", "rise.hide")
