"""What the bootstrap replicates of a study's maps give: scores and correlations, in one pass over the files."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fer_xai.analysis.groups import Rows, halve
from fer_xai.analysis.measure import spread_scores, weights_by_expression
from fer_xai.analysis.similarity import compare
from fer_xai.face.masks import Reference

#: Stands for the expression where all pairs of network and expression are compared.
PAIRS = ""


@dataclass(frozen=True)
class Resampled:
    """Figures from each of r replicates.

    Attributes:
        scores: by reference (r, group, expression, metric).
        ncc: by expression (r, group, group); under `PAIRS` (r, n, n) over all n pairs of group and expression.
    """

    scores: dict[str, np.ndarray]
    ncc: dict[str, np.ndarray]


def resample(
    rows: Rows, references: Sequence[Reference], metrics: Sequence[str], *, with_ncc: bool = True
) -> Resampled:
    """Read the replicates once, some at a time, and take from them all that is wanted.

    Args:
        rows: the maps.
        references: to score against.
        metrics: names in `METRICS`.
        with_ncc: also correlate the maps.
    """
    g, e = len(rows.groups), len(rows.expressions)
    scores = {reference.name: [np.empty((0, g, e, len(metrics)))] for reference in references}
    sizes = {PAIRS: g * e, **dict.fromkeys(rows.expressions, g)} if with_ncc else {}
    ncc = {name: [np.empty((0, n, n))] for name, n in sizes.items()}
    valid = rows.halved_valid() if rows.replicates else np.empty(0)
    weights = {reference.name: _small(reference, rows.expressions) for reference in references}
    for part in rows.replicate_parts():
        for name, (small, own) in weights.items():
            scores[name].append(_scores(part, valid, small, own, metrics))
        for r in range(part.shape[1] if with_ncc else 0):
            taken = valid & np.isfinite(part[:, r])
            ncc[PAIRS].append(compare(flat(part[:, r]), flat(taken))[0][None])
            for number, name in enumerate(rows.expressions):
                ncc[name].append(compare(part[:, r, number], taken[:, number])[0][None])
    return Resampled(
        {name: np.concatenate(found) for name, found in scores.items()},
        {name: np.concatenate(found) for name, found in ncc.items()},
    )


def flat(values: np.ndarray) -> np.ndarray:
    """(group, expression, ...) as (group and expression, ...)."""
    return values.reshape(-1, *values.shape[2:])


def _small(reference: Reference, expressions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    weights, own = weights_by_expression(reference, expressions)
    return halve(weights), own


def _scores(
    part: np.ndarray, valid: np.ndarray, weights: np.ndarray, own: np.ndarray, metrics: Sequence[str]
) -> np.ndarray:
    result = np.full((part.shape[1], part.shape[0], part.shape[2], len(metrics)), np.nan)
    for g, e in np.ndindex(part.shape[0], part.shape[2]):
        if own[e] >= 0 and valid[g, e].any():
            result[:, g, e] = spread_scores(part[g, :, e], valid[g, e], weights[own[e]], metrics)
    return result
