import numpy as np
import pytest
import torch
from helpers.linear_network import linear_network, pictures
from torch import nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.designs import Leverage, Orthogonal, Paired, Plain
from fer_xai.explainers.lime import LIME, nearness, ridge
from fer_xai.explainers.segments import superpixels
from fer_xai.explainers.surrogate import Surrogate

DESIGNS = [Plain(), Paired(), Orthogonal(), Leverage()]


def draw(design, samples: int, parts: int, seed: int = 0):
    return design.draw(samples, parts, np.random.default_rng(seed))


@pytest.mark.parametrize("design", DESIGNS, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize(("samples", "parts"), [(1, 2), (2, 2), (7, 5), (64, 3), (400, 24), (1000, 33)])
def test_samples_are_as_many_as_asked_for_and_begin_with_the_whole_picture(design, samples, parts):
    shown, importance = draw(design, samples, parts)
    assert shown.shape == (samples, parts)
    assert shown.dtype == bool
    assert shown[0].all()
    assert importance.shape == (samples,)
    assert (importance > 0).all()
    again, _ = draw(design, samples, parts)
    assert (shown == again).all()


@pytest.mark.parametrize("design", DESIGNS[1:], ids=lambda one: type(one).__name__)
def test_designed_samples_come_with_their_complements(design):
    shown, _ = draw(design, 300, 24)
    assert (shown[::2] ^ shown[1::2]).all()


def test_blocks_are_orthogonal_arrays_of_strength_three():
    """Of any three parts, all eight ways are equally often among the 64 rows of a block."""
    shown, _ = draw(Orthogonal(), 128, 24)
    for block in (shown[:64], shown[64:]):
        for trio in ([0, 1, 2], [3, 11, 20], [5, 22, 23]):
            ways = np.bincount(block[:, trio] @ [1, 2, 4], minlength=8)
            assert ways.tolist() == [8] * 8
    assert not (shown[:64] == shown[64:]).all()


@pytest.mark.parametrize("design", DESIGNS, ids=lambda one: type(one).__name__)
def test_weighted_samples_stand_for_plain_ones(design):
    """Any mean over samples, weighted by importance, is that over all 2^6 combinations."""
    table = np.random.default_rng(3).random(64)
    means = []
    for seed in range(200):
        shown, importance = draw(design, 66, 6, seed)
        # The first pair is chosen, not drawn.
        values, weights = table[shown[2:] @ (2 ** np.arange(6))], importance[2:]
        means.append((values * weights).mean())
    spread = np.std(means) / np.sqrt(200)
    assert abs(np.mean(means) - table.mean()) < 4 * spread + 0.01 * table.mean()


def test_paired_samples_cancel_what_parts_do_together_in_twos():
    """A game of pairs only: complements have the same worth, and the unweighted regression sees nothing but that."""
    shown, _ = draw(Paired(), 200, 10)
    signs = shown * 2.0 - 1
    worth = torch.tensor(signs[:, 0] * signs[:, 1] + 2 * signs[:, 3] * signs[:, 7])[None]
    found = ridge(torch.from_numpy(shown)[None], worth, torch.ones(1, 200, dtype=torch.float64), 1e-9)
    assert found.abs().max() < 1e-9
    plain, _ = draw(Plain(), 200, 10)
    signs = plain * 2.0 - 1
    worth = torch.tensor(signs[:, 0] * signs[:, 1] + 2 * signs[:, 3] * signs[:, 7])[None]
    assert ridge(torch.from_numpy(plain)[None], worth, torch.ones(1, 200, dtype=torch.float64), 1e-9).abs().max() > 0.05


def test_leverage_is_that_of_the_weighted_regression():
    """Against the hat matrix over all 2^8 combinations of 8 parts."""
    every = (np.arange(256)[:, None] >> np.arange(8)) % 2 == 1
    near = nearness(torch.from_numpy(every)[None], torch.tensor([8]), 0.25)[0].numpy()
    x = np.c_[np.ones(256), every] * np.sqrt(near)[:, None]
    exact = (x @ np.linalg.inv(x.T @ x) * x).sum(axis=1)
    usual = np.bincount(every.sum(axis=1)) / 256
    ours = Leverage()._leverage(np.arange(9), usual)[every.sum(axis=1)]
    ours *= exact.sum() / ours.sum()
    # Nearness makes parts depend on each other a little, which the formula leaves out.
    middle = (every.sum(axis=1) >= 2) & (every.sum(axis=1) <= 7)
    np.testing.assert_allclose(ours[middle], exact[middle], rtol=0.25)


def test_surrogate_meets_its_samples_and_an_additive_network_everywhere():
    shown = torch.from_numpy(draw(Plain(), 300, 12)[0])
    effects = torch.linspace(-1, 1, 36, dtype=torch.float64).view(12, 3)
    logits = shown.double() @ effects + 5
    predict = Surrogate(noise=1e-6).fit(shown, logits)
    torch.testing.assert_close(predict(shown).softmax(1), logits.softmax(1), atol=1e-4, rtol=0)
    other = torch.from_numpy(draw(Plain(), 300, 12, seed=1)[0])
    expected = (other.double() @ effects).softmax(1)
    torch.testing.assert_close(predict(other).softmax(1), expected, atol=0.01, rtol=0)


def test_weights_of_a_linear_network_are_its_contributions_by_the_surrogate_too():
    """Its probabilities are linear, its logits are not: the correction makes up for what the surrogate gets wrong."""
    asked, network = Question(pictures(1, 24), torch.tensor([0])), linear_network(24)
    found = LIME(samples=300, alpha=1e-9, design=Paired(), surrogate=Surrogate(samples=2000))
    weights = found.segment_weights(network, asked)[0]
    labels, counts = superpixels(asked, 30, 20.0)
    per_pixel = (network.weights.detach() * asked.images[0]).sum(dim=0)
    expected = torch.tensor([float(per_pixel[labels[0] == segment].sum()) for segment in range(counts[0])])
    assert (weights - expected).square().mean() < 0.05**2 * expected.square().mean()


def test_designed_sample_comes_nearer_to_many_plain_samples_than_as_many_plain_ones():
    torch.manual_seed(3)
    hidden = nn.Linear(3 * 16 * 16, 32)
    nn.init.normal_(hidden.weight, std=0.2)
    network = nn.Sequential(nn.Flatten(), hidden, nn.ReLU(), nn.Linear(32, 6))
    asked = Question(pictures(3, 16) * 4 - 2, torch.tensor([0, 2, 5]))
    settings = {"segments": 16, "alpha_at": 1000, "batch_size": 1000}
    many = LIME(samples=20_000, **settings).segment_weights(network, asked)

    def error(seed: int, **given) -> float:
        found = LIME(samples=200, seed=seed, **settings, **given).segment_weights(network, asked)
        return float((found - many).square().mean())

    plain = np.mean([error(seed) for seed in range(1, 4)])
    designed = np.mean([error(seed, design=Paired(), surrogate=Surrogate(samples=4000)) for seed in range(1, 4)])
    assert designed < plain / 2


@pytest.mark.parametrize("setting", ["rate", "noise", "samples"])
def test_wrong_settings_are_one_line(setting):
    with pytest.raises(UserError, match=rf"lime\.surrogate\.{setting}=0: a number above 0"):
        Surrogate(**{setting: 0})
