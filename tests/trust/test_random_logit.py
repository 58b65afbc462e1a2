"""Maps of another class, on explainers whose maps are arithmetic."""

import numpy as np
import pytest
import torch
from helpers.trials import Given, results, trial
from torch import nn

from fer_xai.errors import NotApplicableError
from fer_xai.trust.random_logit import RandomLogit, other_classes, ssim


class Columns:
    """Marks the column of the explained class."""

    local_scale, positive = "none", False

    def explain(self, network, layer, question):
        maps = torch.zeros(len(question), 8, 8)
        maps[torch.arange(len(question)), :, question.classes] = 1
        return maps


def network(classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, classes))


def literal_ssim(one, other, span):
    """Wang et al. (2004), equation 13, window by window, with sample variances, as scikit-image has it."""
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    values = []
    for y in range(one.shape[0] - 6):
        for x in range(one.shape[1] - 6):
            a, b = (each[y : y + 7, x : x + 7].ravel() for each in (one, other))
            covariance = np.cov(a, b)
            values.append(
                (2 * a.mean() * b.mean() + c1)
                * (2 * covariance[0, 1] + c2)
                / ((a.mean() ** 2 + b.mean() ** 2 + c1) * (covariance[0, 0] + covariance[1, 1] + c2))
            )
    return np.mean(values)


def test_two_columns_of_eight_are_written_out():
    images = torch.rand(4, 3, 8, 8)
    found = results(RandomLogit(), Columns(), images, network=network(6))
    # Means of 1/8: covariance of two disjoint columns -1/64, variance 7/64.
    np.testing.assert_allclose(found["ncc", None], -1 / 7, atol=1e-12)
    assert (found["ssim", None] < 0.2).all()


def test_a_map_that_does_not_ask_for_the_class_is_the_same():
    images = torch.rand(3, 3, 8, 8)
    found = results(RandomLogit(), Given(images[:, 0]), images, network=network(3))
    np.testing.assert_allclose(found["ncc", None], 1)
    np.testing.assert_allclose(found["ssim", None], 1)


def test_ssim_is_that_of_the_paper_of_maps_divided_by_their_largest():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 1, 9, 10))
    a, b = one[0] / np.abs(one).max(), other[0] / np.abs(other).max()
    span = max(a.max(), b.max()) - min(a.min(), b.min())
    assert ssim(one, other)[0] == pytest.approx(literal_ssim(a, b, span))
    assert ssim(5 * one, 0.1 * other)[0] == pytest.approx(ssim(one, other)[0])


def test_what_is_undefined_and_what_is_gone():
    maps = np.random.default_rng(0).random((4, 8, 8))
    others = maps.copy()
    maps[0], maps[1, 2, 2], others[2] = 0, np.nan, 0
    found = ssim(maps, others)
    assert np.isnan(found[:2]).all()
    assert 0 <= found[2] < 0.1
    assert found[3] == pytest.approx(1)
    with pytest.raises(NotApplicableError, match="7 x 7"):
        ssim(maps[:, :6], others[:, :6])


def test_every_other_class_is_drawn_but_the_explained_and_the_contrasted():
    number = 300
    images, classes = torch.rand(number, 3, 8, 8), torch.arange(number) % 6
    question = trial(Columns(), images, classes=classes).questions[0]
    drawn = other_classes(network(6), question, 0)
    assert not (drawn == classes).any()
    pairs = {*zip(classes.tolist(), drawn.tolist(), strict=True)}
    assert len(pairs) == 30
    contrast = question.changed(against=(classes + 1) % 6)
    drawn = other_classes(network(6), contrast, 0)
    assert not ((drawn == classes) | (drawn == contrast.against)).any()
    # An image has the same class in another batch, and others with another seed.
    assert other_classes(network(6), contrast.one(17), 0).item() == drawn[17]
    assert (other_classes(network(6), contrast, 1) != drawn).any()


def test_network_of_one_class_has_no_other():
    images = torch.rand(1, 3, 8, 8)
    with pytest.raises(NotApplicableError, match="no other class"):
        results(RandomLogit(), Columns(), images, network=network(1))
