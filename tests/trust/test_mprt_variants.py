"""Smooth and efficient randomisation, on networks and maps whose answer is arithmetic."""

import copy

import numpy as np
import pytest
import torch
from helpers.trials import Given, results, trial
from torch import nn

from fer_xai.errors import UserError
from fer_xai.metrics.pairs import paired_ncc
from fer_xai.trust.efficient_mprt import EfficientMPRT, histogram_entropy
from fer_xai.trust.smooth_mprt import SmoothMPRT


def two_layers():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 6)
    )


class Weights:
    """A map of the weights of one layer, beaten flat to 6 x 6; blind to the image."""

    local_scale, positive = "none", False

    def __init__(self, layer):
        self.layer = layer

    def explain(self, network, layer, question):
        values = network[self.layer].weight.detach().flatten()
        return values.repeat(36)[:36].view(1, 6, 6).repeat(len(question), 1, 1)


class FirstChannel:
    """The image itself: it changes with noise, and never with the network."""

    local_scale, positive = "none", False

    def explain(self, network, layer, question):
        return question.images[:, 0]


class ByState:
    """The first of two maps for the trained network, the second for every other."""

    local_scale, positive = "none", False

    def __init__(self, network, trained, random):
        self.weights, self.maps = copy.deepcopy(network.state_dict()), (trained, random)

    def explain(self, network, layer, question):
        same = all(torch.equal(value, self.weights[key]) for key, value in network.state_dict().items())
        return self.maps[0 if same else 1].expand(len(question), -1, -1)


def test_maps_are_means_over_the_image_and_noise_of_the_stated_size():
    """The mean of 5 copies, 4 with noise of 0.2 x range 2: a standard error of 0.4 x sqrt(4) / 5."""
    images = torch.zeros(2, 3, 60, 60)
    images[:, 0, :30], images[:, 0, 30:] = -1, 1
    one = trial(FirstChannel(), images)
    (smooth,) = SmoothMPRT(samples=5, noise=0.2).maps(one)
    away = (smooth - images[:, 0]).flatten(1)
    np.testing.assert_allclose(away.mean(dim=1), 0, atol=0.01)
    np.testing.assert_allclose(away.std(dim=1), 0.4 * 2 / 5, rtol=0.05)
    # Every image has its own noise, every sample another, and all is the same again.
    assert abs(float(torch.corrcoef(away)[0, 1])) < 0.1
    assert torch.equal(SmoothMPRT(samples=5, noise=0.2).maps(one)[0], smooth)


def test_explainer_that_looks_at_the_image_alone_is_not_excused_by_noise():
    """The random networks see the noise that the trained one saw, so that nothing differs."""
    images = torch.rand(3, 3, 6, 6)
    found = results(SmoothMPRT(samples=3, noise=1.0), FirstChannel(), images, network=two_layers())
    np.testing.assert_allclose(found["area_ncc", None], 1, atol=1e-6)


@pytest.mark.parametrize(("order", "layer"), [("bottom_up", 0), ("top_down", 4)])
def test_layers_become_random_from_the_first_one_up(order, layer):
    """At a share of a half, one of the two layers has random weights: the first in its order."""
    images, network = torch.rand(1, 3, 6, 6), two_layers()
    for number, changes in ((layer, True), (4 - layer, False)):
        test = SmoothMPRT(shares=[0.5, 1.0], samples=2, order=order)
        found = results(test, Weights(number), images, network=network)
        assert (found["ncc", 0.5][0] < 0.9) == changes
        assert found["ncc", 1.0][0] < 0.9
        # Trapezoids over the shares 0, 1/2 and 1.
        area = 0.25 * (1 + 2 * found["ncc", 0.5][0] + found["ncc", 1.0][0])
        assert found["area_ncc", None][0] == pytest.approx(area)


def test_smoothing_is_what_tells_a_noisy_explainer_from_a_changed_one():
    """A fixed pattern under noise that hangs on the image: unlike itself on noisy images, and alike when smoothed."""
    pattern = torch.linspace(0, 1, 400).view(1, 20, 20)

    class Noisy(Given):
        def explain(self, network, layer, question):
            salt = float(network[4].weight.detach().sum())
            return pattern + torch.sin(1e4 * (2 + salt) * question.images[:, 0])

    images, network = torch.rand(1, 3, 20, 20), two_layers()
    one = [results(SmoothMPRT([1.0], samples=n), Noisy(None), images, network=network)["ncc", 1.0] for n in (2, 40)]
    signal, noise = float(pattern.var()), 0.5
    for n, value in zip((2, 40), one, strict=True):
        np.testing.assert_allclose(value, signal / (signal + noise / n), atol=0.15)


def test_rise_in_complexity_is_written_out():
    """From two equal bars of the histogram to four: from log 2 to log 4."""
    network = two_layers()
    half = torch.tensor([0.0, 1.0]).repeat(18).view(1, 6, 6)
    quarters = torch.tensor([-1.0, 0.0, 3.0, 9.0]).repeat(9).view(1, 6, 6)
    images = torch.rand(2, 3, 6, 6)
    before = copy.deepcopy(network.state_dict())
    found = results(EfficientMPRT(), ByState(network, half, quarters), images, network=network)
    np.testing.assert_allclose(found["rise", None], 1.0)
    found = results(EfficientMPRT(), ByState(network, quarters, half), images, network=network)
    np.testing.assert_allclose(found["rise", None], -0.5)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_a_blind_explainer_has_no_rise_and_a_map_that_is_gone_loses_all():
    network, images = two_layers(), torch.rand(2, 3, 6, 6)
    found = results(EfficientMPRT(), FirstChannel(), images, network=network)
    np.testing.assert_array_equal(found["rise", None], 0)
    flat = torch.zeros(1, 6, 6)
    gone = results(EfficientMPRT(), ByState(network, images[:1, 0], flat), images, network=network)
    np.testing.assert_allclose(gone["rise", None], -1)
    never = results(EfficientMPRT(), ByState(network, flat, images[:1, 0]), images, network=network)
    assert np.isnan(never["rise", None]).all()


def test_histogram_spans_each_map_of_its_own_and_keeps_the_sign():
    maps = np.array([[[-1.0, -0.9], [0.9, 1.0]], [[-1e6, -0.9e6], [0.9e6, 1e6]], [[np.nan, 0.0], [0.0, 1.0]]])
    found = histogram_entropy(maps, 4)
    np.testing.assert_allclose(found, [np.log(2), np.log(2), np.nan])
    assert paired_ncc(maps[:1], maps[1:2])[0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: SmoothMPRT(samples=1), r"trust\.smooth_mprt\.samples=1: at least 2"),
        (lambda: SmoothMPRT(noise=0), r"trust\.smooth_mprt\.noise=0"),
        (lambda: SmoothMPRT(order="sideways"), r"trust\.smooth_mprt\.order=sideways: known are bottom_up and top_down"),
        (lambda: SmoothMPRT(shares=[0.5]), r"trust\.smooth_mprt\.shares=\[0\.5\]"),
        (lambda: EfficientMPRT(bins=1), r"trust\.efficient_mprt\.bins=1: at least 2"),
    ],
)
def test_settings_that_mean_nothing_are_refused(build, words):
    with pytest.raises(UserError, match=words):
        build()
