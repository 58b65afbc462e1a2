"""What each tile was worth to people, and how well that is known, from the figures that come with the package."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from fer_xai.face.observers.shipped import TILES, shipped_reliabilities, shipped_weights


@cache
def peoples_tile_weights() -> dict[str, NDArray[np.float64]]:
    """Mean weights over observers of the mean of both photographs, (48,) by expression."""
    weights = {}
    for expression, rows in shipped_weights().groupby("expression"):
        photographs = [
            np.average(of[TILES].to_numpy(np.float64), axis=0, weights=of["n"]) for _, of in rows.groupby("stimulus")
        ]
        weights[str(expression)] = np.mean(photographs, axis=0)
    return weights


@cache
def peoples_tile_ceilings() -> dict[str, float]:
    """Root of the reliability of these weights, tile by tile, by expression: what no correlation is to exceed."""
    rows = shipped_reliabilities()
    rows = rows[rows["space"].eq("tiles") & rows["metric"].eq("ncc")]
    return dict(zip(rows["expression"], np.sqrt(rows["reliability"]), strict=True))
