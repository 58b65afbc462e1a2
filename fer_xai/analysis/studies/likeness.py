"""How alike the global heatmaps of two studies are, beside what noise would let them be.

Two maps of one truth correlate as sqrt(R1 R2) on average, R being their reliabilities over people and trainings
(Spearman 1904): that is what is attainable. Errors of the two maps are independent: each is resampled beside the other
as it is, and their variances add.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from fer_xai.analysis.studies.two_studies import OneStudy, TwoStudies
from fer_xai.metrics.correlation import compare, ncc_of_pairs
from fer_xai.metrics.ncc import NCC
from fer_xai.metrics.resolution import halved, halved_valid
from fer_xai.results.submission.contents import RELIABILITY
from fer_xai.scoring.intervals import Interval, independent, interval
from fer_xai.scoring.map_reliability import ATTAINABLE, TWO
from fer_xai.scoring.pooled_maps import PooledMaps
from fer_xai.scoring.resampled import Resampled

#: Columns of `map_correlations.csv`. `ncc` of the two studies' maps, over the share `pixels` of the frame that both
#: know; `attainable` for two maps of one truth that are as noisy as these; `share` of that; `first_two` and
#: `second_two`: NCC of two trainings within each study.
COLUMNS = (
    *("network", "pretrained", "explainer", "expression", "ncc", "low", "high", "holds", "pixels"),
    *("first_reliability", "second_reliability", "attainable", "share", "first_two", "second_two", "reason"),
)
_KEY = ["explainer", "network", "pretrained", "expression"]


def likeness_rows(two: TwoStudies, maps: tuple[PooledMaps, PooledMaps]) -> Iterator[dict[str, object]]:
    """Rows of `map_correlations.csv` of one explainer.

    Args:
        two: the studies.
        maps: of both: of the same networks and expressions, in the same order.
    """
    known = [_reliabilities(one) for one in two.both]
    resampled = _resampled(maps)
    for g, pools in enumerate(zip(maps[0].pools, maps[1].pools, strict=True)):
        for e, expression in enumerate(maps[0].expressions):
            both = [item.maps[g] for item in maps]
            values, pixels = compare(
                np.stack([item.mean[e] for item in both]), np.stack([item.valid[e] for item in both])
            )
            value = float(values[0, 1])
            people = [int(item.people[e]) if item.people[e] >= 0 else None for item in both]
            sides = [
                interval(value, rows.each(lambda figures, g=g, e=e: figures[:, g, e]), (-1.0, 1.0), number)  # type: ignore[misc]
                for rows, number in zip(resampled, people, strict=True)
            ]
            of = _of_both(value, sides[0], sides[1])
            network = pools[0].network
            key = (maps[0].explainer, network.name, network.pretrained, expression)
            roots, trainings = ([table.get((*key, kind), np.nan) for table in known] for kind in (ATTAINABLE, TWO))
            attainable = float(roots[0] * roots[1])
            yield dict(zip(_KEY, key, strict=True)) | {
                **{"ncc": value, "low": of.low, "high": of.high, "holds": of.holds, "pixels": pixels},
                **{"first_reliability": roots[0] ** 2, "second_reliability": roots[1] ** 2},
                **{"attainable": attainable, "share": value / attainable},
                **{"first_two": trainings[0], "second_two": trainings[1]},
                "reason": of.reason or ("" if np.isfinite(attainable) else "what is attainable is not known"),
            }


def _of_both(value: float, first: Interval, second: Interval) -> Interval:
    # Either shift is of the noise of one map beside the other.
    return independent(value, first.centre + second.centre - value, (first, second), (-1.0, 1.0))


def _resampled(maps: tuple[PooledMaps, PooledMaps]) -> tuple[Resampled, Resampled]:
    """(pool, expression) NCC of the resampled maps of each study with the other's maps over all people."""
    if not all(item.replicates for item in maps):
        shape = len(maps[0].pools), len(maps[0].expressions)
        return Resampled.nothing(*shape), Resampled.nothing(*shape)
    times = NCC.needs.replicates_halved
    valid = halved_valid(maps[0].halved_valid() & maps[1].halved_valid(), times)
    whole = [halved(next(item.resampled_parts()), times)[:, 0] for item in maps]
    rows = [_beside(item, whole[1 - number], valid, times) for number, item in enumerate(maps)]
    return rows[0], rows[1]


def _beside(maps: PooledMaps, other: np.ndarray, valid: np.ndarray, times: int) -> Resampled:
    """Args: other and valid (pool, expression, y, x)."""
    chunks = []
    for part in maps.resampled_parts():
        coarse = halved(part, times)
        figures = np.full((coarse.shape[1], *valid.shape[:2]), np.nan)
        for g, e in np.ndindex(*valid.shape[:2]):
            pixels = valid[g, e] & np.isfinite(other[g, e])
            if pixels.any():
                own = coarse[g, :, e][:, pixels]
                figures[:, g, e] = ncc_of_pairs(own, np.broadcast_to(other[g, e][pixels], own.shape))
        chunks.append(figures)
    return Resampled(np.concatenate(chunks), maps.layout)


def _reliabilities(one: OneStudy) -> dict[tuple[str, ...], float]:
    """Figures of `map_reliability.csv` by explainer, network, pretraining, expression, kind; none without the file."""
    path = one.study.paths.root / RELIABILITY
    if not path.exists():
        return {}
    table = pd.read_csv(path, dtype=dict.fromkeys([*_KEY, "kind"], str), keep_default_na=False, na_values={"value": ""})
    return {tuple(row[:-1]): float(row[-1]) for row in table[[*_KEY, "kind", "value"]].itertuples(index=False)}
