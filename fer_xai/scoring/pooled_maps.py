"""Whose maps are pooled and scored as one: every network over all its folds, and every fold by itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fer_xai.metrics.resolution import halve
from fer_xai.results.heatmap_files import CHUNK
from fer_xai.results.pool import GlobalMaps, pool_heatmaps, pool_replicates, replicate_count, run_sums
from fer_xai.results.study import Network, Run
from fer_xai.scoring.resampled import Layout, without_each

# Replicates of all networks are held together, a part at a time, in about this many bytes.
_BUDGET = 400_000_000


@dataclass(frozen=True)
class PooledRuns:
    """Runs whose maps are pooled and scored as one.

    Attributes:
        network: of which network.
        runs: the runs.
        fold: their fold; None for all folds together.
        seed: their seed; None for all seeds together, or where it is not known.
    """

    network: Network
    runs: tuple[Run, ...]
    fold: int | None
    seed: int | None

    @property
    def label(self) -> str:
        """Name of these runs in figures."""
        parts = [
            ("fold", self.fold),
            ("seed", self.seed if len({run.record.seed for run in self.network.runs}) > 1 else None),
        ]
        return " ".join([self.network.label, *(f"{word} {number}" for word, number in parts if number is not None)])

    @property
    def key(self) -> dict[str, object]:
        """The columns of the long tables that name these runs."""
        return {
            "network": self.network.name,
            "pretrained": self.network.pretrained,
            "fold": self.fold,
            "seed": self.seed,
        }


def all_runs(network: Network) -> PooledRuns:
    """All runs of a network together: its row in the tables."""
    seeds = {run.record.seed for run in network.runs}
    return PooledRuns(network, network.runs, None, seeds.pop() if len(seeds) == 1 else None)


def by_seed_and_fold(network: Network) -> list[PooledRuns]:
    """The same network by seed (where there are several) and by fold."""
    seeds = sorted({run.record.seed for run in network.runs if run.record.seed is not None})
    pools = []
    if len(seeds) > 1:
        by_seed = {seed: tuple(run for run in network.runs if run.record.seed == seed) for seed in seeds}
        pools += [
            PooledRuns(network, runs, None, seed) for seed, runs in by_seed.items() if runs[0].record.fold is not None
        ]
    if len(network.places) > 1 or network.runs[0].record.fold is not None:
        pools += [PooledRuns(network, runs, runs[0].record.fold, runs[0].record.seed) for runs in network.places]
    return pools


@dataclass(frozen=True)
class PooledMaps:
    """The maps of one explainer over the networks that have any, and their replicates.

    Attributes:
        explainer: name of the explainer.
        expressions: expressions that the study's maps are of.
        pools: one per network.
        maps: the pooled maps of each of these.
        replicates: how many replicates all pools have; 0 where a run has none.
    """

    explainer: str
    expressions: tuple[str, ...]
    pools: tuple[PooledRuns, ...]
    maps: tuple[GlobalMaps, ...]
    replicates: int

    def only(self, kept: Sequence[bool], *, replicates: int) -> "PooledMaps":
        """Those of the pools that are `kept`, with so many replicates."""
        pools = tuple(pool for pool, keep in zip(self.pools, kept, strict=True) if keep)
        maps = tuple(item for item, keep in zip(self.maps, kept, strict=True) if keep)
        return PooledMaps(self.explainer, self.expressions, pools, maps, replicates if pools else 0)

    @cached_property
    def layout(self) -> Layout:
        """What the rows of figures from resampled people and trainings are; the same for all pools."""
        if not self.replicates:
            return Layout()
        records = [run.record for pool in self.pools for run in pool.runs]
        folds, seeds = ({getattr(record, key) for record in records} for key in ("fold", "seed"))
        return Layout(self.replicates, *(len(levels) if len(levels) > 1 else 0 for levels in (folds, seeds)))

    def resampled_parts(self, beside: int = 1) -> Iterator[np.ndarray]:
        """Maps from resampled people and trainings, in the order of the layout, some at a time.

        Pixels that a replicate does not have are those of the map over all people, so that all rows are compared on the
        same pixels.

        Args:
            beside: how many explainers' maps are held at the same time.

        Yields:
            (pool, row, expression, y2, x2) float32; NaN for maps that there are none of.
        """
        if not self.replicates:
            return
        whole, left_out = zip(*(self._trainings(pool) for pool in self.pools), strict=True)
        over_all = np.stack(whole)[:, None]
        yield over_all
        shape = self.maps[0].mean.shape
        size = len(self.pools) * shape[0] * shape[1] * shape[2]
        step = max(1, min(CHUNK, _BUDGET // (size * beside)))
        for start in range(0, self.replicates, step):
            cut = slice(start, min(start + step, self.replicates))
            part = np.stack([pool_replicates(pool.runs, self.explainer, self.expressions, cut) for pool in self.pools])
            yield filled(part, over_all)
        if self.layout.left_out:
            yield filled(np.stack(left_out), over_all)

    def _trainings(self, pool: PooledRuns) -> tuple[np.ndarray, np.ndarray]:
        """Maps at half resolution: over all runs of a pool, and without each fold, each seed and each run in turn."""
        sums = [(run, *run_sums(run, self.explainer, self.expressions)) for run in pool.runs if self._has(run)]
        folds, seeds = (
            sorted({getattr(run.record, key) for one in self.pools for run in one.runs}, key=str) if number else []
            for key, number in (("fold", self.layout.folds), ("seed", self.layout.seeds))
        )
        fold, seed = (
            np.array([getattr(run.record, key) for run, *_ in sums], dtype=object) for key in ("fold", "seed")
        )
        without = [_mean_of(sums, kept) for kept in without_each(fold, seed, folds, seeds)]
        whole = _mean_of(sums, np.ones(len(sums), dtype=bool))
        return whole, np.stack(without) if without else np.empty((0, *whole.shape))

    def _has(self, run: Run) -> bool:
        return self.explainer in run.record.explainers

    def halved_valid(self) -> np.ndarray:
        """(pool, expression, y2, x2) bool: pixels of the replicates of which every full pixel takes part."""
        return np.stack([halve(maps.valid.astype(np.float64)) for maps in self.maps]) >= 1


def _mean_of(sums: Sequence[tuple[Run, np.ndarray, np.ndarray]], kept: np.ndarray) -> np.ndarray:
    """The map over the runs that are kept, (expression, y2, x2) float32; NaN where they have nothing."""
    total, count = np.zeros_like(sums[0][1]), np.zeros_like(sums[0][2])
    for (_, of_run, images), keep in zip(sums, kept, strict=True):
        if keep:
            total, count = total + of_run, count + images
    with np.errstate(invalid="ignore", divide="ignore"):
        return (total / count).astype(np.float32)


def filled(maps: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Resampled maps with the pixels of the whole map where they lack some; without any, a map stays as it is.

    Args:
        maps: (..., y2, x2).
        whole: (..., y2, x2), broadcast to the maps.
    """
    known = np.isfinite(maps)
    return np.where(known | ~known.any((-2, -1), keepdims=True), maps, whole)


def pool_maps(pools: Sequence[PooledRuns], explainer: str, expressions: tuple[str, ...]) -> PooledMaps:
    """Read the maps of all pools that the explainer has explained."""
    chosen = [pool for pool in pools if any(explainer in run.record.explainers for run in pool.runs)]
    maps = tuple(pool_heatmaps(pool.runs, explainer, expressions) for pool in chosen)
    count = min((replicate_count(pool.runs) for pool in chosen), default=0)
    return PooledMaps(explainer, expressions, tuple(chosen), maps, count)
