from itertools import permutations

import numpy as np
import pytest

from fer_xai.explainers.shapley import MOST_PAIRS, coalitions, order_values, paired_orders, shapley_values


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
    shown, weights = coalitions(10, 92, 9, np.random.default_rng(0))
    assert not shown[0].any()
    assert shown[1].all()
    inner = shown[2:]
    assert (inner[::2] ^ inner[1::2]).all()
    sizes = np.bincount(inner.sum(axis=1), minlength=11)
    assert sizes[0] == sizes[10] == 0
    # Every size from 1 to 9 has its ninth of 90: of sizes 1 and 9, all that there are.
    assert np.abs(sizes[1:10] - 10).max() < 3
    assert np.abs(inner.mean(axis=0) - 0.5).max() < 1e-9
    np.testing.assert_allclose(weights * inner.sum(axis=1) * (10 - inner.sum(axis=1)), 1 / 10)


def ordered(players: int, most: int, worth, seed: int = 0, free: tuple[int, ...] = ()):
    orders = paired_orders(players, most, free, np.random.default_rng(seed))
    return orders, *order_values(orders, worth(orders.coalitions))


def test_orders_pass_through_the_coalitions_that_they_say():
    orders, _, _ = ordered(6, 40, game(6))
    assert not orders.coalitions[0].any()
    assert orders.coalitions[1].all()
    assert len(np.unique(orders.coalitions, axis=0)) == len(orders.coalitions) <= 40
    np.testing.assert_array_equal(orders.orders[::2], orders.orders[1::2, ::-1])
    for order, steps in zip(orders.orders, orders.steps, strict=True):
        for come in range(7):
            assert set(np.flatnonzero(orders.coalitions[steps[come]])) == set(order[:come])


def test_ordered_values_add_up_to_the_gain_of_all():
    worth = game(9)
    values, everybody = ordered(9, 40, worth)[1], np.ones((1, 9), dtype=bool)
    assert values.sum() == pytest.approx((worth(everybody) - worth(~everybody))[0])


@pytest.mark.parametrize("players", [1, 2])
def test_one_pair_of_orders_is_exact_for_two_players(players):
    _, values, errors = ordered(players, 4, game(players))
    np.testing.assert_allclose(values, slow_shapley(players, game(players)), atol=1e-12)
    np.testing.assert_allclose(errors, 0, atol=1e-12)


def test_pairs_of_orders_are_exact_where_no_three_players_interact():
    """What two players gain together is halved between them by an order and its reverse."""
    pairwise = np.random.default_rng(3).normal(size=(7, 7))
    _, values, errors = ordered(7, 40, lambda shown: np.einsum("ni,ij,nj->n", shown, pairwise, shown * 1.0))
    np.testing.assert_allclose(values, (pairwise + pairwise.T).sum(axis=1) / 2, atol=1e-12)
    np.testing.assert_allclose(errors, 0, atol=1e-12)


def test_coalitions_that_cost_nothing_leave_room_for_others():
    every = 2**8 - 1
    without_one = (every, *(every - 2**k for k in range(8)))
    dear, cheap = (len(ordered(8, 26, game(8), free=free)[0].orders) for free in ((), without_one))
    assert (dear, cheap) == (2, 4)


def test_the_first_pair_is_taken_in_any_case_and_there_is_an_end():
    assert len(ordered(8, 1, game(8))[0].orders) == 2
    assert len(ordered(3, 10**6, game(3))[0].orders) == 2 * MOST_PAIRS


@pytest.mark.parametrize("players", [6, 9])
def test_twice_the_error_holds_the_exact_value_as_often_as_it_says(players):
    """Of games in which all players interact; 95 % of 200 games, whose values are not independent within a game."""
    within, far = [], []
    for seed in range(200):
        worth = game(players, seed)
        _, found, errors = ordered(players, 40, worth, seed)
        away = (found - values(players, 0, players, worth)) / errors
        within.append((np.abs(away) < 2).mean())
        far.append(away.mean())
    standard_error = np.std(within) / np.sqrt(len(within))
    assert abs(np.mean(within) - 0.95) < 3 * standard_error
    assert abs(np.mean(far)) < 3 * np.std(far) / np.sqrt(len(far))


def test_drawing_by_leverage_saves_passes_with_thirty_players():
    """Products of 1 to 6 players, each with an equal share: 256 passes come nearer than 512 of Kernel SHAP's."""
    rng = np.random.default_rng(0)
    groups = [rng.choice(30, size, replace=False) for size in (1, 2, 3, 4, 6) for _ in range(30)]
    factors = rng.normal(size=len(groups)) / [len(group) for group in groups]
    members = np.array([np.isin(np.arange(30), group) for group in groups])
    exact = (members * (factors / members.sum(axis=1))[:, None]).sum(axis=0)

    def error(shown: np.ndarray, weights: np.ndarray) -> float:
        worth = (shown.astype(float) @ members.T.astype(float) == members.sum(axis=1)) @ factors
        return float(((shapley_values(shown, weights, worth, 9) - exact) ** 2).sum() / (exact**2).sum())

    def usual(seed: int) -> float:
        drawing, sizes = np.random.default_rng(seed), np.arange(1, 30)
        chances = 1 / (sizes * (30 - sizes))
        drawn = drawing.choice(sizes, 510, p=chances / chances.sum())
        inner = drawing.random((510, 30)).argsort(axis=1).argsort(axis=1) < drawn[:, None]
        ends = np.stack([np.zeros(30, bool), np.ones(30, bool)])
        return error(np.concatenate([ends, inner]), np.ones(510))

    ours = [error(*coalitions(30, 256, 9, np.random.default_rng(seed))) for seed in range(10)]
    assert np.median(ours) < 0.02
    assert np.median(ours) < np.median([usual(seed) for seed in range(10)])


@pytest.mark.parametrize(("players", "samples"), [(2, 4), (7, 60), (10, 200), (11, 64), (30, 100)])
def test_no_coalition_is_tried_twice(players, samples):
    for seed in range(20):
        shown, weights = coalitions(players, samples, 0, np.random.default_rng(seed))
        assert len({row.tobytes() for row in shown}) == len(shown) == len(weights) + 2 == samples


@pytest.mark.parametrize("players", [2, 3, 6, 7])
def test_with_passes_for_all_coalitions_sampling_is_exact(players):
    """All coalitions are then drawn, and their weights are Shapley's kernel (theorem 2)."""
    found = values(players, 2**players, 0, game(players))
    np.testing.assert_allclose(found, values(players, 0, 9, game(players)), atol=1e-10)


def test_sizes_have_the_same_share_up_to_what_there_is():
    """Of 10 players and 100 drawn: 10 each of sizes 1 and 9, and 80 over seven sizes for the others."""
    drawn = [coalitions(10, 102, 0, np.random.default_rng(seed))[0][2:].sum(axis=1) for seed in range(200)]
    counts = np.mean([np.bincount(size, minlength=10)[1:] for size in drawn], axis=0)
    np.testing.assert_allclose(counts, [10, *[80 / 7] * 7, 10], atol=0.2)
