import pytest
import torch
from helpers.linear_network import linear_network, pictures

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.rise import RISE
from fer_xai.models.songnet import SongNet


def test_maps_equal_the_definition_over_the_same_masks():
    """Equation 6: the sum over masks of probability times mask, over their number and the share that is shown."""
    torch.manual_seed(0)
    network, images = SongNet(32).eval(), pictures(2, 32)
    question = Question(images, torch.tensor([1, 4]))
    explainer = RISE(samples=30, shown=0.4, batch_size=8, seed=5)
    maps = explainer.explain(network, "", question)
    for i, index in enumerate((1, 4)):
        total = torch.zeros(32, 32)
        for mask in torch.cat(list(explainer.masks(question.one(i)))):
            with torch.no_grad():
                total += network(images[i : i + 1] * mask).softmax(1)[0, index] * mask
        torch.testing.assert_close(maps[i], total / 30 / 0.4, atol=1e-6, rtol=1e-4)


def test_masks_are_soft_and_show_their_share():
    masks = torch.cat(list(RISE(samples=3000, cells=4).masks(Question(pictures(1, 24), torch.tensor([0])))))
    assert masks.shape == (3000, 24, 24)
    assert masks.min() == 0
    assert masks.max() == pytest.approx(1)
    assert ((masks > 0) & (masks < 1)).float().mean() > 0.2
    # 3,000 masks of variance at most 1/4: three standard errors are 0.03.
    assert (masks.mean(dim=0) - 0.5).abs().max() < 0.035


def test_masks_are_cut_out_of_an_enlarged_grid():
    """One cell that is shown, enlarged to 2 x 4 pixels: a mask is one of the windows of 4 x 4, shifted by 0 to 3."""
    enlarged = torch.nn.functional.interpolate(torch.ones(1, 1, 1, 1), size=(8, 8), mode="bilinear")[0, 0]
    assert (enlarged == 1).all()
    explainer = RISE(samples=50, cells=1, shown=0.5)
    masks = torch.cat(list(explainer.masks(Question(pictures(1, 4), torch.tensor([0])))))
    values = masks.flatten(1).unique(dim=0)
    assert sorted(values.mean(dim=1).tolist()) == [0.0, 1.0]


def test_a_pixel_that_counts_stands_out():
    """Only the upper left quarter counts: its values exceed the others'."""
    network = linear_network(24)
    with torch.no_grad():
        network.weights.zero_()
        network.weights[:, :12, :12] = 0.6 / (3 * 144)
    images = torch.ones(1, 3, 24, 24)
    found = RISE(samples=4000, batch_size=500).explain(network, "", Question(images, torch.tensor([0])))[0]
    assert found[:10, :10].min() > found[14:, 14:].max()
    # In the middle of the irrelevant part: the mean probability, 0.2 + 0.6 / 2.
    assert found[20, 20] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"samples": 0}, r"rise\.samples=0"),
        ({"cells": 0}, r"rise\.cells=0"),
        ({"shown": 1.0}, r"rise\.shown=1\.0: a probability between 0 and 1"),
    ],
)
def test_wrong_settings_are_one_line(setting, message):
    with pytest.raises(UserError, match=message):
        RISE(**setting)
