"""The contrasts of pretraining in figures and in words."""

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd

from fer_xai.analysis.pretraining_contrasts import NCC
from fer_xai.analysis.words.summary import figure_words
from fer_xai.analysis.words.tables import Table, metric_title
from fer_xai.analysis.words.verdicts import join
from fer_xai.scoring.scores import MEAN


def mean_contrasts(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of `pretraining.csv` that are means over networks and expressions."""
    return frame[frame["network"].eq(MEAN) & frame["expression"].isna() & frame["metric"].notna()]


def left_out(frame: pd.DataFrame, explainer: str, word: str) -> list[tuple[str, str]]:
    """Networks that take no part in the contrast of one pretraining, each with the reason."""
    here = frame["explainer"].eq(explainer) & frame["pretrained"].eq(word) & frame["metric"].isna()
    return list(frame.loc[here, ["network", "reason"]].itertuples(index=False, name=None))


def contrast_answers(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """For `summary.json`: every mean over networks, then every network that was left out."""
    if frame.empty:
        return []
    names = ["pretrained", "explainer", "reference", "metric", "scratch", "trained", "value", "low", "high", "cells"]
    rows = mean_contrasts(frame)[names].astype(object)
    means = rows.where(rows.notna(), None).to_dict("records")
    left = frame.loc[frame["metric"].isna(), ["network", "pretrained", "explainer", "reason"]]
    return [*means, *left.to_dict("records")]


def contrast_sentences(frame: pd.DataFrame, table: Table) -> list[str]:
    """A sentence on each pretraining, by the explainer, reference and metric of the main table."""
    if frame.empty:
        return []
    own = frame[frame["explainer"].eq(table.explainer)]
    return [
        _sentence(own[own["pretrained"].eq(word)], str(word), table) for word in own["pretrained"].dropna().unique()
    ]


def _sentence(frame: pd.DataFrame, word: str, table: Table) -> str:
    missing = [name for name, _ in left_out(frame, table.explainer, word)]
    left_out_words = f" Left out, for reasons told in pretraining.csv: {join(missing)}." if missing else ""
    means = mean_contrasts(frame)
    scores = means[means["metric"].eq(table.metric) & means["reference"].eq(table.reference)].to_dict("records")
    if not scores:
        return f"No network can be contrasted with and without pretraining {word}.{left_out_words}"
    row, map_correlation = scores[0], means[means["metric"].eq(NCC)].iloc[0]
    chosen = frame[frame["metric"].eq(NCC) & frame["expression"].isna() & frame["network"].ne(MEAN)]
    count = len(chosen)
    who = (
        f"the {count} networks that can be compared with and without it"
        if count > 1
        else f"{chosen['network'].iloc[0]}"
    )
    if not math.isfinite(row["value"]):
        return f"Pretraining {word}: no {metric_title(table.metric)} of {who} is defined on both sides.{left_out_words}"
    return (
        f"Pretraining {word} changes the mean {metric_title(table.metric)} of {who} by {row['value']:+.4f}"
        f"{_bounds(row)}, from {row['scratch']:.4f} to {row['trained']:.4f}: {_verdict(row, table.higher_is_better)}. "
        f"The maps with and without it have a mean NCC of {figure_words(map_correlation.to_dict())}.{left_out_words}"
    )


def _bounds(row: dict[Any, Any]) -> str:
    return f" (95 % interval {row['low']:+.4f} to {row['high']:+.4f})" if math.isfinite(row["low"]) else ""


def _verdict(row: dict[Any, Any], higher_is_better: bool) -> str:
    """What the interval says of the difference."""
    if not math.isfinite(row["low"]):
        return "there are no bootstrap replicates to tell whether that is more than chance"
    if row["low"] <= 0 <= row["high"]:
        return "not told apart from no change"
    return "better with it" if (row["value"] > 0) == higher_is_better else "worse with it"
