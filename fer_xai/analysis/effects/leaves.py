"""What each map of a study is of: one row per map, for tests that have to know which maps belong together."""

from collections.abc import Mapping, Sequence

import pandas as pd

from fer_xai.scoring.pooled_maps import PooledRuns


def network_leaves(pools: Sequence[PooledRuns]) -> pd.DataFrame:
    """One map per network: network and architecture, by label."""
    rows = [(pool.network.label, pool.network.architecture) for pool in pools]
    return pd.DataFrame(rows, columns=["network", "architecture"], index=[pool.label for pool in pools])


def pair_leaves(pools: Sequence[PooledRuns], expressions: Sequence[str]) -> pd.DataFrame:
    """One map per network and expression, called `NETWORK, EXPRESSION`."""
    rows = [(pool.network.label, pool.network.architecture, name) for pool in pools for name in expressions]
    labels = [f"{pool.label}, {name}" for pool in pools for name in expressions]
    return pd.DataFrame(rows, columns=["network", "architecture", "expression"], index=labels)


def fold_leaves(pools: Sequence[PooledRuns]) -> pd.DataFrame:
    """One map per network, fold and seed; a column for the seed only where there are several."""
    rows = [(pool.network.label, pool.network.architecture, str(pool.fold), str(pool.seed)) for pool in pools]
    columns = ["network", "architecture", "fold", "seed"]
    frame = pd.DataFrame(rows, columns=columns, index=[pool.label for pool in pools])
    return frame if frame["seed"].nunique() > 1 else frame.drop(columns="seed")


def words_of(leaves: pd.DataFrame, factors: Mapping[str, Mapping[str, str]]) -> dict[str, list[str]]:
    """Level of each map by factor: what is known of its network, and what the map itself is of.

    Args:
        leaves: one row per map.
        factors: word by factor and network; an absent word is empty.
    """
    words = {name: [known.get(network, "") for network in leaves["network"]] for name, known in factors.items()}
    within = [str(name) for name in leaves if name not in ("network", "architecture")]
    if within:
        words |= {name: list(leaves[name]) for name in (*within, "network")}
    return words
