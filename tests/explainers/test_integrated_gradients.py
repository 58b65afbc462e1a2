import logging

import pytest
import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.integrated_gradients import IntegratedGradients
from fer_xai.models.songnet import SongNet

MEAN, STD = torch.tensor([0.4, 0.5, 0.3]).view(1, 3, 1, 1), torch.tensor([0.2, 0.3, 0.25]).view(1, 3, 1, 1)


def question(n: int, size: int, **given) -> Question:
    pixels = torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(0))
    return Question((pixels - MEAN) / STD, torch.arange(n) % 2, mean=MEAN, std=STD, **given)


def difference(network: nn.Module, asked: Question) -> Tensor:
    """Score of the images less that of black pictures."""
    black = (torch.zeros_like(asked.images) - MEAN) / STD
    with torch.no_grad():
        return asked.score(network(asked.images)) - asked.score(network(black))


def test_of_a_linear_network_is_the_contribution_of_each_pixel():
    """Weight times what the pixel is above black, summed over channels."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 16, 2))
    asked = question(2, 4)
    maps = IntegratedGradients(n_steps=1).explain(network, "", asked)
    weights = network[1].weight.detach().view(2, 3, 4, 4)
    torch.testing.assert_close(maps, (weights[asked.classes] * asked.pixels / STD).sum(1))


def test_from_a_face_at_rest_only_what_the_expression_changes_has_a_value():
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 16, 2))
    at_rest = question(3, 4).images.clone()
    at_rest[:, :, 2:] += 0.5  # the lower half moves
    at_rest[1] = torch.nan  # this person has no neutral face
    asked = question(3, 4, rest=lambda: at_rest)
    maps = IntegratedGradients(n_steps=1, hide="rest").explain(network, "", asked)
    weights = network[1].weight.detach().view(2, 3, 4, 4)[asked.classes]
    torch.testing.assert_close(maps, (weights * (asked.images - at_rest)).sum(1), equal_nan=True)
    assert maps[1].isnan().all()
    assert not maps[0, :2].any()


def test_log_probabilities_add_up_too():
    torch.manual_seed(0)
    network, asked = nn.Sequential(nn.Flatten(), nn.Linear(3 * 16, 2)), question(2, 4)
    maps = IntegratedGradients(output="log_probability").explain(network, "", asked)
    with torch.no_grad():
        black = network(asked.black.expand_as(asked.images))
        change = asked.log_probability(network(asked.images)) - asked.log_probability(black)
    torch.testing.assert_close(maps.sum(dim=(1, 2)), change.float(), rtol=0.01, atol=0)


def test_of_a_product_is_known_by_arithmetic():
    """Along the way from 0, x * y grows as alpha^2 x y: each of the two has half of it."""

    class Product(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return (images[:, 0, 0, 0] * images[:, 0, 0, 1])[:, None]

    image = torch.tensor([2.0, 5.0, 1.0, 1.0]).view(1, 1, 2, 2).repeat(1, 3, 1, 1)
    maps = IntegratedGradients(n_steps=2).explain(Product(), "", Question(image, torch.tensor([0])))
    torch.testing.assert_close(maps[0], torch.tensor([[5.0, 5.0], [0.0, 0.0]]))


@pytest.mark.parametrize("against", [None, torch.tensor([3, 3, 0, 2])])
def test_sums_are_complete_to_one_percent(against):
    torch.manual_seed(0)
    network = SongNet(32).eval()
    asked = question(4, 32, against=against)
    maps = IntegratedGradients(n_steps=4, max_steps=4096).explain(network, "", asked)
    torch.testing.assert_close(maps.sum(dim=(1, 2)), difference(network, asked), rtol=0.01, atol=0)


class Kink(nn.Module):
    """Rises only in the last twentieth of the way from black to white."""

    def forward(self, images: Tensor) -> Tensor:
        return (images.mean(dim=(1, 2, 3)) - 0.95).relu()[:, None]


def test_more_steps_are_taken_where_the_sum_is_not_complete():
    white = Question(torch.ones(1, 3, 4, 4), torch.tensor([0]))
    few = IntegratedGradients(n_steps=4, tolerance=1e9).explain(Kink(), "", white)
    assert abs(few.sum().item() - 0.05) > 0.01
    enough = IntegratedGradients(n_steps=4, max_steps=4096).explain(Kink(), "", white)
    assert enough.sum().item() == pytest.approx(0.05, rel=0.01)


def test_sums_that_stay_incomplete_are_told(caplog):
    white = Question(torch.ones(2, 3, 4, 4), torch.tensor([0, 0]))
    with caplog.at_level(logging.WARNING):
        maps = IntegratedGradients(n_steps=2, max_steps=2).explain(Kink(), "", white)
    assert maps.shape == (2, 4, 4)
    assert "2 of 2 maps" in caplog.text


def test_a_black_picture_has_nothing_to_tell():
    black = Question(torch.zeros(1, 3, 32, 32), torch.tensor([0]))
    assert torch.equal(IntegratedGradients().explain(SongNet(32), "", black), torch.zeros(1, 32, 32))


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_batch_size_of_passes_changes_nothing(at_once):
    torch.manual_seed(0)
    network, asked = SongNet(32).eval(), question(2, 32)
    expected = IntegratedGradients().explain(network, "", asked)
    found = IntegratedGradients(batch_size=at_once).explain(network, "", asked)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4 * expected.abs().max().item())


def test_steps_without_meaning_are_refused():
    with pytest.raises(UserError, match="n_steps=100 must lie between 1 and max_steps=50"):
        IntegratedGradients(n_steps=100, max_steps=50)


@pytest.mark.parametrize("wrong", [{"hide": "white"}, {"output": "loss"}])
def test_unknown_baselines_and_scores_are_refused(wrong):
    ((key, value),) = wrong.items()
    with pytest.raises(UserError, match=rf"integrated_gradients\.{key}={value} is not known: choose one of"):
        IntegratedGradients(**wrong)
