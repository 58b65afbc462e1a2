"""The long table of baselines: for every score and every mean, each baseline and whether the score beats it.

`q` and `q_same` are p-values under false-discovery control over all that is shown: every measure, explainer and
reference. Each kind of test is a family: t tests against baselines, two one-sided tests against the same, and for
pairings and shifts the cells, the networks, the expressions' means and the mean over all.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.analysis.baselines.baseline_scores import OTHER_MASKS, Baselines, controlled
from fer_xai.analysis.words.verdicts import COUNTED, UNCLEAR, UNDEFINED, UNTESTED, beats, beats_chance, why_unclear
from fer_xai.scoring.intervals import Interval, interval, mean_known, mean_over
from fer_xai.scoring.pairings import pairings
from fer_xai.scoring.resampled import Resampled

_KEY = ("network", "pretrained", "fold", "seed", "explainer", "expression", "reference", "metric")
COLUMNS = (
    *_KEY,
    *("score", "low", "high", "baseline", "value", "as_good", "of"),
    *("p", "q", "margin", "p_same", "q_same", "beats", "reason"),
)


@dataclass(frozen=True)
class OwnMask:
    """The question whether maps fit the mask of their own expression more than those of others, by the primary measure.

    Attributes:
        metric: name of the primary measure.
        corrected: whether the bootstrap's shift is taken off, see `Metric`.
        bounds: smallest and largest score.
        margin: a difference that is smaller than this counts as none.
        differences: (row, pool, expression) score with the own mask less the mean score with the others, from resampled
            people and trainings.
    """

    metric: str
    corrected: bool
    bounds: tuple[float, float]
    margin: float
    differences: Resampled


def baseline_table(
    scores: Sequence[dict[str, object]],
    baselines: Baselines,
    groups: Sequence[dict[str, object]],
    own_mask: OwnMask | None = None,
) -> pd.DataFrame:
    """Lay the baselines beside the scores, and test those of the primary measure.

    Networks, over their expressions, and the mean over all are tested: against fixed baselines by the t test of the
    score's interval, against the other masks by that of the paired difference. Nothing is said of single cells, nor
    where all networks were trained once.

    Args:
        scores: rows of these groups, one explainer and one reference, and of the means over networks (network `mean`),
            as `Scores.rows` and `mean_rows` give them.
        baselines: the baselines of the same maps.
        groups: keys of the groups, in the order of `baselines`.
        own_mask: the primary question; None where nothing is to be said of these maps.

    Returns:
        Columns `COLUMNS`, for `with_verdicts`, and what that needs beside them. `value` is the baseline's own score;
        `as_good` of `of` pairings or shifts score at least as well, `p` is their share, or that of the t test; `p_same`
        is that of two one-sided tests of being within `margin` of the baseline.
    """
    networks = [str(group["network"]) + "\0" + str(group["pretrained"]) for group in groups]
    expressions = list(dict.fromkeys(str(row["expression"]) for row in scores if isinstance(row["expression"], str)))
    rows: list[dict[str, object]] = []
    for score in scores:
        mean = score["network"] == "mean" and not isinstance(score["pretrained"], str)
        chosen_g = list(range(len(groups))) if mean else [networks.index(f"{score['network']}\0{score['pretrained']}")]
        single = isinstance(score["expression"], str)
        chosen_e = [expressions.index(str(score["expression"]))] if single else list(range(len(expressions)))
        judged = own_mask if own_mask and own_mask.metric == score["metric"] and not single else None
        rows += _rows(score, baselines, chosen_g, chosen_e, judged)
    return pd.DataFrame(rows, columns=[*COLUMNS, "difference", "higher"])


def with_verdicts(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The tables of all explainers and references as one, with verdicts under false-discovery control over all of them.

    Args:
        tables: of `baseline_table`.

    Returns:
        Columns `COLUMNS`. `beats` is yes, no, same (within the margin), unclear or undefined, and empty where nothing
        is tested; `reason` says why it is unclear.
    """
    table = pd.concat(tables, ignore_index=True)
    for name in ("q", "q_same"):
        table[name] = np.nan
    counted = table["baseline"].isin(list(COUNTED))
    is_mean = table["network"].eq("mean") & table["pretrained"].isna()
    for _, part in table[counted].groupby(["baseline", is_mean, table["expression"].isna()]):
        table.loc[part.index, "q"] = controlled(part["p"])
    table.loc[~counted, "q"] = controlled(table.loc[~counted, "p"])
    table["q_same"] = controlled(table["p_same"])
    tested = table["p"].notna()
    table.loc[tested & counted, "beats"] = [beats_chance(q) for q in table.loc[tested & counted, "q"]]
    rest = tested & ~counted
    judged = table.loc[rest, ["q", "q_same", "difference", "higher"]]
    table.loc[rest, "beats"] = [beats(*row) for row in judged.to_numpy()]
    return table[list(COLUMNS)]


