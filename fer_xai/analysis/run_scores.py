"""The scores of one run, for its own `metrics.csv`; and reading them back, so that they are worked out once."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from fer_xai.analysis.groups import Group, Rows, halve
from fer_xai.analysis.intervals import interval, mean_known
from fer_xai.analysis.measure import spread_scores
from fer_xai.analysis.scores import Scores, score_own
from fer_xai.face.masks import Reference
from fer_xai.metrics.registry import METRICS
from fer_xai.results.pool import GlobalMaps
from fer_xai.results.run import METRIC_COLUMNS

# Values that differ by no more than this are the same; files round to fewer digits than memory holds.
_SAME = 1e-5


def score_run(
    heatmaps: xr.Dataset,
    replicates: xr.Dataset | None,
    references: Sequence[Reference],
    metrics: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Score the maps of one run.

    Args:
        heatmaps: from `build_heatmaps`.
        replicates: from `build_replicates`; None for no intervals.
        references: what to compare with.
        metrics: names in `METRICS`; None for all.

    Returns:
        The columns of a run's `metrics.csv`; expression is empty in rows that are means over the expressions.
    """
    names = list(METRICS) if metrics is None else list(metrics)
    expressions = tuple(str(name) for name in heatmaps["expression"].values)
    rows: list[dict[str, object]] = []
    for explainer in heatmaps["explainer"].values:
        part = heatmaps.sel(explainer=explainer)
        mean, count = (part[key].values.astype(np.float64) for key in ("mean", "count"))
        maps = GlobalMaps(expressions, mean, None, count, part["images"].values)
        resampled = None if replicates is None else replicates["mean"].sel(explainer=explainer).values
        for reference in references:
            values, _ = score_own(maps, reference, names)
            spread = _spread(maps, resampled, reference, names)
            for m, metric in enumerate(names):
                key = {"explainer": str(explainer), "reference": reference.name, "metric": metric}
                rows += [key | row for row in _rows(maps, metric, values[m], spread[..., m])]
    return pd.DataFrame(rows, columns=list(METRIC_COLUMNS)).astype({"n": "Int64", "skipped": "Int64"})


def recorded_rows(rows: Rows, scores: Sequence[Scores]) -> list[dict[str, object]]:
    """Rows of the long table for groups that are single runs, with the intervals that the runs themselves recorded.

    Args:
        rows: the maps, without their replicates.
        scores: of all of them, without replicates.
    """
    known = {group: _recorded(group) for group in rows.groups}
    found = []
    for item in scores:
        for row in item.rows():
            key = (item.explainer, str(row["expression"] or ""), item.reference, item.metric)
            before = known[item.group].get(key)
            if before is not None and abs(before[0] - float(row["value"])) <= _SAME:  # type: ignore[arg-type]
                row |= {"low": before[1], "high": before[2]}
            found.append(row)
    return found


def _recorded(group: Group) -> dict[tuple[str, str, str, str], tuple[float, float, float]]:
    path = group.runs[0].paths.metrics
    if len(group.runs) > 1 or not path.exists():
        return {}
    frame = pd.read_csv(path, dtype={"expression": str}).fillna({"expression": ""})
    names = zip(
        *(frame[column].astype(str) for column in ("explainer", "expression", "reference", "metric")), strict=True
    )
    figures = zip(*(frame[column].astype(float) for column in ("value", "low", "high")), strict=True)
    return dict(zip(names, figures, strict=True))  # type: ignore[arg-type]


def _spread(maps: GlobalMaps, resampled: np.ndarray | None, reference: Reference, metrics: Sequence[str]) -> np.ndarray:
    """(replicate, expression, metric)."""
    if resampled is None:
        return np.empty((0, len(maps.expressions), len(metrics)))
    result = np.full((len(resampled), len(maps.expressions), len(metrics)), np.nan)
    for e, name in enumerate(maps.expressions):
        valid = halve(maps.valid[e].astype(np.float64)) >= 1
        if name in reference and valid.any():
            result[:, e] = spread_scores(resampled[:, e], valid, halve(reference.weights_of(name)), metrics)
    return result


def _rows(maps: GlobalMaps, metric: str, values: np.ndarray, spread: np.ndarray) -> list[dict[str, object]]:
    bounds = METRICS[metric].bounds
    counts = [None if n < 0 else int(n) for n in maps.images]
    rows: list[dict[str, object]] = []
    for e, name in enumerate(maps.expressions):
        low, high = interval(float(values[e]), spread[:, e], bounds)
        rows.append({"expression": name, "value": values[e], "low": low, "high": high, "n": counts[e], "skipped": 0})
    defined = np.isfinite(values)
    value = float(mean_known(values))
    low, high = interval(value, mean_known(np.where(defined, spread, np.nan), axis=1), bounds)
    n = None if None in counts else sum(counts)  # type: ignore[arg-type]
    skipped = int((~defined).sum())
    return [*rows, {"expression": "", "value": value, "low": low, "high": high, "n": n, "skipped": skipped}]
