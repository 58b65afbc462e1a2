"""The contrasts of pretraining in figures and in words."""

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd

from fer_xai.analysis.pretraining_contrasts import MAP_CORRELATION
from fer_xai.analysis.words.sentences import sentence
from fer_xai.analysis.words.tables import Table
from fer_xai.analysis.words.verdicts import ONE_TRAINING
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.scoring.intervals import PEOPLE
from fer_xai.scoring.score_tables import MEAN

#: Why nothing is said where there is no interval.
NO_INTERVAL = "there is no interval"


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
    names = [
        *("pretrained", "explainer", "reference", "metric", "scratch", "trained", "value", "low", "high"),
        *("cells", "holds", "p", "q", "margin", "p_same", "q_same"),
    ]
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
    names = [name for name, _ in left_out(frame, table.explainer, word)]
    means = mean_contrasts(frame)
    scores = means[means["metric"].eq(table.metric) & means["reference"].eq(table.reference)].to_dict("records")
    if not scores:
        return sentence("no_contrast", word=word, left_out=names)
    row = scores[0]
    own = frame[frame["metric"].eq(MAP_CORRELATION) & frame["expression"].isna() & frame["network"].ne(MEAN)]
    facts = {"word": word, "metric": table.metric_title, "networks": list(own["network"]), "left_out": names}
    if not math.isfinite(row["value"]):
        return sentence("undefined_contrast", **facts)
    ncc = means[means["metric"].eq(MAP_CORRELATION)].iloc[0].to_dict()
    better = (row["value"] > 0) == table.higher_is_better
    unclear = "" if math.isfinite(row["p"]) else ONE_TRAINING if row["holds"] == PEOPLE else NO_INTERVAL
    return sentence("contrast", row=row, ncc=ncc, better=better, unclear=unclear, level=SIGNIFICANCE, **facts)
