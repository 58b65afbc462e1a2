"""Tests of explainers on networks and maps whose answer is arithmetic."""

import copy

import numpy as np
import pytest
import torch
from helpers.trials import Given, results, trial
from scipy.stats import spearmanr
from torch import nn

from fer_xai.errors import UserError
from fer_xai.explainers.baseline_maps import UniformNoise
from fer_xai.explainers.cam import GradCAM
from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.metrics.pairs import paired_ncc
from fer_xai.models.network import Network
from fer_xai.models.weinet import WeiNet
from fer_xai.trust.base import Frames
from fer_xai.trust.deletion import Deletion
from fer_xai.trust.insertion import Insertion
from fer_xai.trust.map_likeness import spearman
from fer_xai.trust.pixel_ranks import BASELINES, ranks
from fer_xai.trust.randomisation import Randomisation, layers_from_head, randomise
from fer_xai.trust.road import Road
from fer_xai.trust.stability import Stability

SIDE = 4


@pytest.fixture
def ramp():
    """One image whose first channel rises from pixel to pixel, (1, 3, 4, 4), 0 to 1."""
    return (torch.arange(16.0) / 15).view(1, 1, SIDE, SIDE).repeat(1, 3, 1, 1)


def test_deletion_of_a_network_that_adds_up_pixels_is_written_out(ramp):
    found = results(Deletion(fills=["black"], steps=4), Given(ramp[:, 0]), ramp)
    # What is left when the largest 0, 4, 8, 12, 16 of the numbers 0 to 15 are taken away, over 15 * 16.
    curve = np.array([120, 66, 28, 6, 0]) / 240
    told = [found["probability_black", step][0] for step in (0, 0.25, 0.5, 0.75, 1)]
    np.testing.assert_allclose(told, curve, atol=2e-6)
    np.testing.assert_allclose(found["area_black", None], np.trapezoid(curve, dx=0.25), atol=2e-6)


def test_insertion_is_the_other_way_round(ramp):
    found = results(Insertion(fills=["black"], steps=4), Given(ramp[:, 0]), ramp)
    curve = np.array([0, 54, 92, 114, 120]) / 240
    told = [found["probability_black", step][0] for step in (0, 0.25, 0.5, 0.75, 1)]
    np.testing.assert_allclose(told, curve, atol=2e-6)
    # With the order turned round, little is gained at first.
    worse = results(Insertion(fills=["black"], steps=4), Given(-ramp[:, 0]), ramp)
    assert worse["area_black", None][0] < found["area_black", None][0]


def test_mean_and_blur_leave_what_they_promise(ramp):
    found = results(Deletion(fills=["mean", "blur"], steps=2), Given(ramp[:, 0]), ramp)
    np.testing.assert_allclose(found["probability_mean", 1.0], 0.5, atol=1e-6)
    assert {measure for measure, _ in found} == {"probability_mean", "area_mean", "probability_blur", "area_blur"}
    assert 0.4 < found["probability_blur", 1.0][0] < 0.6


def test_contrast_is_a_difference_of_probabilities(ramp):
    against = torch.ones(1, dtype=torch.int64)
    found = results(Deletion(fills=["black"], steps=1), Given(ramp[:, 0]), ramp, against=against)
    np.testing.assert_allclose(found["probability_black", 0.0], 2 * 0.5 - 1, atol=1e-6)
    np.testing.assert_allclose(found["probability_black", 1.0], -1, atol=1e-5)


def test_order_counts_from_the_most_relevant_and_draws_lots_among_equals(ramp):
    question = trial(Given(None), ramp.repeat(2, 1, 1, 1)).questions[0]
    maps = torch.stack([ramp[0, 0], torch.zeros(SIDE, SIDE)])
    places = ranks(maps, question, 0)
    assert places[0].flatten().tolist() == list(range(15, -1, -1))
    lots = places[1].flatten().tolist()
    assert sorted(lots) == list(range(16))
    assert lots not in (list(range(16)), list(range(15, -1, -1)))
    # The same image has the same order in another batch, another seed another one.
    assert ranks(maps[1:], trial(Given(None), ramp).questions[0].one(0), 0).shape == (1, SIDE, SIDE)
    alone = ranks(maps[1:], question.one(1), 0)
    assert torch.equal(alone[0], places[1])
    assert not torch.equal(ranks(maps[1:], question.one(1), 1)[0], places[1])


def test_maps_that_are_not_finite_have_no_figures(ramp):
    images = ramp.repeat(2, 1, 1, 1)
    maps = images[:, 0].clone()
    maps[1, 0, 0] = torch.nan
    for test in (Deletion(fills=["mean"], steps=2), Road(shares=[0.5]), Stability(shift=0.3)):
        for values in results(test, Given(maps), images).values():
            assert np.isnan(values[1])


