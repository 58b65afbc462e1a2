"""What networks whose use of the pixels is known are said to use."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.drawn_faces import ask_about, drawn_faces
from scipy.stats import spearmanr
from torch import Tensor, nn

from fer_xai.data.preparation.crop import cut, face_square
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.evidence import Evidence, KnownEvidence
from fer_xai.explainers.intervention import Intervention
from fer_xai.models.preprocess import network_input
from fer_xai.synthetic import interventions
from fer_xai.synthetic.interventions import Players
from fer_xai.synthetic.picture_plan import Picture

ANGER, DISGUST, FEAR, HAPPINESS, SADNESS, SURPRISE = range(6)
SIZE = 48


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def faces(cache) -> PreparedFaces:
    return drawn_faces(cache, people=1)


class Linear(nn.Module):
    """Logits that are weighted sums of the pixels.

    Args:
        weights: (classes, 3, h, w).
    """

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, images: Tensor) -> Tensor:
        return torch.einsum("bchw,kchw->bk", images, self.weights)


def random_weights(size: int, strength: float = 0.02) -> Tensor:
    return strength * torch.randn(6, 3, size, size, generator=torch.Generator().manual_seed(0))


def bent(size: int) -> nn.Module:
    """A network whose answers hang on everything at once."""
    torch.manual_seed(0)
    return nn.Sequential(Linear(random_weights(size, 0.05)), nn.Tanh(), nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 6))


def evidence(**settings) -> KnownEvidence:
    return KnownEvidence("explainer.intervention", **settings)


def test_a_network_that_reads_the_mouth_uses_what_shows_there_and_nothing_else(faces, cache):
    rows = [FEAR, SURPRISE, SADNESS]
    question = ask_about(faces, cache, rows, 224)
    for i, row in enumerate(rows):
        low, high = (
            faces.landmarks[row][48:68].min(axis=0).astype(int),
            faces.landmarks[row][48:68].max(axis=0).astype(int),
        )
        mouth = torch.zeros(224, 224, dtype=torch.bool)
        mouth[low[1] : high[1], low[0] : high[0]] = True
        (found,) = evidence(output="logit").of(Linear(random_weights(224) * mouth), question.one(i))
        there = (found.players.places * mouth.numpy()).sum(axis=(1, 2)) > 0
        assert there.any()
        assert not there.all()
        assert np.abs(found.values[~there]).max() < 1e-6
        assert (np.abs(found.values[there]) > 1e-3).all()
        assert found.values[there].sum() == pytest.approx(found.full - found.rest, abs=1e-6)


def test_of_a_linear_network_values_are_weights_times_the_shapley_values_of_the_picture(faces, cache):
    """By enumeration of all orders, of pictures that are drawn here."""
    mean, std = torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1), torch.tensor([0.2, 0.25, 0.3]).view(1, 3, 1, 1)
    network, asked = Linear(random_weights(SIZE)), ask_about(faces, cache, [SURPRISE], SIZE)
    question = replace(asked, images=(asked.images - mean) / std, mean=mean, std=std)
    (found,) = evidence(output="logit").of(network, question)
    picture = Picture(0, 0, SURPRISE)
    square = face_square(picture.landmarks(224).astype(float), 0.06, align=True)

    def pixels(players: tuple[int, ...]) -> Tensor:
        shown = [name for k in players for name in found.players.features[k]]
        crop = torch.from_numpy(cut(picture.draw(224, shown).image, square, 224)).permute(2, 0, 1)[None]
        return network_input(crop, SIZE, mean, std)[0].double()

    number = len(found.players.names)
    seen: dict[frozenset, Tensor] = {}
    shares, orders = torch.zeros(number, 3, SIZE, SIZE, dtype=torch.float64), list(permutations(range(number)))
    for order in orders:
        for k, player in enumerate(order):
            before, after = frozenset(order[:k]), frozenset(order[: k + 1])
            for some in (before, after):
                if some not in seen:
                    seen[some] = pixels(tuple(some))
            shares[player] += (seen[after] - seen[before]) / len(orders)
    wanted = torch.einsum("pchw,chw->p", shares, network.weights[SURPRISE].double()).detach().numpy()
    assert np.abs(wanted).max() > 0.01
    np.testing.assert_allclose(found.values, wanted, atol=1e-4)


@pytest.mark.parametrize("output", ["log_probability", "probability", "logit"])
@pytest.mark.parametrize("against", [None, torch.tensor([5, 5, 0])])
def test_values_add_up_to_the_full_face_less_the_face_at_rest(faces, cache, output, against):
    """Sampled ones, too: fear and disgust have more players than two."""
    rows, network = [FEAR, DISGUST, HAPPINESS], bent(SIZE)
    question = ask_about(faces, cache, rows, SIZE, against=against)
    at_rest = torch.stack([rest_of(faces, row) for row in rows])
    ways = {"log_probability": lambda logits: logits.log_softmax(1), "probability": lambda logits: logits.softmax(1)}
    say = ways.get(output, lambda logits: logits)

    def answers(images: Tensor) -> Tensor:
        told = say(network(images).double())
        own = told[torch.arange(3), question.classes]
        return (own if against is None else own - told[torch.arange(3), against]).detach()

    wanted = answers(question.images) - answers(question.prepared(at_rest))
    for found, gain in zip(evidence(output=output, exact_up_to=2).of(network, question), wanted, strict=True):
        assert found.values.sum() == pytest.approx(float(gain), abs=1e-5)
        assert found.full - found.rest == pytest.approx(float(gain), abs=1e-5)


def rest_of(faces: PreparedFaces, row: int) -> Tensor:
    picture = Picture(0, 0, row)
    square = face_square(picture.landmarks(224).astype(float), 0.06, align=True)
    return torch.from_numpy(cut(picture.draw(224, ()).image, square, 224)).permute(2, 0, 1)


def test_sampled_values_lie_within_their_error_of_the_exact_ones(faces, cache):
    """Of faces with more than five players, whose every subset is drawn here."""
    question, network = ask_about(faces, cache, [FEAR, DISGUST], SIZE), bent(SIZE)
    sampled, exact = (evidence(exact_up_to=most).of(network, question) for most in (2, 8))
    for ours, wanted in zip(sampled, exact, strict=True):
        assert ours.players.names == wanted.players.names
        assert len(wanted.players.names) > 2
        assert (wanted.errors == 0).all()
        assert (ours.errors >= 0).all()
        assert (np.abs(ours.values - wanted.values) <= 3 * ours.errors + 1e-9).all()


def test_no_face_is_drawn_more_often_than_allowed(faces, cache, monkeypatch, tmp_path):
    drawn, redraw = [], interventions.redraw
    monkeypatch.setattr(interventions, "redraw", lambda wanted: drawn.append(wanted.picture.index) or redraw(wanted))
    question = ask_about(faces, tmp_path, [FEAR], SIZE)
    (found,) = evidence(exact_up_to=2).of(bent(SIZE), question)
    assert found.drawings == len(drawn) <= 40
    assert (found.errors > 0).all()


def test_what_is_drawn_serves_every_network_and_explainer(faces, cache, monkeypatch):
    first = Intervention().explain(bent(SIZE), "", ask_about(faces, cache, [HAPPINESS], SIZE))
    monkeypatch.setattr(interventions, "redraw", lambda wanted: pytest.fail(f"{wanted} is drawn again"))
    other = Intervention(output="logit").explain(
        Linear(random_weights(32)), "", ask_about(faces, cache, [HAPPINESS], 32)
    )
    again = Intervention(batch_size=3).explain(bent(SIZE), "", ask_about(faces, cache, [HAPPINESS], SIZE))
    torch.testing.assert_close(again, first, rtol=1e-4, atol=1e-7)
    assert not torch.equal(other, first)


def test_a_question_is_answered_once(faces, cache):
    network, asked = Counting(), ask_about(faces, cache, [HAPPINESS], SIZE)
    (found,) = evidence().of(network, asked)
    passed = network.passed
    assert passed == 2 ** len(found.players.names)
    evidence().of(network, asked)
    Intervention().explain(network, "", asked)
    assert network.passed == passed


class Counting(nn.Module):
    passed = 0

    def forward(self, images: Tensor) -> Tensor:
        self.passed += len(images)
        return images.flatten(1)[:, :6]


def of_places(places: np.ndarray, values: list[float]) -> Evidence:
    players = Players(tuple("abcdef"[: len(places)]), (), (), places.astype(np.float32))
    return Evidence(players, np.array(values), np.zeros(len(values)), 0.0, 0.0, 0)


def test_the_mean_of_the_true_map_where_a_unit_shows_is_its_value():
    places = np.zeros((3, 4, 4))
    places[0, 0], places[1, :2, 1], places[2, 3, 3] = 1 / 4, 1 / 2, 1  # the first two share a pixel
    true_map = of_places(places, [2, 1, -3]).true_map(4)
    np.testing.assert_allclose((true_map * places).sum(axis=(1, 2)), [2, 1, -3], atol=1e-6)
    assert true_map[3, 3] == pytest.approx(-3)


def test_each_unit_keeps_its_sign_where_another_of_more_value_overlaps_it():
    places = np.zeros((2, 4, 4))
    places[0, 0], places[1, :2, 1] = 1 / 4, 1 / 2
    true_map = of_places(places, [9, 0.1]).true_map(4)
    assert true_map.min() == 0
    # The second needs none of its own, so one height h has both means as nearly as can be: h/4 for 9, h/8 for 0.1.
    height = (9 / 4 + 0.1 / 8) / (1 / 4**2 + 1 / 8**2)
    np.testing.assert_allclose(true_map[0], height / 4, rtol=1e-5)
    assert not true_map[1:].any()


def test_true_maps_of_real_places_rank_units_by_their_values(faces, cache):
    question = ask_about(faces, cache, list(range(6)), SIZE)
    rng, correlations = np.random.default_rng(0), []
    for found in evidence(exact_up_to=1).of(bent(SIZE), question):
        places = found.places(SIZE)
        for values in rng.normal(size=(20, len(places))) if len(places) > 2 else ():
            true_map = replace(found, values=values).true_map(SIZE)
            assert (true_map > 0).any() or (values <= 0).all()
            assert (true_map < 0).any() or (values >= 0).all()
            correlations.append(spearmanr((true_map * places).sum(axis=(1, 2)), values).statistic)
    assert np.mean(correlations) > 0.95


def test_where_no_unit_shows_the_true_map_is_empty(faces, cache):
    question, network = ask_about(faces, cache, [SADNESS, ANGER], SIZE), bent(SIZE)
    maps = Intervention(positive=False).explain(network, "", question)
    for raw, found in zip(maps, evidence().of(network, question), strict=True):
        nowhere = found.places(SIZE).max(axis=0) == 0
        assert nowhere.mean() > 0.2
        assert not raw.numpy()[nowhere].any()


def test_random_choices_that_turn_out_otherwise_are_about_the_same_faces(faces, cache):
    question, network = ask_about(faces, cache, [SADNESS, ANGER], SIZE), bent(SIZE)
    for one, other in zip(
        evidence().of(network, question),
        evidence().of(network, question.changed(other_seed=10**9)),
        strict=True,
    ):
        assert one.players.names == other.players.names
        assert one.full == other.full


def test_only_some_units(faces, cache):
    question, network = ask_about(faces, cache, [HAPPINESS, ANGER], SIZE), bent(SIZE)
    smile, frown = evidence(units=["AU6", 12]).of(network, question)
    assert set("+".join(smile.players.names).split("+")) == {"AU6", "AU12"}
    assert frown.players.names == ()
    assert frown.full == frown.rest
    assert frown.true_map(SIZE).shape == (SIZE, SIZE)
    assert not frown.true_map(SIZE).any()


def test_photographs_have_no_true_map(faces, cache):
    with pytest.raises(NotApplicableError, match="these are no drawn faces"):
        Intervention().explain(bent(SIZE), "", Question(torch.rand(1, 3, SIZE, SIZE), torch.tensor([0])))
    drawings = faces.frame["drawing"].where(faces.frame.index == HAPPINESS, "")
    mixed = replace(faces, frame=faces.frame.assign(drawing=drawings))
    maps = Intervention().explain(bent(SIZE), "", ask_about(mixed, cache, [ANGER, HAPPINESS], SIZE))
    assert maps.isnan().flatten(1).all(dim=1).tolist() == [True, False]
    photographs = Intervention().explain(bent(SIZE), "", ask_about(mixed, cache, [ANGER, FEAR], SIZE))
    assert photographs.shape == (2, SIZE, SIZE)
    assert photographs.isnan().all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"exact_up_to": 0}, "exact_up_to=0: from 1 to 10 players"),
        ({"exact_up_to": 11}, "exact_up_to=11: from 1 to 10 players"),
        ({"drawings": 39}, "drawings=39: at least 40 is needed"),
        ({"batch_size": 0}, "batch_size=0: at least 1 is needed"),
        ({"output": "loss"}, "output=loss is not known: choose one of probability, log_probability, logit"),
        ({"units": []}, r"units=\[\]: a list of at least one action unit is needed"),
        ({"units": "AU4"}, "units=AU4: a list of at least one action unit is needed"),
        ({"units": [4, 99]}, "units: 99 is no action unit that faces are drawn with: choose among AU1, AU2"),
    ],
)
def test_settings_out_of_range_are_one_line(settings, message):
    with pytest.raises(UserError, match=rf"^intervention\.{message}"):
        Intervention(**settings)
