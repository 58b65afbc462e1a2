"""F-Fidelity on networks whose losses are arithmetic, and the copy that learns to do without pixels."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from helpers.trials import Given, results, trial
from torch import nn

from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question
from fer_xai.trust.f_fidelity import FFidelity
from fer_xai.trust.masked_training import fine_tuned, without_pixels
from fer_xai.trust.pixel_ranks import BASELINES, baselines_of

RAMP = (torch.arange(16.0) / 15).view(1, 1, 4, 4).repeat(1, 3, 1, 1)


def as_it_is(**settings):
    """Of the network itself, so that nothing is learned."""
    return FFidelity(epochs=0, **settings)


def test_losses_without_lots_are_those_of_deletion_written_out():
    """With a probability of one all of the share goes: the largest 4 and 8 of the numbers 0 to 15, over 15 x 16."""
    found = results(as_it_is(removed=1, alpha=1, shares=[0.25, 0.5], samples=1), Given(RAMP[:, 0]), RAMP)
    expected = {("plus", 0.25): 54, ("plus", 0.5): 92, ("minus", 0.25): 6, ("minus", 0.5): 28}
    for key, loss in expected.items():
        np.testing.assert_allclose(found[key], loss / 240, atol=2e-6)
    np.testing.assert_allclose(found["area_plus", None], (54 + 92) / 480, atol=2e-6)
    np.testing.assert_allclose(found["area_minus", None], (6 + 28) / 480, atol=2e-6)
    np.testing.assert_array_equal(found["same_answer", None], 1)


def test_with_lots_a_share_of_them_goes_on_average():
    """Of the top 4, worth 54, a half on average; the standard error of 2,000 draws is below 0.02 of the loss."""
    found = results(as_it_is(removed=1, alpha=0.5, shares=[0.25], samples=2000), Given(RAMP[:, 0]), RAMP)
    np.testing.assert_allclose(found["plus", 0.25], 0.5 * 54 / 240, rtol=0.06)
    np.testing.assert_allclose(found["minus", 0.25], 0.5 * 6 / 240, rtol=0.12)


def test_no_more_is_removed_than_the_copy_has_learned_to_do_without():
    """A picture of ones loses what is removed of it: alpha x share up to `removed`, which then caps it."""
    images = torch.full((2, 3, 60, 60), 0.9)
    test = as_it_is(removed=0.1, alpha=0.5, shares=[0.1, 0.2, 0.5, 1.0], samples=4)
    found = results(test, Given(torch.rand(2, 60, 60)), images)
    for share, gone in ((0.1, 0.05), (0.2, 0.1), (0.5, 0.1), (1.0, 0.1)):
        np.testing.assert_allclose(found["plus", share], 0.9 * gone, rtol=0.06)
    # All pixels are both the most and the least relevant ones.
    np.testing.assert_allclose(found["plus", 1.0], found["minus", 1.0])


def test_an_image_has_its_lots_in_any_batch_and_a_map_that_is_not_finite_no_figure():
    images = torch.rand(3, 3, 8, 8)
    maps = images[:, 0].clone()
    both = results(as_it_is(), Given(maps), images)
    again = results(as_it_is(), Given(maps), images)
    assert all(np.array_equal(both[key], again[key]) for key in both)
    alone = results(as_it_is(), Given(maps), images[:1])
    np.testing.assert_allclose(alone["area_plus", None], both["area_plus", None][:1], atol=1e-7)
    maps[1, 0, 0] = torch.nan
    broken = results(as_it_is(), Given(maps), images)["area_plus", None]
    assert np.isnan(broken).tolist() == [False, True, False]


def test_orders_are_compared_with_random_ones():
    assert baselines_of(FFidelity()) == BASELINES


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.2), nn.Flatten(), nn.LazyLinear(2)
    )


@pytest.fixture
def faces():
    """Bright left halves of the one class and bright right halves of the other, under noise."""
    generator = torch.Generator().manual_seed(0)
    classes = torch.arange(41) % 2
    images = torch.rand(41, 3, 8, 8, generator=generator)
    images[classes == 0, :, :, :4] += 1
    images[classes == 1, :, :, 4:] += 1
    return Question(images, classes)


@pytest.fixture
def trained(faces):
    """Knows whole faces."""
    net = network()
    net(faces.images)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(15):
        optimizer.zero_grad()
        F.cross_entropy(net(faces.images), faces.classes).backward()
        optimizer.step()
    return net


def test_a_share_of_pixels_is_gone_in_all_channels_others_in_each_image():
    images = torch.ones(5, 3, 10, 10)
    gone = without_pixels(images, 0.13, torch.Generator().manual_seed(0)) == 0
    assert gone.all(dim=1).flatten(1).sum(dim=1).tolist() == [13] * 5
    assert torch.equal(gone.all(dim=1), gone.any(dim=1))
    assert len({tuple(one.nonzero().flatten().tolist()) for one in gone[:, 0]}) == 5
    assert torch.equal(images, torch.ones(5, 3, 10, 10))


def test_the_copy_does_better_without_pixels_and_the_network_stays_as_it_was(trained, faces):
    before, modes = copy.deepcopy(trained.state_dict()), [module.training for module in trained.modules()]
    state = torch.random.get_rng_state()
    settings = (0.5, 20, 3e-3, 8, 0)
    with torch.no_grad():
        learned = fine_tuned(trained, faces, *settings)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(value, before[key]) for key, value in trained.state_dict().items())
    assert [module.training for module in trained.modules()] == modes
    assert all(parameter.grad is not None and parameter.requires_grad for parameter in trained.parameters())
    assert not any(parameter.requires_grad for parameter in learned.parameters())
    holes = without_pixels(faces.images, 0.5, torch.Generator().manual_seed(9))
    with torch.no_grad():
        losses = [F.cross_entropy(net.eval()(holes), faces.classes).item() for net in (trained, learned)]
    assert losses[1] < 0.8 * losses[0]
    again = fine_tuned(trained.train(), faces, *settings)
    for one, other in zip(learned.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_one_copy_serves_all_explainers_and_its_answers_are_told(trained, faces):
    asked = []

    def training(number):
        asked.append(number)
        return faces

    test = FFidelity(faces=30, epochs=1, samples=2, shares=[0.5])
    for maps in (faces.images[:4, 0], -faces.images[:4, 0]):
        one = trial(Given(maps), faces.images[:4], trained, faces.classes[:4], training=training)
        found = {(item.measure, item.step): item.values for item in test.run(one)}
        assert {name for name, _ in found} == {"plus", "minus", "area_plus", "area_minus", "same_answer"}
    assert asked == [30, 30]
    assert len(faces.shared) == 1
    (learned,) = faces.shared.values()
    agree = learned(faces.images[:4]).argmax(1) == trained.eval()(faces.images[:4]).argmax(1)
    same = next(item.values for item in test.run(one) if item.measure == "same_answer")
    assert same.tolist() == agree.double().tolist()


def test_copy_may_be_explained_in_the_networks_place(trained, faces):
    seen = []

    class Sees(Given):
        def explain(self, network, layer, question):
            seen.append(network)
            return question.images[:, 0]

    one = trial(Sees(None), faces.images[:3], trained, faces.classes[:3], training=lambda number: faces)
    list(FFidelity(epochs=1, samples=1, maps="copy").run(one))
    assert seen[0] is trained
    assert seen[1] is next(iter(faces.shared.values()))


def test_without_faces_of_the_training_or_weights_there_is_no_copy(faces):
    with pytest.raises(NotApplicableError, match="none are known"):
        results(FFidelity(), Given(RAMP[:, 0]), RAMP)
    with pytest.raises(NotApplicableError, match="no weights"):
        results(FFidelity(), Given(RAMP[:, 0]), RAMP, training=lambda number: faces)
    with pytest.raises(NotApplicableError, match="1 face"):
        fine_tuned(nn.Linear(1, 1), faces.one(0), 0.1, 1, 1e-4, 2, 0)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"removed": 0}, r"trust\.f_fidelity\.removed=0: a share above 0"),
        ({"alpha": 1.5}, r"trust\.f_fidelity\.alpha=1\.5"),
        ({"shares": [0.1, 0]}, r"trust\.f_fidelity\.shares=0"),
        ({"shares": []}, r"trust\.f_fidelity\.shares=0: at least 1"),
        ({"samples": 0}, r"trust\.f_fidelity\.samples=0: at least 1"),
        ({"faces": 1}, r"trust\.f_fidelity\.faces=1: at least 2"),
        ({"epochs": -1}, r"trust\.f_fidelity\.epochs=-1: at least 0"),
        ({"lr": 0}, r"trust\.f_fidelity\.lr=0"),
        ({"maps": "both"}, r"trust\.f_fidelity\.maps=both: known are network and copy"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, words):
    with pytest.raises(UserError, match=words):
        FFidelity(**settings)
