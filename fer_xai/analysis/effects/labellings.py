"""Which labels could have been where: labellings of maps that are as likely as the study's own, if the factor does
nothing.

Maps of one network are no independent pieces of evidence. So either whole networks change their labels (a factor such
as pretraining is the same in all maps of a network), or labels change places within a network (expression, fold).
Anderson and ter Braak (2003), Permutation tests for multi-factorial analysis of variance.
"""

import itertools
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import factorial, prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: Up to so many labellings are all looked at, and p is exact; of more, `RANDOM` are drawn.
MOST = 10_000
RANDOM = 9_999

#: Statistics that differ by less than this share are the same: sums in another order.
_SAME = 1e-9


@dataclass(frozen=True)
class Labellings:
    """Labellings of n maps, the study's own among them if `exact` (else it stands apart).

    Attributes:
        codes: (p, n) int16 number of the level of every map, from 0.
        exact: whether these are all labellings that the design allows.
        moved: what changes its label, in words.
    """

    codes: NDArray[np.int16]
    exact: bool
    moved: str

    def p_value(self, statistics: NDArray, observed: float) -> float:
        """Share of the labellings whose statistic is at least the study's own, which counts as one of them.

        Args:
            statistics: (p,) of every labelling; what is undefined counts as large.
            observed: the study's own.

        Returns:
            in (0, 1].
        """
        as_large = int((~(statistics < observed - _SAME * max(abs(observed), _SAME))).sum())
        return as_large / len(statistics) if self.exact else (1 + as_large) / (1 + len(statistics))


@dataclass(frozen=True)
class Design:
    """How the labels of n maps may change places.

    Attributes:
        units: the unit of each map; all maps of a unit have one label, and keep having one.
        blocks: the block of each map; labels change places within a block only. A unit lies in one block.
        moved: what changes its label, in words.
    """

    units: tuple[Hashable, ...]
    blocks: tuple[Hashable, ...]
    moved: str

    def labellings(self, words: Sequence[str], *, most: int = MOST, random: int = RANDOM, seed: int = 0) -> Labellings:
        """All labellings that this design allows, or random ones where they are more than `most`.

        Args:
            words: level of each map.
            most: of exact enumerations.
            random: number of random labellings.
            seed: of these.
        """
        first = {unit: place for place, unit in reversed(list(enumerate(self.units)))}
        places = {unit: number for number, unit in enumerate(first)}
        levels = {word: number for number, word in enumerate(sorted(set(words)))}
        by_block: dict[Hashable, list[int]] = {}
        for number, place in enumerate(first.values()):
            by_block.setdefault(self.blocks[place], []).append(number)
        of_unit = [levels[words[place]] for place in first.values()]
        labels = tuple(tuple(of_unit[number] for number in members) for members in by_block.values())
        exact = prod(_ways(tuple(sorted(part))) for part in labels) <= most
        drawn = _all_labels(tuple(tuple(sorted(part)) for part in labels)) if exact else _draw(labels, random, seed)
        by_unit = np.empty((len(drawn), len(first)), dtype=np.int16)
        by_unit[:, [number for members in by_block.values() for number in members]] = drawn
        return Labellings(by_unit[:, [places[unit] for unit in self.units]], exact, self.moved)


def design_of(words: Sequence[str], factor: str, leaves: pd.DataFrame) -> Design:
    """The design that a factor calls for, seen from where its levels lie.

    Args:
        words: level of each map.
        factor: its name.
        leaves: one row per map: `network`, `architecture` (which networks of several pretrainings share), and whatever
            else tells maps apart (expression, fold, seed, explainer).

    Returns:
        Of what tells maps of a network apart, labels change places within each network, all else being equal; of the
        network, likewise among networks. A factor that is one for all maps of an architecture: architectures change
        labels as wholes. One for all maps of a network, but not of its architecture: networks do, within architectures.
    """
    if factor in leaves and factor != "architecture":
        same = [str(name) for name in leaves if name not in (factor, "architecture")]
        keys = list(leaves[same].itertuples(index=False, name=None)) if same else [()] * len(leaves)
        return Design(tuple(range(len(leaves))), tuple(keys), f"{factor} within each {' and '.join(same)}")
    networks, architectures = tuple(leaves["network"]), tuple(leaves["architecture"])
    if len(set(zip(architectures, words, strict=True))) > len(set(architectures)):
        return Design(networks, architectures, "networks within architectures")
    return Design(architectures, ("",) * len(words), "networks")


def _ways(labels: tuple[int, ...]) -> int:
    """In how many orders a multiset can be."""
    return factorial(len(labels)) // prod(factorial(labels.count(label)) for label in set(labels))


@cache
def _orders(labels: tuple[int, ...]) -> NDArray[np.int16]:
    """All orders of a multiset, each once: (orders, labels)."""
    return np.array(list(_places(labels)), dtype=np.int16).reshape(-1, len(labels))


def _places(labels: tuple[int, ...]) -> Iterator[list[int]]:
    if len(set(labels)) < 2:
        yield list(labels)
        return
    one = labels[0]
    rest = tuple(label for label in labels if label != one)
    for chosen in itertools.combinations(range(len(labels)), len(labels) - len(rest)):
        free = [place for place in range(len(labels)) if place not in chosen]
        for others in _places(rest):
            order = [one] * len(labels)
            for place, label in zip(free, others, strict=True):
                order[place] = label
            yield order


@lru_cache(maxsize=32)
def _all_labels(blocks: tuple[tuple[int, ...], ...]) -> NDArray[np.int16]:
    """All labellings of blocks side by side, read-only."""
    labels = np.zeros((1, 0), dtype=np.int16)
    for block in blocks:
        orders = _orders(block)
        labels = np.hstack([np.repeat(labels, len(orders), axis=0), np.tile(orders, (len(labels), 1))])
    labels.setflags(write=False)
    return labels


@lru_cache(maxsize=8)
def _draw(blocks: tuple[tuple[int, ...], ...], number: int, seed: int) -> NDArray[np.int16]:
    rng = np.random.default_rng(seed)
    parts = [
        rng.permuted(np.broadcast_to(np.array(block, dtype=np.int16), (number, len(block))), axis=1) for block in blocks
    ]
    labels = np.hstack(parts)
    labels.setflags(write=False)
    return labels