def _rows(
    score: dict[str, object], baselines: Baselines, groups: list[int], cells: list[int], judged: OwnMask | None
) -> list[dict[str, object]]:
    metric = str(score["metric"])
    m = list(baselines.metrics).index(metric)
    higher = baselines.metrics[metric].higher_is_better
    value, low, high = (float(score[name]) for name in ("value", "low", "high"))  # type: ignore[arg-type]
    key = {name: score[name] for name in _KEY} | {"score": value, "low": low, "high": high, "higher": higher}
    # Cells whose score is undefined take no part in a mean, nor do their baselines.
    block = np.ix_([m], groups, cells)
    defined = np.isfinite(baselines.right[m][np.ix_(groups, cells)])
    rows = []
    for name, values in (baselines.fixed | {OTHER_MASKS: baselines.others}).items():
        baseline = float(mean_known(np.where(defined, values[block][0], np.nan)))
        figures: dict[str, object] = {"beats": UNTESTED if np.isfinite(value) and np.isfinite(baseline) else UNDEFINED}
        if judged and figures["beats"] == UNTESTED:
            of: Interval = score["interval"]  # type: ignore[assignment]
            if name == OTHER_MASKS:
                fits = float(mean_known(np.where(defined, baselines.right[m][np.ix_(groups, cells)], np.nan)))
                of = _paired(judged, fits - baseline, np.ix_(groups, cells), defined, score["people"])
                figures |= _tested(of, 0.0, judged.margin)
            else:
                figures |= _tested(of, baseline, judged.margin)
        rows.append(key | {"baseline": name, "value": baseline} | figures)
    if metric in baselines.shifted:
        shifted = baselines.shifted[metric][np.ix_(groups, cells)]
        shifted = mean_known(np.where(defined[..., None], shifted, np.nan), axis=(0, 1))
        rows.append(key | {"baseline": "all shifts"} | _shift_figures(shifted, higher))
    rows.append(key | {"baseline": "pairings"} | _pairing_figures(baselines, m, groups, cells, higher))
    return rows


def _paired(judged: OwnMask, value: float, block: Any, defined: np.ndarray, people: Any) -> Interval:
    """The interval of the score with the own mask less the mean score with the others, people and trainings alike."""
    cells = judged.differences.each(lambda rows: rows[:, block[0], block[1]])
    low, high = judged.bounds
    resampled = mean_over(cells, defined, (1, 2))
    return interval(value, resampled, (low - high, high - low), people, corrected=judged.corrected)


def _tested(of: Interval, baseline: float, margin: float) -> dict[str, object]:
    reason = why_unclear(of)
    p, p_same = (np.nan, np.nan) if reason else (of.p(baseline), of.p_equivalent(baseline, margin))
    figures: dict[str, object] = {"p": p, "margin": margin, "p_same": p_same, "difference": of.centre - baseline}
    return figures | {"beats": UNCLEAR, "reason": reason}


def _shift_figures(shifted: np.ndarray, higher_is_better: bool) -> dict[str, object]:
    """How many shifts are as good, none among them: they are a group, so its share of them is an exact p-value."""
    others = shifted[np.isfinite(shifted)]
    if not (np.isfinite(shifted[0]) and others.size > 1):
        return {"value": np.nan, "as_good": None, "of": None, "p": np.nan, "beats": UNDEFINED}
    # Scores that are equal in exact arithmetic differ in the last digits by which shift they come from.
    margin = 1e-6 if higher_is_better else -1e-6
    as_good = int((others >= shifted[0] - margin if higher_is_better else others <= shifted[0] - margin).sum())
    return {"value": float(others.mean()), "as_good": as_good, "of": others.size, "p": as_good / others.size}


def _pairing_figures(
    baselines: Baselines, m: int, groups: list[int], cells: list[int], higher_is_better: bool
) -> dict[str, object]:
    undefined: dict[str, object] = {"value": np.nan, "as_good": None, "of": None, "p": np.nan, "beats": UNDEFINED}
    # Expressions that the reference does not know (neutral) have no mask to be paired with.
    known = np.flatnonzero(baselines.own >= 0)
    if len(known) < 2:
        return undefined
    scores = mean_known(baselines.masks[m][groups], axis=0)[known]
    # Of a single expression nothing can stand out: one mask in six is its own.
    if len(cells) == 1:
        return undefined
    everything = pairings(scores, higher_is_better)
    p, value = everything.p, float(mean_known(everything.means))
    if not np.isfinite(p):
        return undefined
    of = math.factorial(len(known))
    return {"value": value, "as_good": round(p * of), "of": of, "p": p}
