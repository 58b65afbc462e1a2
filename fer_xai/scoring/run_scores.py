"""The scores of one run, for its own `metrics.csv`; and reading them back, so that they are worked out once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fer_xai.face.masks import Reference
from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.reference_maps import StudyReference, study_reference
from fer_xai.metrics.resolution import block_sums, halve
from fer_xai.results.paths import RunPaths
from fer_xai.results.pool import GlobalMaps, maps_of
from fer_xai.results.run import METRIC_COLUMNS
from fer_xai.scoring.intervals import COLUMNS
from fer_xai.scoring.pooled_maps import PooledMaps, PooledRuns, filled
from fer_xai.scoring.replicates import half_references, replicate_figures, score_replicates
from fer_xai.scoring.resampled import Layout, Resampled
from fer_xai.scoring.score_tables import Scores, score_own, score_rows

# Values that differ by no more than this are the same; files round to fewer digits than memory holds.
_SAME = 1e-5


def score_run(
    heatmaps: xr.Dataset,
    replicates: xr.Dataset | None,
    references: Sequence[Reference],
    metrics: Metrics,
) -> pd.DataFrame:
    """Score the maps of one run.

    Args:
        heatmaps: from `build_heatmaps`.
        replicates: from `build_replicates`; None for no intervals.
        references: what to compare with.
        metrics: by name.

    Returns:
        The columns of a run's `metrics.csv`; expression is empty in rows that are means over the expressions.
    """
    expressions = tuple(str(name) for name in heatmaps["expression"].values)
    compared = [study_reference(reference, expressions) for reference in references]
    halves = half_references(references, expressions)
    rows: list[dict[str, object]] = []
    for explainer in heatmaps["explainer"].values:
        maps = maps_of(heatmaps, explainer)
        drawn = None if replicates is None else replicates["mean"].sel(explainer=explainer).values
        spreads = _spreads(maps, drawn, halves, metrics)
        for reference, spread in zip(compared, spreads, strict=True):
            values, reasons = score_own(maps, reference, metrics)
            for m, (name, metric) in enumerate(metrics.items()):
                place = (None, str(explainer), reference.name, name, metric.bounds, metric.corrected, expressions)
                resampled = spread.each(lambda figures, m=m: figures[..., m])  # type: ignore[misc]
                rows += Scores(*place, values[m], reasons[m], resampled, maps.images, maps.people).rows()
    return pd.DataFrame(rows, columns=list(METRIC_COLUMNS)).astype(
        {"n": "Int64", "skipped": "Int64", "people": "Int64"}
    )


def fold_rows(rows: PooledMaps, references: Sequence[Reference], metrics: Metrics) -> list[dict[str, object]]:
    """Rows of the long table for single runs, with the intervals that the runs recorded in their own `metrics.csv`.

    Runs that recorded no scores by these references and metrics are scored in full, replicates and all.

    Args:
        rows: the maps of folds and seeds.
        references: the references.
        metrics: by name.
    """
    wanted = {(rows.explainer, reference.name, metric) for reference in references for metric in metrics}
    records = [_recorded(pool) for pool in rows.pools]
    known = [wanted <= {(explainer, *rest) for explainer, _, *rest in record} for record in records]
    fresh = rows.only([not item for item in known], replicates=rows.replicates)
    resampled = replicate_figures(fresh, references, metrics, with_ncc=False)
    table = [row for item in score_rows(fresh, references, metrics, resampled) for row in item.rows()]
    by_name = {id(pool): record for pool, record in zip(rows.pools, records, strict=True)}
    for item in score_rows(rows.only(known, replicates=0), references, metrics):
        for row in item.rows():
            before = by_name[id(item.pool)].get(
                (item.explainer, str(row["expression"] or ""), item.reference, item.metric)
            )
            # Scores of other maps, or by an older version, say nothing of these.
            if before is not None and abs(before["value"] - float(row["value"])) <= _SAME:  # type: ignore[arg-type]
                row |= {name: before[name] for name in COLUMNS}
                row["reason"] = row["reason"] or before["reason"]
            table.append(row)
    return table


def _recorded(pool: PooledRuns) -> dict[tuple[str, ...], dict[str, Any]]:
    frame = RunPaths.metrics.read(pool.runs[0].paths) if len(pool.runs) == 1 else None
    if frame is None or not set(METRIC_COLUMNS) <= set(frame):
        return {}
    names = zip(*(frame[column] for column in ("explainer", "expression", "reference", "metric")), strict=True)
    return dict(zip(names, frame[["value", "reason", *COLUMNS]].to_dict("records"), strict=True))  # type: ignore[arg-type]


def _spreads(
    maps: GlobalMaps, drawn: np.ndarray | None, references: Sequence[StudyReference], metrics: Metrics
) -> list[Resampled]:
    """For each reference (row, expression, metric)."""
    if drawn is None or not len(drawn):
        return [Resampled.nothing(len(maps.expressions), len(metrics))] * len(references)
    valid = halve(maps.valid.astype(np.float64)) >= 1
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = block_sums(np.nan_to_num(maps.mean) * maps.count) / block_sums(maps.count)
    rows = np.concatenate([whole[None], filled(drawn, whole)]).astype(np.float32)
    scores = score_replicates(rows, valid, references, metrics)
    return [Resampled(of_reference, Layout(len(drawn))) for of_reference in scores]
