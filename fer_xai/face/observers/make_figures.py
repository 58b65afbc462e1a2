"""Computes the shipped figures anew: `python -m fer_xai.face.observers.make_figures FOLDER`.

FOLDER holds `weights.csv` (observer, stimulus, expression, t0 ... t47) and `stimuli.csv` of the experiment, see
`figures/SOURCE.md`.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.observers.shipped import GRID, TILES
from fer_xai.face.observers.stimuli import Stimuli
from fer_xai.files import write_csv

GROUPS = 10
#: Random halves, the same in each run.
SPLITS, SEED = 500, 0
#: Maps of halves are ranked at half the resolution of the frame, in which they have the same tiles.
HALVED = (FRAME_SHAPE[0] // 2, FRAME_SHAPE[1] // 2)


def group_weights(weights: pd.DataFrame) -> pd.DataFrame:
    """The mean weights of fixed groups of observers, see `figures/SOURCE.md`.

    Args:
        weights: columns observer, stimulus, expression, t0 to t47; NaN where there is none.

    Returns:
        Columns stimulus, expression, group, size, n, t0 to t47, to one decimal.
    """
    number = {name: place for place, name in enumerate(sorted(weights["observer"].unique()))}
    there = weights.assign(group=weights["observer"].map(number) % GROUPS).dropna(subset=TILES)
    size = there.groupby(["expression", "group"])["observer"].nunique().rename("size").reset_index()
    by_group = there.groupby(["stimulus", "expression", "group"])
    means = by_group[TILES].mean().round(1).join(by_group.size().rename("n")).reset_index()
    return means.merge(size, on=["expression", "group"])[["stimulus", "expression", "group", "size", "n", *TILES]]


def reliabilities(weights: pd.DataFrame, stimuli: Stimuli, splits: int = SPLITS) -> pd.DataFrame:
    """How well halves of the observers agree, see `figures/SOURCE.md`.

    Args:
        weights: as for `group_weights`.
        stimuli: of the experiment.
        splits: number of random halves.

    Returns:
        Columns expression, space, metric, half, reliability, splits, observers.
    """
    observers = sorted(weights["observer"].unique())
    rng = np.random.default_rng(SEED)
    halves = [np.array_split(rng.permutation(len(observers)), 2) for _ in range(splits)]
    rows = []
    for expression in EXPRESSIONS:
        of = weights[weights["expression"] == expression].groupby("stimulus")
        values = {str(name): part.set_index("observer").reindex(observers)[TILES].to_numpy() for name, part in of}
        # (splits, halves, photographs, tiles): over observers first, for not everybody has every photograph.
        means = np.array([[[np.nanmean(v[half], axis=0) for v in values.values()] for half in two] for two in halves])
        whole, ranked = (_maps(means, list(values), stimuli, frame) for frame in (FRAME_SHAPE, HALVED))
        tiles = means.mean(axis=2)
        for space, metric, pairs in (
            ("tiles", "ncc", tiles),
            ("tiles", "spearman", rankdata(tiles, axis=-1)),
            ("canonical", "ncc", whole),
            ("canonical", "spearman", rankdata(ranked, axis=-1)),
        ):
            half = np.tanh(np.mean(np.arctanh([np.corrcoef(*pair)[0, 1] for pair in pairs])))
            corrected = 2 * half / (1 + half)
            seen = len(weights[weights["expression"] == expression].dropna(subset=TILES)["observer"].unique())
            rows.append((expression, space, metric, round(half, 4), round(corrected, 4), splits, seen))
    names = ["expression", "space", "metric", "half", "reliability", "splits", "observers"]
    return pd.DataFrame(rows, columns=names)


def _maps(
    means: NDArray[np.float64], names: list[str], stimuli: Stimuli, frame: tuple[int, int]
) -> NDArray[np.float32]:
    """Mean maps of halves, (splits, halves, pixels that a photograph shows)."""
    every = np.eye(len(GRID))
    shown = [GRID.to_canonical(every, stimuli.size_of(n), stimuli.landmarks_of(n), frame) for n in names]
    flat = np.stack([tiles.reshape(len(GRID), -1) for tiles in shown])
    known = np.asarray(np.isfinite(flat).all(axis=1))
    seen = known.any(axis=0)
    parts = np.where(known[:, None], flat, 0)[:, :, seen] / known.sum(axis=0)[seen]
    return np.tensordot(means.astype(np.float32), parts.astype(np.float32), ([2, 3], [0, 1]))


def make_figures(folder: Path, out: Path) -> None:
    """Write `observers.csv`, `stimuli.csv` and `reliabilities.csv`."""
    weights = pd.read_csv(folder / "weights.csv")
    write_csv(out / "observers.csv", group_weights(weights))
    write_csv(out / "stimuli.csv", pd.read_csv(folder / "stimuli.csv").round(1))
    write_csv(out / "reliabilities.csv", reliabilities(weights, Stimuli.read(folder / "stimuli.csv", "stimuli")))


if __name__ == "__main__":
    make_figures(Path(sys.argv[1]), Path(__file__).with_name("figures"))
