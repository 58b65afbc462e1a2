"""What the explainer makes of the maps, beside network and expression: all explainers' maps of the same networks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_xai.analysis.effects.permanova import tested_factors
from fer_xai.analysis.effects.variance_shares import map_shares
from fer_xai.analysis.similarity.cluster_tables import ALL
from fer_xai.metrics.correlation import compare
from fer_xai.metrics.resolution import halve, halved_valid
from fer_xai.scoring.pooled_maps import PooledMaps


@dataclass(frozen=True)
class ExplainerEffects:
    """Rows of `permanova.csv` and of `variance_shares.csv` that are of all explainers together."""

    distances: list[dict[str, object]]
    shares: list[dict[str, object]]


def explainer_effects(maps: Sequence[PooledMaps]) -> ExplainerEffects:
    """Tests and shares of variance over the networks that all explainers have explained, at half resolution.

    Args:
        maps: of the networks, one per explainer that looks at networks.
    """
    if len(maps) < 2:
        return ExplainerEffects([], [])
    labels = [{pool.label for pool in item.pools} for item in maps]
    chosen = [
        item.only([pool.label in set.intersection(*labels) for pool in item.pools], replicates=0) for item in maps
    ]
    key: dict[str, object] = {"explainer": ALL}
    if not chosen[0].pools:
        row = key | {"expression": ALL, "factor": "explainer", "test": "permanova"}
        return ExplainerEffects([row | {"reason": "no network has maps of all explainers"}], [])
    expressions = chosen[0].expressions
    leaves = pd.DataFrame(
        [(pool.label, pool.network.architecture, item.explainer) for item in chosen for pool in item.pools],
        columns=["network", "architecture", "explainer"],
    )
    mean = np.stack([halve(part.mean) for item in chosen for part in item.maps])
    valid = np.stack([halved_valid(part.valid, 1) for item in chosen for part in item.maps])
    rows, squared = [], []
    for number, name in enumerate(expressions):
        squared.append(2 * (1 - _products(mean[:, number], valid[:, number])))
        rows += tested_factors(squared[-1], leaves, {}, key | {"expression": name})
    rows += tested_factors(np.mean(squared, axis=0), leaves, {}, key | {"expression": ALL})
    cells = leaves.drop(columns="architecture").merge(pd.DataFrame({"expression": expressions}), how="cross")
    flat = (part.reshape(-1, *part.shape[2:]) for part in (mean, valid))
    return ExplainerEffects(rows, map_shares(_products(*flat), cells, ALL))


def _products(maps: NDArray, valid: NDArray[np.bool_]) -> NDArray:
    return compare(maps, valid)[0]
