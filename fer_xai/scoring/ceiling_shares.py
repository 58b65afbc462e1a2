"""Scores as shares of what people reach: how much of what can be had at all a network has.

For correlations the share is score over ceiling (the root of the reliability), which a map without error would reach
on average; by luck more than 1 is possible. For measures that are none, but have a fixed level of chance, it is what a
score lies above chance, over the same of one half of the people with the other.

The interval takes in two independent kinds of sampling: whose faces the network saw (the
interval of the score) and who the observers were (scores and ceilings without a part of these, together). Margins
of independent errors add in squares, on each side by itself (MOVER: Zou and Donner 2008).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.pixels import Array
from fer_xai.scoring.ceilings import NOT_RELIABLE, Ceilings
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.reliability import from_log_distance, jackknife_interval, jackknife_margin, log_distance
from fer_xai.scoring.specific import SPECIFIC

#: Columns of `ceiling_shares.csv`. ceiling: of correlations the root of the reliability, of other measures the score of
#: one half of the observers with the other; reason: why a share, or its interval, is undefined.
COLUMNS = (
    *("explainer", "network", "pretrained", "reference", "expression", "metric"),
    *("value", "low", "high", "ceiling", "share", "share_low", "share_high", "reason"),
)

NO_CHANCE_LEVEL = "this measure has no fixed level of chance: the score stands beside what people reach"
NO_INTERVAL = "the score has no interval, so its share has none"
MAYBE_UNRELIABLE = "the reliability is not shown to be above 0, so the share has no interval"


@dataclass(frozen=True)
class Share:
    """A score as a share of what people reach.

    Attributes:
        ceiling: what people reach; NaN where that is not known.
        value: the share; NaN where undefined.
        low: lower end of its 95 % interval.
        high: upper end.
        reason: why the share or its interval is undefined.
    """

    ceiling: float
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    reason: str = ""


def share_of_ceiling(
    score: tuple[float, float, float], scores: Array, ceilings: Array, chance: float = 0.0, reliable: bool = True
) -> Share:
    """A score over its ceiling.

    Args:
        score: value, low and high: the interval over the people whose faces the network saw.
        scores: (1 + b,) the score with all observers (on whatever grid), then without each part of them.
        ceilings: (1 + b,) the ceiling, likewise.
        chance: what both are counted from.
        reliable: whether the observers' reliability is shown to be above 0.

    Examples:
        >>> observers = np.array([0.5, 0.48, 0.5, 0.52]), np.array([0.8, 0.79, 0.8, 0.81])
        >>> found = share_of_ceiling((0.5, 0.4, 0.6), *observers)
        >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
        (0.625, 0.474, 0.776)
    """
    value, low, high = score
    ceiling = float(ceilings[0])
    if not math.isfinite(value):
        return Share(ceiling, reason="the score is undefined")
    if not ceiling > chance:
        return Share(ceiling, reason=NOT_RELIABLE)
    room = ceiling - chance
    share = (value - chance) / room
    with np.errstate(invalid="ignore", divide="ignore"):
        margin = jackknife_margin((scores[1:] - chance) / (ceilings[1:] - chance))
    if not (math.isfinite(low) and math.isfinite(high)):
        return Share(ceiling, share, reason=NO_INTERVAL)
    if not (reliable and math.isfinite(margin)):
        return Share(ceiling, share, reason=MAYBE_UNRELIABLE)
    below, above = math.hypot((value - low) / room, margin), math.hypot((high - value) / room, margin)
    return Share(ceiling, share, share - below, share + above)


def share_rows(
    scores: pd.DataFrame,
    places: Sequence[Sequence[int]],
    without: Mapping[str, Array],
    ceilings: Ceilings,
    metrics: Metrics,
    expressions: Sequence[str],
) -> list[dict[str, object]]:
    """Rows of `ceiling_shares.csv` for one explainer and reference.

    Args:
        scores: rows of `metrics.csv` of this explainer and reference.
        places: for each row the pools whose scores it is the mean of.
        without: see `observers_left_out.scores_without`.
        ceilings: of the reference.
        metrics: by name.
        expressions: of the maps, in the order of `without`.
    """
    chances = {name: metric.chance for name, metric in metrics.items()} | {SPECIFIC: 0.0}
    rows: list[dict[str, object]] = []
    for row, pools in zip(scores.to_dict("records"), places, strict=True):
        metric = str(row["metric"])
        if metric not in ceilings.scores:
            continue
        word = row["expression"] if isinstance(row["expression"], str) else ""
        figures = float(row["value"]), float(row["low"]), float(row["high"])
        own = [word] if word else [name for name in expressions if name in ceilings.scores[metric]]
        key = {name: row[name] for name in COLUMNS[:6]} | {"expression": word}
        if not own or own[0] not in ceilings.scores[metric]:
            continue
        part = without[metric][:, pools][:, :, [expressions.index(name) for name in own]]
        # A cell that is undefined takes no part in a mean, nor does its ceiling.
        defined = np.isfinite(part[0]).any(axis=0)
        own = [name for name, known in zip(own, defined, strict=True) if known]
        found = _share(figures, part, ceilings, metric, own, chances[metric])
        values = {"value": figures[0], "low": figures[1], "high": figures[2], "ceiling": found.ceiling}
        shares = {"share": found.value, "share_low": found.low, "share_high": found.high, "reason": found.reason}
        rows.append(key | values | shares)
    return rows


def share_table(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """The table `ceiling_shares.csv`."""
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _share(
    figures: tuple[float, float, float],
    part: Array,
    ceilings: Ceilings,
    metric: str,
    own: Sequence[str],
    chance: float | None,
) -> Share:
    if not own:
        return Share(math.nan, reason="the score is undefined")
    people = [ceilings.scores[metric][name] for name in own]
    why = next((item.reason for item in people if item.reason), "")
    if why:
        return Share(math.nan, reason=why)
    means = mean_known(part, axis=(1, 2))
    if metric in ceilings.correlations:
        reliability = mean_known(np.stack([item.reliability for item in people]), axis=0)
        low, _ = jackknife_interval(reliability[0], reliability[1:], log_distance, from_log_distance)
        return share_of_ceiling(figures, means, ceilings.of(metric, own), 0.0, reliable=low > 0)
    half = mean_known(np.stack([item.half for item in people]), axis=0)
    if chance is None:
        return Share(float(half[0]), reason=NO_CHANCE_LEVEL)
    return share_of_ceiling(figures, means, half, chance)
