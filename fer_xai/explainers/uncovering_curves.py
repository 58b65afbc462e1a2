"""What a network says of faces that are uncovered tile by tile."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

#: Orders of one face that share what is uncovered after every second tile.
TOGETHER = 3
#: Pictures per pass that suit a processor, whose cache they should fit, and an accelerator.
CHUNK = {"cpu": 8}
CHUNK_ELSEWHERE = 256


def random_orders(tiles: int, orders: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Random orders of the tiles, each of them as likely as any other.

    Two things make much of few passes. Orders come in threes that differ only in which of two neighbouring places come
    first: after every second tile the same tiles are uncovered, so that three orders take about one and a half passes
    per tile. And over the threes a tile's place is spread evenly (Latin hypercube, McKay et al. 1979). By simulation,
    weights from 50 such orders are about as exact as from 42 independent ones, at half the passes of 50.

    Args:
        tiles: how many, at least 1.
        orders: how many.
        rng: random numbers.

    Returns:
        (orders, tiles), each row a permutation.
    """
    groups = -(-orders // TOGETHER)
    strata = rng.permuted(np.tile(np.arange(groups), (tiles, 1)), axis=1).T
    base = (strata + rng.random((groups, tiles))).argsort(axis=1).repeat(TOGETHER, axis=0)[:orders]
    paired = tiles - tiles % 2
    swapped = rng.random((orders, paired // 2, 1)) < 0.5
    pairs = base[:, :paired].reshape(orders, -1, 2)
    mixed = np.where(swapped, pairs[..., ::-1], pairs).reshape(orders, paired)
    return np.concatenate([mixed, base[:, paired:]], axis=1)


@dataclass(frozen=True)
class Curves:
    """How sure a network is of f faces while they are uncovered in o orders.

    Attributes:
        top: float64 (f, o, tiles), probability of the most probable class after so many tiles, from the first on; NaN
            where that was not asked for any more.
        answer: int64 (f, o, tiles), that class.
    """

    top: NDArray[np.float64]
    answer: NDArray[np.int64]

    def first_sure(self, criterion: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """When the network first is sure, and of what; it answers at the last tile in any case.

        Args:
            criterion: (f,), the probability from which on it is sure.

        Returns:
            Tiles needed (f, o), from 1 on, and the answers (f, o).
        """
        sure = self.top >= criterion[:, None, None]
        sure[..., -1] = True
        first = sure.argmax(axis=2)
        return first + 1, np.take_along_axis(self.answer, first[..., None], axis=2)[..., 0]


def criterion_for(top: NDArray[np.floating], needed: float) -> float:
    """The smallest probability from which on a network has to be sure to need so many tiles on average.

    An answer takes more than k tiles if none of the first k probabilities reaches the criterion, so the mean number
    rises by a step wherever the criterion passes one of these running maxima: it is their quantile. Where many of them
    are the same (a network that does not change its mind for most tiles), it needs more tiles rather than fewer.

    Args:
        top: (..., tiles), whole curves.
        needed: tiles, from 1 to all.

    Examples:
        >>> criterion_for(np.array([[0.2, 0.5, 0.4, 0.9], [0.3, 0.6, 0.8, 0.7]]), 2.0)
        0.5
    """
    highest = np.sort(np.maximum.accumulate(top, axis=-1)[..., :-1].ravel())
    below = math.ceil((needed - 1) / (top.shape[-1] - 1) * len(highest) - 1e-9)
    place = np.searchsorted(highest, highest[below - 1], side="right") if below > 0 else 0
    return float(highest[min(int(place), len(highest) - 1)])


def curves(
    network: nn.Module,
    images: Tensor,
    hidden: Tensor,
    labels: Tensor,
    orders: NDArray[np.int64],
    criterion: NDArray[np.floating] | None = None,
    batch_size: int | None = None,
) -> Curves:
    """Uncover faces, all of them and all orders at once, tile after tile; the same tiles of a face are passed once.

    Args:
        network: in eval mode.
        images: (f, 3, h, w), the network's input.
        hidden: (f, 3, h, w), what covered tiles show.
        labels: int64 (f, h, w), number of each pixel's tile; the number of tiles where there is none.
        orders: (f, o, tiles).
        criterion: (f,), from which probability on nothing more is asked of an order; None for whole curves.
        batch_size: pictures per pass; None for what suits the device.
    """
    faces, number, tiles = orders.shape
    size = batch_size or CHUNK.get(images.device.type, CHUNK_ELSEWHERE)
    face = np.arange(faces).repeat(number)
    order = orders.reshape(-1, tiles)
    # One more for pixels without a tile, which stay covered.
    shown = np.zeros((len(order), tiles + 1), dtype=bool)
    top = np.full((len(order), tiles), np.nan)
    answer = np.zeros((len(order), tiles), dtype=np.int64)
    active = np.arange(len(order))
    for step in range(tiles):
        shown[active, order[active, step]] = True
        states = np.column_stack([face[active], np.packbits(shown[active], axis=1)])
        _, first, place = np.unique(states, axis=0, return_index=True, return_inverse=True)
        some = active[first]
        found, named = _pass(network, images, hidden, labels, face[some], shown[some], size)
        top[active, step], answer[active, step] = found[place.ravel()], named[place.ravel()]
        if criterion is not None:
            active = active[~(top[active, step] >= criterion[face[active]])]
            if not len(active):
                break
    return Curves(top.reshape(orders.shape), answer.reshape(orders.shape))


def _pass(
    network: nn.Module,
    images: Tensor,
    hidden: Tensor,
    labels: Tensor,
    face: NDArray[np.int64],
    shown: NDArray[np.bool_],
    batch_size: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Probability and number of the most probable class of each state (a face, and the tiles of it that are shown)."""
    tops, answers = [], []
    flat = labels.flatten(1)
    which, keep = torch.from_numpy(face).to(images.device), torch.from_numpy(shown).to(images.device)
    for rows, tiles in zip(which.split(batch_size), keep.split(batch_size), strict=True):
        visible = tiles.gather(1, flat[rows]).view(-1, 1, *labels.shape[1:])
        pictures = torch.where(visible, images[rows], hidden[rows])
        # Channels innermost, for which convolutions and pools on a processor are much faster.
        logits = network(pictures.contiguous(memory_format=torch.channels_last))
        # In float64, for a sure network is less than a float32 away from certain.
        top, answer = logits.double().softmax(dim=1).max(dim=1)
        tops.append(top.cpu())
        answers.append(answer.cpu())
    return torch.cat(tops).numpy(), torch.cat(answers).numpy()
