import itertools
from math import comb

import numpy as np
import pandas as pd

from fer_xai.analysis.effects.labellings import RANDOM, Design, design_of


def leaves(networks: int, architectures: int | None = None, **others: int) -> pd.DataFrame:
    """All combinations of networks and whatever else."""
    names = [f"n{number}" for number in range(networks)]
    grid = pd.MultiIndex.from_product([names, *(map(str, range(size)) for size in others.values())])
    frame = grid.to_frame(index=False)
    frame.columns = ["network", *others]
    family = frame["network"].str[1:].astype(int) % (architectures or networks)
    return frame.assign(architecture="a" + family.astype(str))


def test_all_labellings_of_a_factor_of_networks() -> None:
    words = ["none"] * 4 + ["imagenet"] * 8
    drawn = design_of(words, "pretrained", leaves(12)).labellings(words)
    assert drawn.exact
    assert len(np.unique(drawn.codes, axis=0)) == len(drawn.codes) == comb(12, 4) == 495
    assert (drawn.codes.sum(1) == 4).all()  # imagenet is level 0


def test_networks_move_as_wholes() -> None:
    frame = leaves(6, expression=4)
    words = ["x" if network in ("n0", "n1", "n2") else "y" for network in frame["network"]]
    drawn = design_of(words, "pretrained", frame).labellings(words)
    assert len(drawn.codes) == comb(6, 3)
    assert (drawn.codes.reshape(-1, 6, 4) == drawn.codes.reshape(-1, 6, 4)[..., :1]).all()


def test_networks_with_and_without_change_places_within_their_architecture() -> None:
    frame = leaves(10, architectures=5)
    words = ["none"] * 5 + ["imagenet"] * 5
    drawn = design_of(words, "pretrained", frame).labellings(words)
    assert (len(drawn.codes), drawn.moved) == (2**5, "networks within architectures")
    assert (drawn.codes[:, :5] + drawn.codes[:, 5:] == 1).all()


def test_a_factor_within_networks_moves_within_them() -> None:
    frame = leaves(2, expression=3)
    words = list(frame["expression"])
    drawn = design_of(words, "expression", frame).labellings(words)
    assert len(drawn.codes) == 6**2
    assert (np.sort(drawn.codes.reshape(-1, 2, 3)) == [0, 1, 2]).all()
    networks = design_of(list(frame["network"]), "network", frame).labellings(list(frame["network"]))
    assert (len(networks.codes), networks.moved) == (2**3, "network within each expression")


def test_too_many_labellings_are_drawn() -> None:
    words = ["x", "y"] * 10
    drawn = design_of(words, "pretrained", leaves(20)).labellings(words)
    assert not drawn.exact
    assert drawn.codes.shape == (RANDOM, 20)
    assert (drawn.codes.sum(1) == 10).all()
    np.testing.assert_allclose(drawn.codes.mean(0), 0.5, atol=0.03)
    assert drawn.p_value(np.zeros(RANDOM), 1.0) == 1 / (1 + RANDOM)


def test_enumeration_is_that_of_all_orders() -> None:
    words = list("aabbc")
    drawn = Design(tuple(range(5)), ("",) * 5, "maps").labellings(words)
    expected = {tuple(order) for order in itertools.permutations([0, 0, 1, 1, 2])}
    assert {tuple(map(int, row)) for row in drawn.codes} == expected
    assert len(drawn.codes) == len(expected)
    assert drawn.p_value(np.arange(30.0), 28.0) == 2 / 30