def test_road_fills_smooth_pictures_in_almost_perfectly():
    """On a picture of one brightness, imputation puts back what was there: nothing is lost, in whatever order."""
    images = torch.full((2, 3, 8, 8), 0.3)
    maps = torch.rand(2, 8, 8, generator=torch.Generator().manual_seed(0))
    found = results(Road(noise=0.0), Given(maps), images)
    for measure in ("area_morf", "area_lerf"):
        np.testing.assert_allclose(found[measure, None], 0.3, atol=1e-5)
    np.testing.assert_allclose(found["gap", None], 0, atol=1e-5)


def test_road_tells_the_bright_spot_from_the_rest_and_repeats_itself():
    images = torch.zeros(1, 3, 8, 8)
    images[..., 2:4, 2:4] = 1
    spot = images[:, 0]
    right, wrong = (results(Road(), Given(maps), images) for maps in (spot, -spot))
    # The spot goes first and cannot be guessed from its dark surroundings.
    assert right["morf", 0.1][0] == pytest.approx(0, abs=0.02)
    assert right["lerf", 0.1][0] == pytest.approx(4 / 64, abs=0.02)
    assert right["gap", None][0] > 0 > wrong["gap", None][0]
    again = results(Road(), Given(spot), images)
    assert all(np.array_equal(right[key], again[key]) for key in right)


def small_network():
    torch.manual_seed(0)
    features = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1))
    return Network(features, nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 6)))


@pytest.fixture
def faces():
    return torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def test_constant_explainer_is_perfectly_stable_and_fails_randomisation(faces):
    # The same in the mirror, and on the part that a shift leaves.
    slope = torch.arange(16.0)[:, None] * 0 + (torch.arange(16.0) - 7.5).abs()
    constant = Given(slope.expand(3, 16, 16))
    found = results(Stability(), constant, faces)
    for measure in ("repeat", "mirror", "seed"):
        np.testing.assert_allclose(found[measure, None], 1, atol=1e-12)
    found = results(Randomisation(), constant, faces, network=small_network())
    np.testing.assert_allclose(found["area_ncc", None], 1, atol=1e-12)
    np.testing.assert_allclose(found["area_spearman", None], 1, atol=1e-12)


def test_randomised_network_gives_another_map_and_the_trained_one_is_left_as_it_was(faces):
    network = small_network().train()
    before = copy.deepcopy(network.state_dict())
    found = results(Randomisation(), GradCAM(positive=False), faces, network=network, classes=torch.tensor([0, 3, 5]))
    np.testing.assert_allclose(found["ncc", 0.0], 1, atol=1e-12)
    assert np.abs(found["ncc", 1.0]).max() < 0.95
    assert np.nanmax(found["area_ncc", None]) < 0.95
    # Four layers: conv, norm, conv, linear; shares up to a quarter are the linear layer alone.
    for share in (0.1, 0.2):
        np.testing.assert_array_equal(found["ncc", share], found["ncc", 0.1])
    again = results(Randomisation(), GradCAM(positive=False), faces, network=network, classes=torch.tensor([0, 3, 5]))
    assert all(np.array_equal(found[key], again[key], equal_nan=True) for key in found)
    after = network.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert network.training
    assert all(p.requires_grad and p.grad is None for p in network.parameters())


class Fails(Given):
    """Explains once and fails then."""

    def explain(self, network, layer, question):
        if hasattr(self, "done"):
            raise UserError("enough")
        self.done = True
        return super().explain(network, layer, question)


@pytest.mark.parametrize("test", [Randomisation(), Stability()])
def test_network_is_left_as_it_was_after_an_error(test, faces):
    network = small_network()
    before = copy.deepcopy(network.state_dict())
    with pytest.raises(UserError, match="enough"):
        results(test, Fails(torch.rand(3, 16, 16)), faces, network=network)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert not any(module._forward_pre_hooks or module._forward_hooks for module in network.modules())


def test_layers_come_from_the_head_down():
    network = small_network()
    conv1, norm, _, conv2 = network.features
    assert layers_from_head(network, torch.rand(1, 3, 16, 16)) == [[network.head[2]], [conv2], [norm], [conv1]]


def test_cascade_reaches_every_weight():
    """Also those of a transformer, some of which belong to no layer of their own or to one that is never called."""
    torch.manual_seed(0)
    encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.position = nn.Parameter(torch.rand(1, 16, 8))
            self.encoder = encoder

        def forward(self, images):
            return self.encoder(images.flatten(2).mT[..., :1].repeat(1, 1, 8) + self.position).mean(dim=1)

    network = nn.Sequential(Tokens(), nn.Linear(8, 6))
    before = {name: value.clone() for name, value in network.named_parameters()}
    generator = torch.Generator().manual_seed(0)
    layers = layers_from_head(network, torch.rand(1, 3, 4, 4))
    assert layers[0] == [network[1]]
    assert layers[-1] == [network[0]]
    for layer in layers:
        for module in layer:
            randomise(module, generator)
    same = [n for n, p in network.named_parameters() if torch.equal(p, before[n]) and not n.endswith("bias")]
    # Norms are the identity before and after.
    assert all("norm" in name for name in same)


