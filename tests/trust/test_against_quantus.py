"""The same figures as Quantus, where that is installed and right; its SSIM of flattened maps is not compared with."""

import copy

import numpy as np
import pytest
import torch
from helpers.trials import results
from scipy.integrate import trapezoid
from torch import nn

from fer_xai.metrics.pairs import paired_ncc
from fer_xai.trust.complexity import entropy
from fer_xai.trust.efficient_mprt import EfficientMPRT
from fer_xai.trust.random_logit import RandomLogit
from fer_xai.trust.smooth_mprt import SmoothMPRT
from fer_xai.trust.sparseness import gini

quantus = pytest.importorskip("quantus", reason="quantus is not installed: nothing to compare with")

MAPS = np.random.default_rng(0).normal(size=(5, 12, 12)).astype(np.float32) ** 3
IMAGES = torch.rand(5, 3, 12, 12, generator=torch.Generator().manual_seed(0))
CLASSES = torch.tensor([0, 1, 0, 1, 1])


def three_layers():
    torch.manual_seed(0)
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2))
    return nn.Sequential(nn.Conv2d(3, 2, 3), nn.Conv2d(2, 2, 3), *head).eval()


def changed_layers(network, weights):
    """Which of the network's three layers have other weights than the trained one."""
    return tuple(not torch.equal(network.state_dict()[f"{n}.weight"], weights[f"{n}.weight"]) for n in (0, 1, 4))


class ByLayers:
    """A map for each set of layers that have changed, whatever the image shows."""

    local_scale, positive = "none", False

    def __init__(self, network):
        self.weights = copy.deepcopy(network.state_dict())

    def maps(self, network, number):
        changed = changed_layers(network, self.weights)
        rng = np.random.default_rng(int("".join(str(int(one)) for one in changed), 2))
        return (MAPS[:number] + 2 * sum(changed) * rng.normal(size=(number, 12, 12))).astype(np.float32)

    def explain(self, network, layer, question):
        return torch.from_numpy(self.maps(network, len(question)))

    def for_quantus(self, model, inputs, targets, **kwargs):
        return self.maps(model, len(inputs))[:, None]


def ask(metric, network, explain=None, maps=None):
    return metric(
        model=network,
        x_batch=IMAGES.numpy(),
        y_batch=CLASSES.numpy(),
        a_batch=None if maps is None else maps[:, None],
        explain_func=explain,
        channel_first=True,
        device="cpu",
    )


QUIET = {"disable_warnings": True, "display_progressbar": False}


def test_sparseness_is_that_of_quantus():
    theirs = ask(quantus.Sparseness(abs=True, normalise=False, **QUIET), three_layers(), maps=MAPS)
    np.testing.assert_allclose(gini(MAPS), theirs, atol=1e-5)


def test_complexity_is_that_of_quantus():
    theirs = ask(quantus.Complexity(abs=True, normalise=False, **QUIET), three_layers(), maps=MAPS)
    np.testing.assert_allclose(entropy(MAPS), theirs, atol=1e-6)


def test_rise_in_complexity_is_that_of_quantus():
    network = three_layers()
    explainer = ByLayers(network)
    theirs = ask(quantus.EfficientMPRT(**QUIET), network, explainer.for_quantus)
    ours = results(EfficientMPRT(), explainer, IMAGES, network=network, classes=CLASSES)["rise", None]
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert np.abs(ours).min() > 0.01


def test_smooth_mprt_is_that_of_quantus_layer_by_layer(monkeypatch):
    """From the first layer up, by Spearman's correlation of the means over samples."""
    network = three_layers()
    explainer = ByLayers(network)
    # It asks its own explainer, whatever it is given.
    monkeypatch.setattr(quantus, "explain", explainer.for_quantus)
    metric = quantus.SmoothMPRT(layer_order="bottom_up", nr_samples=3, abs=False, normalise=False, **QUIET)
    theirs = ask(metric, network, explainer.for_quantus)
    test = SmoothMPRT(shares=[1 / 3, 2 / 3, 1.0], samples=3)
    ours = results(test, explainer, IMAGES, network=network, classes=CLASSES)
    steps = [np.round(share, 6) for share in (1 / 3, 2 / 3, 1.0)]
    curve = np.stack([ours["spearman", step] for step in steps])
    np.testing.assert_allclose(curve, np.stack([theirs[layer] for layer in list(theirs)[-3:]]), atol=1e-5)
    assert len(np.unique(curve.round(3))) == curve.size
    area = trapezoid(np.stack([np.ones(5), *curve]), [0, 1 / 3, 2 / 3, 1], axis=0)
    np.testing.assert_allclose(ours["area_spearman", None], area)


def test_random_logit_is_that_of_quantus_where_there_is_one_other_class():
    both = torch.from_numpy(np.random.default_rng(1).normal(size=(2, 5, 12, 12)).astype(np.float32))

    class Chosen:
        local_scale, positive = "none", False

        def explain(self, network, layer, question):
            return both[question.classes, torch.arange(len(question))]

        def for_quantus(self, model, inputs, targets, **kwargs):
            return both[torch.as_tensor(targets), torch.arange(len(inputs))].numpy()[:, None]

    similarity = quantus.similarity_func.correlation_pearson
    metric = quantus.RandomLogit(num_classes=2, similarity_func=similarity, normalise=False, **QUIET)
    theirs = ask(metric, three_layers(), Chosen().for_quantus)
    ours = results(RandomLogit(), Chosen(), IMAGES, network=three_layers(), classes=CLASSES)["ncc", None]
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    of_both = paired_ncc(both[0].numpy(), both[1].numpy())
    np.testing.assert_allclose(ours, of_both, atol=1e-6)
