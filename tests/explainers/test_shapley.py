from itertools import permutations

import numpy as np
import pytest

from fer_xai.explainers.shapley import coalitions, shapley_values


def game(players: int, seed: int = 0):
    """The worth of a coalition in a game with interactions: any function of who takes part will do."""
    worth = np.random.default_rng(seed).normal(size=2**players)
    return lambda taking_part: worth[taking_part.astype(int) @ (2 ** np.arange(players))]


def slow_shapley(players: int, worth) -> np.ndarray:
    """The definition: what a player adds when coming, averaged over all orders."""
    total, orders = np.zeros(players), list(permutations(range(players)))
    for order in orders:
        present = np.zeros(players, dtype=bool)
        for player in order:
            before = worth(present[None])[0]
            present[player] = True
            total[player] += worth(present[None])[0] - before
    return total / len(orders)


def values(players: int, samples: int, exact_up_to: int, worth, seed: int = 0) -> np.ndarray:
    shown, weights = coalitions(players, samples, exact_up_to, np.random.default_rng(seed))
    return shapley_values(shown, weights, worth(shown), exact_up_to)


@pytest.mark.parametrize("players", [1, 2, 3, 5])
def test_exact_values_equal_the_definition(players):
    np.testing.assert_allclose(values(players, 0, 9, game(players)), slow_shapley(players, game(players)), atol=1e-12)


def test_by_hand():
    """Two players: alone 1 and 2, together 5, so 2 of joint gain, halved: 2 and 3."""
    table = {(False, False): 0.0, (True, False): 1.0, (False, True): 2.0, (True, True): 5.0}
    found = values(2, 0, 9, lambda shown: np.array([table[tuple(row.tolist())] for row in shown]))
    np.testing.assert_allclose(found, [2, 3])


def test_regression_over_all_coalitions_gives_the_same():
    """Theorem 2 of the paper, where Shapley's kernel weighs every coalition."""
    shown, weights = coalitions(6, 0, 9, np.random.default_rng(0))
    worth = game(6)(shown)
    np.testing.assert_allclose(shapley_values(shown, weights, worth, 0), shapley_values(shown, weights, worth, 9))


def test_sampled_values_come_near_the_exact_ones():
    worth = game(9)
    exact = values(9, 0, 9, worth)
    few, many = (
        np.mean([np.square(values(9, n, 0, worth, seed) - exact).mean() for seed in range(20)]) for n in (60, 600)
    )
    # Ten times the passes, a tenth of the squared error.
    assert many < few / 7


@pytest.mark.parametrize("samples", [4, 100, 101])
def test_values_add_up_to_the_gain_of_all(samples):
    shown, weights = coalitions(12, samples, 9, np.random.default_rng(1))
    worth = game(12)(shown)
    assert len(shown) <= samples
    assert shapley_values(shown, weights, worth, 9).sum() == pytest.approx(worth[1] - worth[0])


def test_linear_game_is_solved_from_few_samples():
    gains = np.arange(12) - 4.0
    found = values(12, 40, 0, lambda shown: 3 + shown @ gains)
    np.testing.assert_allclose(found, gains, atol=1e-10)


def test_sampled_coalitions_come_in_pairs_of_every_size():
    shown, weights = coalitions(10, 1000, 9, np.random.default_rng(0))
    assert not shown[0].any()
    assert shown[1].all()
    inner = shown[2:]
    assert (inner[::2] ^ inner[1::2]).all()
    sizes = np.bincount(inner.sum(axis=1), minlength=11)
    assert sizes[0] == sizes[10] == 0
    # Every size from 1 to 9 has its ninth of 998.
    assert np.abs(sizes[1:10] - 998 / 9).max() < 3
    assert np.abs(inner.mean(axis=0) - 0.5).max() < 1e-9
    np.testing.assert_allclose(weights * inner.sum(axis=1) * (10 - inner.sum(axis=1)), 1)