def test_random_weights_keep_the_size_of_what_passes_through():
    layer = nn.Linear(4096, 4096)
    randomise(layer, torch.Generator().manual_seed(0))
    assert float(layer.weight.detach().std()) == pytest.approx(np.sqrt(2 / 4096), rel=0.01)
    assert not layer.bias.any()
    network = WeiNet(input_size=32)
    image = torch.rand(1, 3, 32, 32)
    for modules in layers_from_head(network, image):
        for module in modules:
            randomise(module, torch.Generator().manual_seed(0))
    assert 1e-3 < float(network(image).detach().std()) < 1e3


def test_global_maps_of_the_trained_network_come_at_step_0(faces):
    landmarks = torch.tensor(CANONICAL_POINTS[None, :68] * 15 / 275).repeat(3, 1, 1)
    test = Randomisation(shares=[0.5, 1.0])
    found = list(test.run(trial(Given(faces[:, 0]), faces, small_network(), landmarks=landmarks)))
    frames = {item.step: item.maps for item in found if isinstance(item, Frames)}
    assert list(frames) == [0.0, 0.5, 1.0]
    assert frames[0.0].shape == (3, 138, 112)
    assert np.isfinite(frames[0.0]).mean() > 0.5
    np.testing.assert_array_equal(frames[0.0], frames[1.0])


class Moves(Given):
    """The picture itself is its map: it moves and turns with the picture."""

    def explain(self, network, layer, question):
        return question.images[:, 0]


class Seeded(Given):
    """Noise of every image's own number."""

    def explain(self, network, layer, question):
        return UniformNoise(0).explain(network, layer, question)


def test_map_that_goes_with_the_picture_is_stable(faces):
    for values in results(Stability(shift=0.1), Moves(None), faces).values():
        np.testing.assert_allclose(values, 1, atol=1e-12)


def test_another_seed_gives_other_noise(faces):
    found = results(Stability(), Seeded(None), faces)
    np.testing.assert_allclose(found["repeat", None], 1)
    assert np.abs(found["seed", None]).max() < 0.5
    # What does not move with the picture is not stable.
    assert np.abs(found["shift", None]).max() < 0.5


def test_landmarks_are_mirrored_with_the_picture(faces):
    seen = []

    class Sees(Given):
        def explain(self, network, layer, question):
            seen.append(question.landmarks.clone())
            return question.images[:, 0]

    landmarks = torch.tensor(CANONICAL_POINTS[None, :68] * 15 / 275).repeat(3, 1, 1)
    results(Stability(shift=0.1), Sees(None), faces, landmarks=landmarks)
    _, moved, _, mirrored, _ = (seen[i] for i in (0, 1, 2, 3, 4))
    torch.testing.assert_close(moved, landmarks + 2)
    assert (mirrored[:, 0, 0] < mirrored[:, 16, 0]).all()
    torch.testing.assert_close(mirrored[:, 0, 0], 15 - landmarks[:, 16, 0])


def test_correlations_are_those_of_scipy_and_say_what_is_undefined():
    rng = np.random.default_rng(0)
    maps, others = rng.random((2, 3, 5, 6))
    others[0] = maps[0] ** 3
    expected = [spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(maps, others, strict=True)]
    np.testing.assert_allclose(spearman(maps, others), expected, atol=1e-12)
    assert spearman(maps, others)[0] == pytest.approx(1)
    np.testing.assert_allclose(paired_ncc(maps, others)[1], np.corrcoef(maps[1].ravel(), others[1].ravel())[0, 1])
    flat = np.zeros((3, 5, 6))
    assert paired_ncc(maps, flat).tolist() == [0, 0, 0]
    assert np.isnan(paired_ncc(flat, maps)).all()
    assert np.isnan(paired_ncc(flat, flat)).all()


def test_random_orders_belong_to_the_image(ramp):
    question = trial(Given(None), ramp.repeat(2, 1, 1, 1)).questions[0]
    for name in ("noise", "random blobs"):
        both = BASELINES[name](0).explain(None, "", question)
        assert both.shape == (2, SIDE, SIDE)
        assert torch.equal(BASELINES[name](0).explain(None, "", question.one(1))[0], both[1])
        assert not torch.equal(both[0], both[1])


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (
            lambda: Deletion(fills=["grey"]),
            r"trust\.deletion\.fills=grey is not known: choose one of black, mean, blur",
        ),
        (lambda: Insertion(steps=0), r"trust\.insertion: .*steps=0"),
        (lambda: Road(shares=[0, 0.5]), r"trust\.road\.shares=\[0, 0\.5\]"),
        (lambda: Randomisation(shares=[0.5, 0.2, 1]), r"trust\.randomisation\.shares"),
        (lambda: Randomisation(shares=[0.5]), "the last of them 1"),
        (lambda: Stability(shift=0.7), r"trust\.stability\.shift=0\.7"),
    ],
)
def test_settings_that_mean_nothing_are_refused(build, words):
    with pytest.raises(UserError, match=words):
        build()
