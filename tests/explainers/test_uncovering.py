"""The experiment with tiles: what is uncovered when, how many tiles a network needs, and what follows of it."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.face_tiles import FaceTiles
from fer_xai.explainers.uncovering import Uncovering
from fer_xai.explainers.uncovering_curves import Curves, criterion_for, curves, random_orders
from fer_xai.face.canonical import CANONICAL_POINTS, FRAME_SHAPE
from fer_xai.face.observers.uncovering_answers import peoples_answers
from fer_xai.models.songnet import SongNet

SIZE = 24


def landmarks(n: int, size: int = SIZE) -> Tensor:
    """Those of the canonical face, which the crops are."""
    scale = np.array([size / FRAME_SHAPE[1], size / FRAME_SHAPE[0]])
    return torch.tensor(CANONICAL_POINTS[:68] * scale).expand(n, -1, -1)


def ask(n: int = 2, size: int = SIZE, **given) -> Question:
    images = torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(3))
    return Question(images, torch.zeros(n, dtype=torch.int64), landmarks=landmarks(n, size), **given)


class ReadsOneTile(nn.Module):
    """Names class 0 when the pixels of one tile are as they are in the picture, and cannot tell before.

    Args:
        places: bool (h, w), of the tile.
        pictures: (b, 3, h, w), the whole ones.
    """

    def __init__(self, places: Tensor, pictures: Tensor) -> None:
        super().__init__()
        self.places, self.pictures = places, pictures[..., places].flatten(1)
        self.passes: list[Tensor] = []

    def forward(self, images: Tensor) -> Tensor:
        self.passes.append(images)
        seen = images[..., self.places].flatten(1)
        same = (seen[:, None] == self.pictures[None]).all(dim=2).any(dim=1)
        return torch.stack([4.0 * same, torch.full((len(images),), 0.5), torch.zeros(len(images))], dim=1)


@pytest.mark.parametrize("criterion", ["people", 0.8])
@pytest.mark.parametrize("tile", [0, 13, 28, 47])
def test_a_network_that_reads_one_tile_gets_its_weight_there(criterion, tile):
    question = ask()
    labels = FaceTiles(6, 8).labels(question.landmarks, (SIZE, SIZE))
    network = ReadsOneTile(labels[0] == tile, question.images)
    explainer = Uncovering(criterion=criterion)
    trials = explainer.trials(network, question)
    for face in range(2):
        weights = trials.weights(face, 0)
        assert roc_auc_score(np.arange(48) == tile, weights) >= 0.99
        place = (trials.orders[face] == tile).argmax(axis=1) + 1
        assert (trials.needed[face] == place).all()
    maps = explainer.explain(network, "", question)
    assert roc_auc_score((labels[0] == tile).flatten(), maps[0].flatten()) >= 0.99


def test_answers_agree_with_uncovering_tile_by_tile():
    """A slow, literal experiment: one picture at a time, until the network is sure."""
    torch.manual_seed(0)
    network, question = SongNet(SIZE).eval(), ask()
    labels = FaceTiles(3, 2).labels(question.landmarks, (SIZE, SIZE))
    every = np.stack([random_orders(6, 40, np.random.default_rng(0))] * 2)
    pictures = (question.images, question.images.mean(dim=(2, 3), keepdim=True).expand_as(question.images), labels)
    with torch.no_grad():
        limit = criterion_for(curves(network, *pictures, every).top, 3.0)
    explainer = Uncovering(columns=3, rows=2, orders=10, criterion=limit)
    trials = explainer.trials(network, question)
    needed = np.zeros_like(trials.needed)
    for face, order in np.ndindex(trials.needed.shape):
        picture = question.images[face].mean(dim=(1, 2), keepdim=True).expand(-1, SIZE, SIZE).clone()
        for k, tile in enumerate(trials.orders[face, order].tolist(), start=1):
            picture = torch.where(labels[face] == tile, question.images[face], picture)
            with torch.no_grad():
                probabilities = network(picture[None]).double().softmax(dim=1)[0]
            if probabilities.max() >= limit - 1e-7 or k == 6:
                needed[face, order] = k
                assert probabilities.argmax() == trials.answers[face, order]
                break
    assert np.array_equal(needed, trials.needed)
    assert 1 < needed.mean() < 6


def test_the_criterion_of_people_is_where_as_many_tiles_are_needed():
    torch.manual_seed(0)
    top = np.sort(np.random.default_rng(0).random((40, 4, 48)), axis=-1)
    needed, _ = Curves(top, np.zeros(top.shape, int)).first_sure(np.full(40, criterion_for(top, 11.7)))
    assert needed.mean() == pytest.approx(11.7, abs=0.01)


def test_calibration_is_with_other_faces_and_once_for_a_network():
    torch.manual_seed(0)
    network, asked = SongNet(SIZE).eval(), []
    others = Question(torch.rand(4, 3, SIZE, SIZE), torch.zeros(4, dtype=torch.int64), landmarks=landmarks(4))

    def calibration(number: int) -> Question:
        asked.append(number)
        return others

    explainer = Uncovering(columns=3, rows=4, orders=5, criterion_faces=7, criterion_orders=4)
    first = explainer.trials(network, ask(calibration=calibration))
    again = explainer.trials(network, ask(calibration=calibration, other_seed=1))
    assert set(asked) == {7}
    assert len(set(first.criterion) | set(again.criterion)) == 1
    assert len(others.shared) == 1
    with torch.no_grad():
        own = Uncovering(columns=3, rows=4, orders=4)._curves(network, others, 4, None)[2]
    people = peoples_answers().needed_overall * 12 / 48
    assert own.first_sure(np.full(4, first.criterion[0]))[0].mean() == pytest.approx(people, abs=0.15)
    with torch.no_grad():
        network.head[-1].weight.mul_(2)
    assert explainer.trials(network, ask(calibration=calibration)).criterion[0] != first.criterion[0]


def test_passes_stop_early_and_the_same_tiles_are_passed_once():
    question = ask(1)
    labels = FaceTiles(6, 8).labels(question.landmarks, (SIZE, SIZE))
    network = ReadsOneTile(labels[0] == 20, question.images)
    orders = random_orders(48, 40, np.random.default_rng(0))[None]
    found = curves(network, question.images, question.images * 0, labels, orders, np.array([0.8]))
    states = torch.cat(network.passes).flatten(1)
    assert len(states) == len(states.unique(dim=0))
    needed, _ = found.first_sure(np.array([0.8]))
    wanted = {
        frozenset(order[:k].tolist())
        for order, last in zip(orders[0], needed[0], strict=True)
        for k in range(1, last + 1)
    }
    assert len(states) == len(wanted) < 0.65 * needed.sum()
    assert (np.isfinite(found.top).sum(axis=2) == needed).all()


def test_orders_are_permutations_each_place_as_likely_for_every_tile():
    orders = random_orders(5, 4000, np.random.default_rng(0))
    assert (np.sort(orders, axis=1) == np.arange(5)).all()
    for place in orders.T:
        assert np.bincount(place, minlength=5) == pytest.approx(800, abs=150)
    assert (random_orders(48, 6, np.random.default_rng(1)) == random_orders(48, 6, np.random.default_rng(1))).all()
    three = random_orders(48, 3, np.random.default_rng(0))
    assert len(np.unique(three, axis=0)) == 3
    assert (np.sort(three.reshape(3, -1, 2), axis=2) == np.sort(three[:1].reshape(1, -1, 2), axis=2)).all()


def test_places_of_a_tile_are_spread_evenly_over_the_orders():
    places = random_orders(48, 48, np.random.default_rng(0)).argsort(axis=1)
    spread = np.abs(np.sort(places[::3], axis=0) - np.linspace(1, 46, 16)[:, None]).max()
    assert spread < 12


def test_contrast_takes_off_the_weights_of_the_other_class():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIZE * SIZE, 2))
    explainer = Uncovering(columns=3, rows=4, orders=20)
    first, second = (
        explainer.explain(network, "", Question(ask(1).images, torch.tensor([named]), landmarks=landmarks(1)))
        for named in (0, 1)
    )
    contrast = explainer.explain(network, "", ask(1, against=torch.tensor([1])))
    torch.testing.assert_close(contrast, first - second)
    assert contrast.norm() > 0


def test_faces_without_landmarks_or_neutral_faces_are_left_out():
    torch.manual_seed(0)
    network, question = SongNet(SIZE).eval(), ask(3)
    points = question.landmarks.clone()
    points[1] = torch.nan
    rest = torch.zeros(3, 3, SIZE, SIZE)
    rest[2] = torch.nan
    question = Question(question.images, question.classes, landmarks=points, rest=lambda: rest)
    explainer = Uncovering(columns=2, rows=2, orders=2, hide="rest")
    assert explainer.trials(network, question).faces.tolist() == [0]
    maps = explainer.explain(network, "", question)
    assert maps.isnan().all(dim=(1, 2)).tolist() == [False, True, True]
    with pytest.raises(NotApplicableError, match="landmarks of the faces, and none are known"):
        explainer.explain(network, "", Question(question.images, question.classes))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"columns": 0}, "uncovering.columns=0: from 1 to 64 tiles side by side"),
        ({"rows": -1}, "uncovering.rows=-1: from 1 to 64"),
        ({"columns": 1, "rows": 1}, "at least two tiles are needed"),
        ({"orders": 0}, "uncovering.orders=0: at least 1 is needed"),
        ({"criterion": 0}, "uncovering.criterion=0: a probability above 0, at most 1, or people"),
        ({"criterion": 1.5}, "uncovering.criterion=1.5: a probability"),
        ({"criterion": "sure"}, "uncovering.criterion=sure: a probability"),
        ({"batch_size": 0}, "uncovering.batch_size=0: at least 1"),
        ({"hide": "noise"}, "uncovering.hide=noise is not known"),
    ],
)
def test_settings_out_of_range_are_one_line(settings, message):
    with pytest.raises(UserError, match=message):
        Uncovering(**settings)


def test_tiles_lie_on_the_face_as_on_the_photographs():
    """Eyes, nose and mouth of a frontal face are in the tiles where the photographs have them."""
    labels = FaceTiles(6, 8).labels(landmarks(1, 275), (275, 275))[0]
    points = landmarks(1, 275)[0].round().long()

    def tile(number: int) -> tuple[int, int]:
        x, y = points[number].tolist()
        return divmod(int(labels[y, x]), 8)

    assert tile(37) == (1, 2)  # upper lid at the left of the picture: 0.23, 0.31 of the photograph
    assert tile(44)[1] == 2
    assert tile(33) == (2, 4)  # base of the nose
    assert tile(57) == (2, 6)  # lower lip
    assert set(labels.unique().tolist()) == set(range(48))
