"""The experiment that people did, with a network: a face is uncovered tile by tile until it is sure of an answer."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.face_tiles import FaceTiles
from fer_xai.explainers.hiding import can_be_hidden, check_hiding, hidden_pictures
from fer_xai.explainers.passes import at_least
from fer_xai.explainers.segments import paint
from fer_xai.explainers.uncovering_curves import Curves, criterion_for, curves, random_orders
from fer_xai.face.observers.tile_weights import tile_weights
from fer_xai.face.observers.uncovering_answers import GRID_COLUMNS, GRID_ROWS, peoples_answers

#: The criterion at which a network needs as many tiles as people did.
PEOPLE = "people"


@dataclass(frozen=True)
class Trials:
    """A network's answers to f faces in o orders.

    Attributes:
        faces: (f,), places of the faces in the question: those that could be covered.
        orders: int64 (f, o, tiles), in which the tiles were uncovered.
        needed: int64 (f, o), tiles that were uncovered when the network answered.
        answers: int64 (f, o), the classes that it named.
        criterion: (f,), the probability from which on it was sure.
    """

    faces: NDArray[np.int64]
    orders: NDArray[np.int64]
    needed: NDArray[np.int64]
    answers: NDArray[np.int64]
    criterion: NDArray[np.float64]

    def weights(self, face: int, named: int) -> NDArray[np.float64]:
        """What each tile was worth to the answers that named a class, see `tile_weights`.

        Args:
            face: number in `faces`.
            named: the class.

        Returns:
            (tiles,), in per cent; NaN where the class was not named quickly.
        """
        so = self.answers[face] == named
        tiles = self.orders.shape[2]
        shown = np.zeros((int(so.sum()), tiles), dtype=bool)
        uncovered = np.arange(tiles) < self.needed[face, so][:, None]
        np.put_along_axis(shown, self.orders[face, so], uncovered, axis=1)
        return tile_weights(shown)


class Uncovering:
    """The tile experiment of M. Wegrzyn et al. (PLOS ONE 12(5): e0177239, 2017), with a network in people's place.

    Tiles over the face, in the places of those over the photographs that people saw, are uncovered in random orders
    until the probability of the most probable class reaches a criterion, or all are uncovered. Quick answers that name
    the explained class give the tiles their weights, by the formula of people's own (`tile_weights`); in a contrast the
    weights of the other class are taken off. A face to which the network never names the class quickly says nothing:
    its map is zero. No picture depends on those beside it, and nothing is asked of the network but its answers.

    Args:
        columns: of the grid.
        rows: of the grid.
        orders: random orders of uncovering each face.
        criterion: the probability of the most probable class from which on the network is sure, above 0, at most 1; or
            `people`: the one at which it needs as many tiles as people did (11.7 of 48, in proportion) on faces that
            are not explained (`Question.calibration`), over whole curves. Without such faces each face has its own.
        criterion_faces: at most so many faces that `people` is found with.
        criterion_orders: orders of each of these.
        hide: what covered tiles show: black, mean, blur or rest, see `hiding.HIDDEN`.
        batch_size: pictures per pass; None for what suits the device.
        seed: of the orders.
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop tiles that took part less than the mean tile before averaging.

    Raises:
        UserError: a setting is out of range.
    """

    title = "uncovering"

    def __init__(
        self,
        columns: int = GRID_COLUMNS,
        rows: int = GRID_ROWS,
        orders: int = 50,
        criterion: str | float = PEOPLE,
        criterion_faces: int = 60,
        criterion_orders: int = 3,
        hide: str = "mean",
        batch_size: int | None = None,
        seed: int = 0,
        local_scale: str = "none",
        positive: bool = False,
    ) -> None:
        self.grid = FaceTiles(columns, rows)
        counts = {"orders": orders, "criterion_faces": criterion_faces, "criterion_orders": criterion_orders}
        for key, number in {**counts, **({} if batch_size is None else {"batch_size": batch_size})}.items():
            at_least(number, 1, f"uncovering.{key}")
        self.orders, self.batch_size, self.seed = orders, batch_size, seed
        self.criterion = _criterion(criterion)
        self.criterion_faces, self.criterion_orders = criterion_faces, criterion_orders
        self.hide = check_hiding(hide, "uncovering.hide")
        self.local_scale, self.positive = local_scale, positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, each tile its weight in per cent."""
        trials = self.trials(network, question)
        values = np.full((len(question), len(self.grid) + 1), np.nan)
        for i, face in enumerate(trials.faces.tolist()):
            weights = np.nan_to_num(trials.weights(i, int(question.classes[face])))
            if question.against is not None:
                weights = weights - np.nan_to_num(trials.weights(i, int(question.against[face])))
            # Nothing is known of pixels without a tile.
            values[face] = np.append(weights, 0.0)
        return paint(torch.from_numpy(values), self._labels(question))

    def trials(self, network: nn.Module, question: Question) -> Trials:
        """The experiment with the faces of a question, done once for all that ask.

        Args:
            network: in any mode; left as it was found.
            question: about faces with landmarks.

        Raises:
            NotApplicableError: the landmarks of the faces are not known.
            UserError: a class that the network does not have.
        """
        settings = (self.grid.columns, self.grid.rows, self.orders, self.criterion, self.hide, self.seed)
        return question.share(("uncovering", id(network), settings), lambda: self._trials(network, question))

    def _trials(self, network: nn.Module, question: Question) -> Trials:
        with frozen(network), torch.no_grad():
            # Of what cannot be explained, a pass tells before thousands of them.
            question.score(network(question.images))
            criterion = self._known_criterion(network, question)
            faces, orders, found = self._curves(network, question, self.orders, criterion)
        tiles = self._needed_by_people
        own = np.array([criterion_for(top, tiles) if criterion is None else criterion for top in found.top])
        needed, answers = found.first_sure(own)
        return Trials(faces, orders, needed, answers, own)

    @property
    def _needed_by_people(self) -> float:
        """Tiles, in proportion to the grid."""
        return peoples_answers().needed_overall * len(self.grid) / (GRID_COLUMNS * GRID_ROWS)

    def _known_criterion(self, network: nn.Module, question: Question) -> float | None:
        """The probability that goes for all faces; None if each has its own."""
        if isinstance(self.criterion, float):
            return self.criterion
        if question.calibration is None:
            return None
        others = question.calibration(self.criterion_faces)
        settings = (self.grid.columns, self.grid.rows, self.criterion_orders, self.hide, self.seed)
        # A network whose weights were changed in place is another one.
        weights = tuple(float(parameter.double().sum()) for parameter in network.parameters())
        return others.share(("uncovering", settings, weights), lambda: self._criterion_by(network, others))

    def _criterion_by(self, network: nn.Module, others: Question) -> float:
        _, _, found = self._curves(network, others, self.criterion_orders, None)
        if not len(found.top):
            raise NotApplicableError("uncovering.criterion=people: no face that is not explained can be covered")
        return criterion_for(found.top, self._needed_by_people)

    def _curves(
        self, network: nn.Module, question: Question, orders: int, criterion: float | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Curves]:
        """Places of the faces that can be covered, their orders, and what the network says."""
        labels = self._labels(question)
        hidden = hidden_pictures(question, self.hide)
        known = can_be_hidden(hidden).cpu() & _finite(question).cpu()
        faces = known.nonzero().flatten()
        drawn = [
            random_orders(len(self.grid), orders, np.random.default_rng((self.seed, question.seeds[i])))
            for i in faces.tolist()
        ]
        every = np.array(drawn, dtype=np.int64).reshape(len(faces), orders, len(self.grid))
        on = faces.to(labels.device)
        limits = None if criterion is None else np.full(len(faces), criterion)
        pictures = (question.images[on], hidden[on], labels[on])
        return faces.numpy(), every, curves(network, *pictures, every, limits, self.batch_size)

    def _labels(self, question: Question) -> Tensor:
        if question.landmarks is None:
            raise NotApplicableError("tiles are placed by the landmarks of the faces, and none are known")
        rows, columns = question.images.shape[-2:]
        return self.grid.labels(question.landmarks.to(question.images.device), (rows, columns))


def _finite(question: Question) -> Tensor:
    assert question.landmarks is not None
    return question.landmarks.isfinite().flatten(1).all(dim=1)


def _criterion(given: str | float) -> str | float:
    if given == PEOPLE:
        return PEOPLE
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= 1:
        raise UserError(f"uncovering.criterion={given}: a probability above 0, at most 1, or {PEOPLE}")
    return float(given)
