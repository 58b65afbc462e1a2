"""What is said of one explainer's maps and references of observers: shares of the ceiling, specific agreement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_xai.face.masks import Reference
from fer_xai.metrics.metric import Metrics
from fer_xai.scoring.ceiling_shares import share_rows
from fer_xai.scoring.ceilings import Ceilings
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.observers_left_out import scores_without
from fer_xai.scoring.people_scores import compared_by, parts_of
from fer_xai.scoring.pooled_maps import PooledMaps
from fer_xai.scoring.score_tables import MEAN
from fer_xai.scoring.specific import SPECIFIC, pairing_p
from fer_xai.scoring.specific_scores import SpecificScores

#: Columns of `specific_agreement.csv`. value: correlation after the mean over expressions is taken from both sides;
#: expression empty: the mean over the expressions, with p: share of all pairings of expressions with the reference's
#: that agree at least as well; partial: correlation of the plain maps given the density of landmarks; network `mean`:
#: over networks.
SPECIFIC_COLUMNS = (
    *("explainer", "network", "pretrained", "reference", "expression", "value", "low", "high", "partial", "p"),
    *("n_expressions", "ceiling", "reason"),
)


@dataclass(frozen=True)
class WithPeople:
    """Rows of the tables that put scores beside people.

    Attributes:
        shares: of `ceiling_shares.csv`.
        specific: of `specific_agreement.csv`.
    """

    shares: list[dict[str, object]]
    specific: list[dict[str, object]]


def with_people(
    rows: PooledMaps,
    scores: pd.DataFrame,
    reference: Reference,
    specific: Sequence[SpecificScores],
    ceilings: Ceilings | None,
    metrics: Metrics,
) -> WithPeople:
    """Put the scores with one reference beside what people reach.

    Args:
        rows: the maps of whole networks, by one explainer.
        scores: rows of `metrics.csv` of these networks and of the means over them, specific agreement among them.
        reference: of any kind.
        specific: specific agreement with it, one per network.
        ceilings: of the reference; None for masks.
        metrics: by name.
    """
    shares = [] if ceilings is None else _shares(rows, scores, reference, ceilings, metrics)
    own = scores[scores["metric"].eq(SPECIFIC)]
    return WithPeople(shares, _specific_rows(own, specific, ceilings) if specific else [])


def specific_table(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """The table `specific_agreement.csv`."""
    return pd.DataFrame(rows, columns=list(SPECIFIC_COLUMNS)).astype({"n_expressions": "Int64"})


def _shares(
    rows: PooledMaps, scores: pd.DataFrame, reference: Reference, ceilings: Ceilings, metrics: Metrics
) -> list[dict[str, object]]:
    """Rows of `ceiling_shares.csv`."""
    observers = (reference.observers_of(name) for name in reference.expressions)
    parts = parts_of(item for item in observers if item is not None)
    without = scores_without(rows, reference, compared_by(metrics), parts)
    places = {(pool.network.name, pool.network.pretrained): [g] for g, pool in enumerate(rows.pools)}
    everything = list(range(len(rows.pools)))
    keys = zip(scores["network"], scores["pretrained"], strict=True)
    chosen = [places.get(key, everything) if isinstance(key[1], str) else everything for key in keys]
    return share_rows(scores, chosen, without, ceilings, metrics, rows.expressions)


def _specific_rows(
    scores: pd.DataFrame, items: Sequence[SpecificScores], ceilings: Ceilings | None
) -> list[dict[str, object]]:
    """Rows of `specific_agreement.csv`, for rows of `metrics.csv` with the metric `specific_ncc`."""
    by_network = {
        (item.scores.pool.network.name, item.scores.pool.network.pretrained): [item]
        for item in items
        if item.scores.pool is not None
    }
    rows = []
    for row in scores.to_dict("records"):
        of_mean = row["network"] == MEAN and not isinstance(row["pretrained"], str)
        own = list(items) if of_mean else by_network[row["network"], row["pretrained"]]
        word = row["expression"] if isinstance(row["expression"], str) else ""
        names = [name for name in items[0].scores.expressions if any(name in item.found.expressions for item in own)]
        partial = [dict(zip(item.found.expressions, item.found.partial, strict=True)) for item in own]
        chosen = [word] if word else names
        rows.append(
            {name: row[name] for name in ("explainer", "network", "pretrained", "reference", "value", "low", "high")}
            | {
                "expression": word,
                "partial": float(mean_known([known.get(name, np.nan) for known in partial for name in chosen])),
                "p": float("nan") if word else pairing_p(_mean_cross(own, names)),
                "n_expressions": len(names),
                "ceiling": _ceiling(ceilings, chosen),
                "reason": row["reason"] if word or np.isfinite(row["value"]) else own[0].found.reason,
            }
        )
    return rows


def _mean_cross(items: Sequence[SpecificScores], names: Sequence[str]) -> np.ndarray:
    """(e, e) correlations of expressions with expressions, mean over networks."""
    all_cross = np.full((len(items), len(names), len(names)), np.nan)
    for cross, item in zip(all_cross, items, strict=True):
        at = [names.index(name) for name in item.found.expressions]
        cross[np.ix_(at, at)] = item.found.cross
    return mean_known(all_cross, axis=0)


def _ceiling(ceilings: Ceilings | None, expressions: Sequence[str]) -> float:
    known = {} if ceilings is None else ceilings.scores.get(SPECIFIC, {})
    own = [name for name in expressions if name in known]
    return float(ceilings.of(SPECIFIC, own)[0]) if ceilings is not None and own else float("nan")
