"""Maps of a study in which a factor does nothing, for tests of how often a test errs."""

import numpy as np
import pandas as pd

from fer_xai.metrics.correlation import ncc_matrix


def leaves(architectures: int, versions: int = 1, **others: int) -> pd.DataFrame:
    """Every version of every architecture, in all combinations of the others."""
    sizes = {"architecture": architectures, "version": versions, **others}
    frame = pd.MultiIndex.from_product([map(str, range(size)) for size in sizes.values()]).to_frame(index=False)
    frame.columns = list(sizes)
    frame["network"] = frame["architecture"] + frame["version"]
    return frame.drop(columns="version")


def null_maps(
    rng: np.random.Generator, leaves: pd.DataFrame, effects: dict[str, float], size: int = 24, smooth: int = 3
) -> np.ndarray:
    """One map per row of `leaves`: a random map for every level of each effect, times its strength, and noise.

    Args:
        rng: of the maps.
        leaves: what each map is of.
        effects: strength by column; several columns joined by `:` are an interaction.
        size: pixels of a map.
        smooth: pixels that are added up, which makes neighbours alike.
    """

    def draw(number: int) -> np.ndarray:
        white = rng.standard_normal((number, size + smooth - 1))
        return np.lib.stride_tricks.sliding_window_view(white, smooth, axis=1).mean(-1) * smooth**0.5

    maps = draw(len(leaves))
    for names, strength in effects.items():
        level = leaves.groupby(names.split(":"), sort=False).ngroup().to_numpy()
        maps = maps + strength * draw(level.max() + 1)[level]
    return maps


def squared_distances(maps: np.ndarray) -> np.ndarray:
    """2 (1 - NCC)."""
    return 2 * (1 - ncc_matrix(maps))


def at_most(level: float, studies: int) -> float:
    """The largest share of false alarms that goes with an error rate of `level`: two Monte Carlo errors above it."""
    return level + 2 * (level * (1 - level) / studies) ** 0.5
