"""References against each other: how far do expert masks, action units and observers agree, against the ceiling?"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.face.masks import Reference
from fer_xai.metrics.baselines import landmark_density
from fer_xai.metrics.metric import Metric, Metrics
from fer_xai.metrics.ncc import NCC
from fer_xai.metrics.pixels import Array
from fer_xai.scoring.ceilings import Ceilings
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.specific import Specific, specific_agreement
from fer_xai.scoring.specific_scores import known_maps

#: Columns of `reference_agreement.csv`. metric: a correlation, of both references as they are; specific: their specific
#: agreement, with p over the pairings of expressions where expression is empty (the mean over them); ceiling: what two
#: maps without error would reach: the product of the ceilings, where masks, which are drawn, count as 1; empty for two
#: references of masks; n_pixels: that both know.
COLUMNS = ("a", "b", "expression", "metric", "value", "specific", "p", "ceiling", "n_pixels", "reason")


def reference_agreement(
    references: Sequence[Reference], metrics: Metrics, ceilings: Mapping[str, Ceilings]
) -> pd.DataFrame:
    """Compare every two references.

    Args:
        references: of any kinds.
        metrics: by name; correlations, which have no direction, are taken, and NCC where none is among them.
        ceilings: by the names of references of observers.

    Returns:
        Columns `COLUMNS`; empty for one reference.
    """
    correlations: Metrics = {name: metric for name, metric in metrics.items() if metric.correlation} or {"ncc": NCC()}
    rows: list[dict[str, object]] = []
    for a, b in itertools.combinations(references, 2):
        left, right = known_maps(a), known_maps(b)
        specific = specific_agreement(left, right, landmark_density(a.frame))
        shared = [name for name in left if name in right]
        for metric, one in correlations.items():
            key = {"a": a.name, "b": b.name, "metric": metric}
            cells = [_cell(left[name], right[name], one) for name in shared]
            for name, (value, pixels, reason) in zip(shared, cells, strict=True):
                figures = {"value": value, "n_pixels": pixels, "reason": reason}
                rows.append(key | figures | _beside(specific, ceilings, (a.name, b.name), metric, name))
            value = float(mean_known([value for value, _, _ in cells]))
            reason = "" if np.isfinite(value) else "no expression in common"
            figures = {"value": value, "n_pixels": None, "reason": reason}
            rows.append(key | figures | _beside(specific, ceilings, (a.name, b.name), metric, ""))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"n_pixels": "Int64"})


def _cell(left: Array, right: Array, metric: Metric[Any]) -> tuple[float, int, str]:
    """Correlation of two maps over the pixels that both know, how many these are, and why it is undefined."""
    known = np.isfinite(left) & np.isfinite(right)
    if not known.any():
        return float("nan"), 0, "no pixel is known to both"
    value = float(metric.score(left[None, known], right[None, known]))
    return value, int(known.sum()), "" if np.isfinite(value) else "constant or empty map"


def _beside(
    specific: Specific, ceilings: Mapping[str, Ceilings], names: tuple[str, str], metric: str, expression: str
) -> dict[str, object]:
    values = dict(zip(specific.expressions, specific.values, strict=True))
    return {
        "expression": expression,
        "specific": values.get(expression, float("nan")) if expression else specific.mean,
        "p": float("nan") if expression else specific.p,
        "ceiling": _ceiling([ceilings[name] for name in names if name in ceilings], metric, expression, values),
    }


def _ceiling(people: Sequence[Ceilings], metric: str, expression: str, shared: Mapping[str, float]) -> float:
    chosen = [expression] if expression else list(shared)
    if not people or not chosen or any(metric not in item.scores for item in people):
        return float("nan")
    if any(name not in item.scores[metric] for item in people for name in chosen):
        return float("nan")
    return float(np.prod([item.of(metric, chosen)[0] for item in people]))
