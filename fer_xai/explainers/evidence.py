"""Known evidence: what each action unit of a drawn face is worth to a network, by drawing the face without it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import nnls
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.passes import OUTPUTS, at_least, check_output
from fer_xai.explainers.shapley import PairedOrders, coalitions, order_values, paired_orders, shapley_values

if TYPE_CHECKING:
    from fer_xai.synthetic.interventions import Players

Item = TypeVar("Item")

#: The least bound on the drawings of a face: with nine action units it leaves two pairs of orders.
LEAST_DRAWINGS = 40
#: All coalitions of more players are more drawings than anybody waits for.
MOST_EXACT = 10


@dataclass(frozen=True)
class Evidence:
    """What one network uses of one drawn face.

    Attributes:
        players: of the face, with their names and places.
        values: float64 (p,), Shapley value of each player; they add up to `full` less `rest`.
        errors: float64 (p,), standard errors of the values; 0 where they are exact.
        full: what the network says of the full face.
        rest: what it says of the face with all players at rest.
        drawings: number of pictures that it took.
    """

    players: "Players"
    values: np.ndarray
    errors: np.ndarray
    full: float
    rest: float
    drawings: int

    def places(self, size: int) -> np.ndarray:
        """Where each player shows in pictures of this size: float32 (p, size, size), each adding up to 1."""
        crops = torch.from_numpy(self.players.places)[:, None]
        if len(crops) and crops.shape[-1] != size:
            crops = F.interpolate(crops, size=(size, size), mode="bilinear", antialias=True, align_corners=False)
            crops = crops / crops.sum(dim=(-2, -1), keepdim=True)
        return crops[:, 0].reshape(-1, size, size).numpy()

    def true_map(self, size: int) -> np.ndarray:
        """The values, each spread over where its player shows: float32 (size, size), with their sign.

        Each is spread with its own sign, and as high as it takes for the mean of the map where a player shows (weighted
        by its place) to be the player's value, as nearly as signs allow (least squares): small places are no brighter
        than large ones, and what overlaps is not counted twice.
        """
        places = self.places(size).reshape(-1, size * size).astype(np.float64)
        if not len(places):
            return np.zeros((size, size), dtype=np.float32)
        signs = np.sign(self.values)
        overlaps = places @ places.T
        scale = overlaps.diagonal().max()
        heights = signs * nnls(overlaps / scale * signs, self.values)[0] / scale
        return (heights @ places).reshape(size, size).astype(np.float32)


class _Design(NamedTuple):
    """The coalitions of one face that are drawn."""

    players: "Players"
    shown: np.ndarray
    #: None where all coalitions are tried.
    orders: PairedOrders | None
    drawings: int


@dataclass(frozen=True)
class KnownEvidence:
    """Shapley values of the action units of drawn faces, whose absence is drawn.

    The game is the network's answer to the face with some of its players shown and the others at rest. With few players
    all coalitions are drawn, else those that random orders of the players pass through, each with its reverse.

    Args:
        name: in error messages, such as `explainer.intervention`.
        exact_up_to: with at most so many players all coalitions are drawn, 1 to 10: 2^n drawings.
        drawings: at most so many of a face otherwise.
        output: what is shared out: log_probability (in nats), probability or logit.
        units: action units that may be players, such as [9, AU12], the others always being shown; None for all.
        batch_size: pictures per pass.
        seed: of the orders.

    Raises:
        UserError: a setting is out of range, or an action unit does not exist.
    """

    name: str
    exact_up_to: int = 5
    drawings: int = LEAST_DRAWINGS
    output: str = "log_probability"
    units: Sequence[str | int] | None = None
    batch_size: int = 64
    seed: int = 0
    _among: tuple[str, ...] | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        if not 1 <= self.exact_up_to <= MOST_EXACT:
            raise UserError(
                f"{self.name}.exact_up_to={self.exact_up_to}: from 1 to {MOST_EXACT} players; all coalitions of n are "
                "2^n drawings of each face"
            )
        at_least(self.drawings, LEAST_DRAWINGS, f"{self.name}.drawings")
        at_least(self.batch_size, 1, f"{self.name}.batch_size")
        check_output(self.output, f"{self.name}.output")
        if self.units is not None:
            object.__setattr__(self, "_among", _known_units(self.units, f"{self.name}.units"))

    def of(self, network: nn.Module, question: Question) -> list[Evidence | None]:
        """What the network uses of each face of a question, computed once for all that ask.

        Args:
            network: in any mode; left as it was found.
            question: about prepared faces, whose rows are its `index`.

        Returns:
            One for each image; None for a photograph.

        Raises:
            NotApplicableError: no face is a drawn one.
            UserError: a class that the network does not have, or the cache cannot be written.
        """
        if question.interventions is None:
            raise NotApplicableError(
                "known evidence comes of drawing faces again without some of their action units, and these are no "
                "drawn faces"
            )
        settings = (self.exact_up_to, self.drawings, self.output, self._among, self.seed)
        return question.share(("known evidence", network, settings), lambda: self._compute(network, question))

    def _compute(self, network: nn.Module, question: Question) -> list[Evidence | None]:
        interventions, rows = question.interventions, question.rows
        assert interventions is not None
        players = interventions.players(rows, self._among)
        designs = {
            i: self._design(own, row) for i, (own, row) in enumerate(zip(players, rows, strict=True)) if own is not None
        }
        pictures = interventions.draw(
            [(rows[i], [design.players.shown(some) for some in design.shown]) for i, design in designs.items()]
        )
        every = chain.from_iterable(pictures)
        with frozen(network), torch.no_grad():
            logits = self._logits(network, question, every)
        parts = logits.split([len(design.shown) for design in designs.values()])
        evidence = {
            i: self._evidence(design, question.one(i), part)
            for (i, design), part in zip(designs.items(), parts, strict=True)
        }
        return [evidence.get(i) for i in range(len(rows))]

    def _design(self, players: "Players", row: int) -> _Design:
        number = len(players.names)
        # Drawn already to find the players: the full face, and without each feature, and without each joined player.
        single = sum(map(len, players.features)) + len(players.invisible)
        joined = sum(len(features) > 1 for features in players.features) + (len(players.invisible) > 1)
        drawn = 1 + single + joined
        rng = np.random.default_rng((self.seed, row))
        everybody = 2**number - 1
        free = {everybody, *(everybody - 2**k for k in range(number))}
        orders = None
        if number > self.exact_up_to:
            orders = paired_orders(number, self.drawings - drawn, free, rng)
            shown = orders.coalitions
        else:
            shown = coalitions(number, 0, number, rng)[0] if number else np.zeros((1, 0), dtype=bool)
        more = sum(mask not in free for mask in (shown @ 2 ** np.arange(number)).tolist())
        return _Design(players, shown, orders, drawn + more)

    def _logits(self, network: nn.Module, question: Question, pictures: Iterable[np.ndarray]) -> Tensor:
        """Float64 (n, classes) on the CPU, of crops uint8 (S, S, 3)."""
        logits = []
        for some in _batches(pictures, self.batch_size):
            crops = torch.from_numpy(np.stack(some)).to(question.images.device).permute(0, 3, 1, 2)
            logits.append(network(question.prepared(crops)).double().cpu())
        return torch.cat(logits) if logits else torch.zeros((0, 1), dtype=torch.float64)

    def _evidence(self, design: _Design, question: Question, logits: Tensor) -> Evidence:
        worth = OUTPUTS[self.output](question, logits).double().numpy()
        number = design.shown.shape[1]
        if design.orders is not None:
            values, errors = order_values(design.orders, worth)
        else:
            values = shapley_values(design.shown, np.zeros(0), worth, number) if number else np.zeros(0)
            errors = np.zeros(number)
        full, rest = float(worth[min(1, len(worth) - 1)]), float(worth[0])
        return Evidence(design.players, values, errors, full, rest, design.drawings)


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    remaining = iter(items)
    while some := list(islice(remaining, size)):
        yield some


def _known_units(units: Sequence[str | int], key: str) -> tuple[str, ...]:
    # With OpenCV, which other explainers do without.
    from fer_xai.synthetic.interventions import known_features

    if isinstance(units, str) or not units:
        raise UserError(f"{key}={units}: a list of at least one action unit is needed, such as [9,12], or null for all")
    try:
        return known_features(units)
    except UserError as error:
        raise UserError(f"{key}: {error}") from None
