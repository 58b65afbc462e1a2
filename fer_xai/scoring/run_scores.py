"""The scores of one run, for its own `metrics.csv`; and reading them back, so that they are worked out once."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from fer_xai.face.masks import Reference
from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.reference_maps import StudyReference, study_reference
from fer_xai.metrics.resolution import halve
from fer_xai.results.paths import RunPaths
from fer_xai.results.pool import GlobalMaps
from fer_xai.results.run import METRIC_COLUMNS
from fer_xai.scoring.pooled_maps import PooledMaps, PooledRuns
from fer_xai.scoring.replicates import half_references, replicate_figures, score_replicates
from fer_xai.scoring.scores import Scores, score_own, score_rows

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
        part = heatmaps.sel(explainer=explainer)
        mean, count = (part[key].values.astype(np.float64) for key in ("mean", "count"))
        maps = GlobalMaps(expressions, mean, count, part["images"].values)
        resampled = None if replicates is None else replicates["mean"].sel(explainer=explainer).values
        spreads = _spreads(maps, resampled, halves, metrics)
        for reference, spread in zip(compared, spreads, strict=True):
            values, reasons = score_own(maps, reference, metrics)
            for m, (name, metric) in enumerate(metrics.items()):
                place = (None, str(explainer), reference.name, name, metric.bounds, expressions)
                rows += Scores(*place, values[m], reasons[m], spread[..., m], maps.images).rows()
    return pd.DataFrame(rows, columns=list(METRIC_COLUMNS)).astype({"n": "Int64", "skipped": "Int64"})


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
            if before is not None and abs(before[0] - float(row["value"])) <= _SAME:  # type: ignore[arg-type]
                row |= {"low": before[1], "high": before[2]}
            table.append(row)
    return table


def _recorded(pool: PooledRuns) -> dict[tuple[str, str, str, str], tuple[float, float, float]]:
    frame = RunPaths.metrics.read(pool.runs[0].paths) if len(pool.runs) == 1 else None
    if frame is None:
        return {}
    names = zip(*(frame[column] for column in ("explainer", "expression", "reference", "metric")), strict=True)
    figures = zip(*(frame[column].astype(float) for column in ("value", "low", "high")), strict=True)
    return dict(zip(names, figures, strict=True))  # type: ignore[arg-type]


def _spreads(
    maps: GlobalMaps, resampled: np.ndarray | None, references: Sequence[StudyReference], metrics: Metrics
) -> np.ndarray:
    """(reference, replicate, expression, metric)."""
    if resampled is None:
        return np.empty((len(references), 0, len(maps.expressions), len(metrics)))
    return score_replicates(resampled, halve(maps.valid.astype(np.float64)) >= 1, references, metrics)
