"""Shapley values of a game whose players are parts of a picture: which coalitions to try, what follows from them."""

from math import comb, factorial

import numpy as np
from numpy.typing import NDArray


def coalitions(
    players: int, samples: int, exact_up_to: int, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """The coalitions that are tried, and their weights in the regression that gives the Shapley values.

    With few players all coalitions are tried. Else they are drawn by their leverage in the regression, each with its
    complement (C. Musco and R. T. Witter, ICLR 2025; I. Covert and S.-I. Lee, AISTATS 2021): every size from 1 to
    players - 1 is equally likely, and within a size every coalition. Sizes are spread evenly instead of at random.

    Args:
        players: how many, at least 1.
        samples: number of coalitions where not all are tried; the empty and the full one are among them.
        exact_up_to: all coalitions are tried with at most so many players.
        rng: random numbers.

    Returns:
        Who takes part, bool (n, players), first nobody, then everybody; and the weights of the others (n - 2,).
    """
    if players <= exact_up_to:
        numbers = np.arange(2**players)
        every = (numbers[:, None] >> np.arange(players)) % 2 == 1
        inner = every[1:-1]
        size = inner.sum(axis=1)
        weights = np.array([(players - 1) / (comb(players, s) * s * (players - s)) for s in size.tolist()])
        return np.concatenate([every[:1], every[-1:], inner]), weights
    pairs = max((samples - 2) // 2, 1)
    # A coalition and its complement have the same weight, so sizes may be drawn from 1 to players - 1 for the first.
    sizes = 1 + ((np.arange(pairs) + rng.random()) * (players - 1) / pairs).astype(int).clip(max=players - 2)
    order = rng.random((pairs, players)).argsort(axis=1).argsort(axis=1)
    first = order < sizes[:, None]
    inner = np.stack([first, ~first], axis=1).reshape(-1, players)
    size = inner.sum(axis=1)
    # Shapley's kernel over the probability of being drawn, up to a factor.
    weights = 1 / (size * (players - size))
    ends = np.stack([np.zeros(players, dtype=bool), np.ones(players, dtype=bool)])
    return np.concatenate([ends, inner]), weights


def shapley_values(
    taking_part: NDArray[np.bool_], weights: NDArray[np.float64], worth: NDArray[np.float64], exact_up_to: int
) -> NDArray[np.float64]:
    """Shapley values from the worth of coalitions; they add up to what everybody is worth more than nobody.

    Args:
        taking_part: as `coalitions` gave it, (n, players).
        weights: likewise.
        worth: of the coalitions, (n,).
        exact_up_to: as given to `coalitions`.

    Returns:
        One value per player, (players,): exact where all coalitions were tried, else those of the weighted regression
        with the sum held (S. Lundberg and S.-I. Lee, NeurIPS 2017, theorem 2).
    """
    players = taking_part.shape[1]
    if players <= exact_up_to:
        return _exact(taking_part, worth)
    x, y = taking_part[2:].astype(float), worth[2:] - worth[0]
    gain = worth[1] - worth[0]
    # Lagrange's conditions: minimise the weighted squares, hold the sum. Least squares, lest few samples leave it open.
    weighted = (x * weights[:, None]).T
    ones = np.ones((players, 1))
    system = np.block([[weighted @ x, ones], [ones.T, np.zeros((1, 1))]])
    right = np.append(weighted @ y, gain)
    return np.linalg.lstsq(system, right, rcond=None)[0][:-1]


def _exact(taking_part: NDArray[np.bool_], worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shapley's formula: a player's contribution, averaged over all orders in which players may come."""
    players = taking_part.shape[1]
    size = taking_part.sum(axis=1)
    with_player = np.array([factorial(max(s - 1, 0)) * factorial(players - s) for s in range(players + 1)], dtype=float)
    without = np.array([factorial(s) * factorial(max(players - s - 1, 0)) for s in range(players + 1)], dtype=float)
    share = np.where(taking_part, with_player[size][:, None], -without[size][:, None]) / factorial(players)
    return worth @ share
