"""How sparse and how complex maps are, on maps whose figures are arithmetic."""

import numpy as np
import pytest
import torch
from helpers.trials import Given, results

from fer_xai.trust.complexity import Complexity, entropy
from fer_xai.trust.measures import describe
from fer_xai.trust.pixel_ranks import BASELINES, baselines_of
from fer_xai.trust.sparseness import Sparseness, gini


def test_gini_of_a_ladder_is_written_out():
    ladder = np.array([[[0.0, 3.0], [1.0, 2.0]]])
    # Lorenz: (-3 * 0 - 1 * 1 + 1 * 2 + 3 * 3) / (4 * 6).
    assert gini(ladder)[0] == pytest.approx(10 / 24)
    # Neither size nor sign nor place counts.
    assert gini(-7 * ladder[:, ::-1])[0] == pytest.approx(10 / 24)


def test_gini_is_the_mean_difference_of_all_pairs():
    maps = np.random.default_rng(0).normal(size=(3, 5, 6))
    sizes = np.abs(maps.reshape(3, -1))
    apart = np.abs(sizes[:, :, None] - sizes[:, None, :]).mean(axis=(1, 2))
    np.testing.assert_allclose(gini(maps), apart / (2 * sizes.mean(axis=1)))


def test_entropy_of_halves_and_quarters_is_written_out():
    maps = np.array([[[1.0, -1.0], [2.0, 0.0]]])
    assert entropy(maps)[0] == pytest.approx(1.5 * np.log(2))
    assert entropy(1e-9 * maps)[0] == pytest.approx(1.5 * np.log(2))


def test_the_extremes():
    flat, spike = np.ones((1, 6, 6)), np.zeros((1, 6, 6))
    spike[0, 2, 3] = 1e-12
    assert (gini(flat)[0], gini(spike)[0]) == (pytest.approx(0), pytest.approx(1 - 1 / 36))
    assert (entropy(flat)[0], entropy(spike)[0]) == (pytest.approx(np.log(36)), pytest.approx(0))


@pytest.mark.parametrize("figure", [gini, entropy])
def test_maps_that_say_nothing_have_no_figure(figure):
    maps = np.ones((3, 4, 4))
    maps[0], maps[1, 0, 0], maps[2, 0, 0] = 0, np.nan, np.inf
    assert np.isnan(figure(maps)).all()


def test_tests_ask_for_the_map_alone_in_the_order_of_the_images():
    maps = torch.zeros(3, 8, 8)
    maps[0, 0, 0], maps[1, :4], maps[2] = 1, 1, torch.nan
    images = torch.rand(3, 3, 8, 8)
    np.testing.assert_allclose(results(Sparseness(), Given(maps), images)["gini", None], [63 / 64, 0.5, np.nan])
    found = results(Complexity(), Given(maps), images)
    np.testing.assert_allclose(found["entropy", None], [0, np.log(32), np.nan], atol=1e-12)
    np.testing.assert_allclose(found["spread", None], [1 / 64, 0.5, np.nan])


def test_blind_maps_stand_beside_and_nobody_is_judged():
    """Uniform noise has a Gini index of 1/3, and nearly the largest entropy."""
    for test in (Sparseness(), Complexity()):
        assert baselines_of(test) == BASELINES
        assert not any(measure.judged for measure in describe(test).measures)
    images = torch.zeros(2, 3, 64, 64)
    noise = BASELINES["noise"](0)
    np.testing.assert_allclose(results(Sparseness(), noise, images)["gini", None], 1 / 3, atol=0.01)
    # The entropy of x / mean(x), x uniform: 1/2 - log 2 nats below that of equal shares.
    gap = np.log(64 * 64) - results(Complexity(), noise, images)["entropy", None]
    np.testing.assert_allclose(gap, np.log(2) - 0.5, atol=0.01)
