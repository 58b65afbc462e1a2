"""Folds put together: the global heatmap over several runs is the sum of their sums over the sum of their counts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from fer_xai.errors import UserError
from fer_xai.metrics.resolution import block_sums, valid_in_half
from fer_xai.results.heatmap_files import UNKNOWN_IMAGES, read_maps, replicates_in
from fer_xai.results.study import Run

_KEYS = ("mean", "count", "images", "people", "empty", "grid")


@dataclass(frozen=True)
class GlobalMaps:
    """Global heatmaps of one network (or one run) by one explainer, one per expression.

    Attributes:
        expressions: their names, n of them.
        mean: (n, y, x) float64; NaN where no image is valid.
        count: (n, y, x) float64, images in which the pixel is valid.
        images: (n,) int64 images behind each map; -1 where that is not known.
        people: (n,) int64 people whose images these are, likewise.
        empty: (n,) int64 images whose own maps are zero everywhere, likewise; None where nobody counted.
        grid: (n, 2) int64 rows and columns that the explainer's own maps have before they are enlarged, 0 where that is
            not known; the fewest of all runs. None where nobody noted it.
    """

    expressions: tuple[str, ...]
    mean: np.ndarray
    count: np.ndarray
    images: np.ndarray
    people: np.ndarray
    empty: np.ndarray | None = None
    grid: np.ndarray | None = None

    @property
    def valid(self) -> np.ndarray:
        """(n, y, x) bool: pixels that take part: valid in at least half of the images, and in one at least."""
        return valid_in_half(self.count, self.images) & np.isfinite(self.mean)


def maps_of(heatmaps: xr.Dataset, explainer: str) -> GlobalMaps:
    """The maps of one explainer in a data set from `build_heatmaps`."""
    part = heatmaps.sel(explainer=explainer).transpose("expression", "y", "x", ...)
    mean, count = (part[key].values.astype(np.float64) for key in ("mean", "count"))
    images = part["images"].values
    people = part["people"].values if "people" in part else np.full_like(images, UNKNOWN_IMAGES)
    return GlobalMaps(tuple(str(name) for name in heatmaps["expression"].values), mean, count, images, people)


def pool_heatmaps(runs: Sequence[Run], explainer: str, expressions: Sequence[str]) -> GlobalMaps:
    """The global heatmaps over all images of `runs`.

    Args:
        runs: complete runs of one network, such as its folds; those without `explainer` are passed over.
        explainer: name of the explainer.
        expressions: names and order of the result; an expression that no run has is NaN with count 0.

    Raises:
        UserError: a file is missing or damaged, or the runs' frames differ in size.
    """
    total: dict[str, np.ndarray] = {}
    images = np.zeros(len(expressions), dtype=np.int64)
    unknown, unnumbered = (np.zeros(len(expressions), dtype=bool) for _ in range(2))
    empties: list[np.ndarray] = []
    grids: list[np.ndarray] = []
    people: dict[int | None, np.ndarray] = defaultdict(lambda: np.zeros(len(expressions), dtype=np.int64))
    for run in runs:
        if explainer not in run.record.explainers:
            continue
        part = read_maps(run.paths.heatmaps, _KEYS, explainer, expressions)
        count, mean = (np.nan_to_num(part[key].astype(np.float64)) for key in ("count", "mean"))
        n = part["images"]
        whose = part.get("people", np.full_like(n, UNKNOWN_IMAGES))
        sums = {"count": count, "sum": mean * count}
        if total and total["count"].shape != count.shape:
            raise UserError(
                f"{run.paths.heatmaps} has a frame of {count.shape[1:]}, other runs {total['count'].shape[1:]}"
            )
        total = {key: total[key] + value for key, value in sums.items()} if total else sums
        unknown |= n == UNKNOWN_IMAGES
        images += np.where(n == UNKNOWN_IMAGES, 0, n)
        unnumbered |= whose == UNKNOWN_IMAGES
        empties += [part["empty"]] if "empty" in part else []
        grids += [part["grid"]] if "grid" in part else []
        # Seeds test the same people, folds others.
        people[run.record.fold] = np.maximum(people[run.record.fold], whose)
    if not total:
        raise UserError(f"no run has heatmaps of explainer '{explainer}'")
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total["sum"] / total["count"]
    images = np.where(unknown, UNKNOWN_IMAGES, images)
    everyone = np.where(unnumbered, UNKNOWN_IMAGES, sum(people.values()))
    empty = np.sum(empties, axis=0) if empties else None
    grid = np.min(grids, axis=0) if grids else None
    return GlobalMaps(tuple(expressions), mean, total["count"], images, everyone, empty, grid)


def run_sums(run: Run, explainer: str, expressions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Sums and counts of one run's heatmaps at half resolution: each pixel of a block and each image counts once.

    Args:
        run: a run that has the explainer.
        explainer: its name.
        expressions: names and order of the result; an expression that the run lacks has count 0.

    Returns:
        (expression, y2, x2) float64 sums of heatmaps, and the number of pixels behind each.
    """
    part = read_maps(run.paths.heatmaps, ("mean", "count"), explainer, expressions)
    mean, count = (np.nan_to_num(part[key].astype(np.float64)) for key in ("mean", "count"))
    return block_sums(mean * count), block_sums(count)


def replicate_count(runs: Sequence[Run]) -> int:
    """How many bootstrap replicates all of `runs` have in common; 0 where one has none."""
    if not all(run.paths.replicates.exists() for run in runs):
        return 0
    return min((replicates_in(run.paths.replicates) for run in runs), default=0)


def pool_replicates(runs: Sequence[Run], explainer: str, expressions: Sequence[str], part: slice) -> np.ndarray:
    """Bootstrap replicates of the global heatmaps over all images of `runs`.

    A subject has the same weights wherever it turns up, and folds do not share subjects: replicate r over all folds is
    the sum of the folds' weighted sums over the sum of their weighted counts, pixel by pixel.

    Args:
        runs: complete runs of one network that have replicates.
        explainer: name of the explainer.
        expressions: names and order of the result.
        part: which replicates, so that a study with many runs need not hold all at once.

    Returns:
        (replicate, expression, y2, x2) float32, NaN where nothing is known.
    """
    total: np.ndarray | None = None
    counts: np.ndarray | None = None
    for run in runs:
        if explainer not in run.record.explainers:
            continue
        cut = read_maps(run.paths.replicates, ("mean", "count"), explainer, expressions, part)
        mean, count = np.nan_to_num(cut["mean"]), cut["count"].astype(np.float32)
        mean *= count
        total, counts = (mean, count) if total is None or counts is None else (total + mean, counts + count)
    if total is None:
        raise UserError(f"no run has replicates of explainer '{explainer}'")
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / counts
