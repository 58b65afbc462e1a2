"""Do networks look where people look: on faces in general, and on this expression? Each answer has its test."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from fer_xai.analysis.baselines.baseline_scores import controlled
from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.sentences import sentence
from fer_xai.analysis.words.verdicts import UNCLEAR
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.scoring.score_tables import MEAN
from fer_xai.scoring.specific import SPECIFIC

#: Answers, of a test at 5 %; `verdicts.UNCLEAR` where it does not decide.
ABOVE, BELOW, SHOWN = "above", "below", "shown"

#: The measure of agreement with people in words.
PLAIN = "ncc"

# What a map has to beat before it says more than where a face has structure.
_DENSITY = "landmark density"


def people_answers(analysis: Analysis, explainer: str) -> list[dict[str, Any]]:
    """For each reference of observers: agreement on faces and on the expression, beside what people reach.

    Args:
        analysis: of the study.
        explainer: whose maps.

    Returns:
        One entry per reference: reference, explainer, networks (their number), note (of the reference), plain and
        specific (value, low, high, holds, ceiling, share, share_low, share_high), density (what the density of
        landmarks reaches), on_faces (`above` or `below` it by the interval, else `unclear`), p (over the pairings of
        expressions), n_expressions, on_expression (`shown` or `unclear`), networks_shown (whose own p holds under
        false-discovery control). Empty without such a reference, or without the metric `ncc`.
    """
    shares, specific = (
        frame[frame["explainer"].eq(explainer)] if len(frame) else frame
        for frame in (analysis.ceiling_shares, analysis.specific_agreement)
    )
    if shares.empty or PLAIN not in set(shares["metric"]):
        return []
    notes = analysis.facts.get("reference_notes", {})
    answers = []
    for reference in dict.fromkeys(shares["reference"]):
        own = shares[shares["reference"].eq(reference) & _is_mean(shares["expression"])]
        found = specific[specific["reference"].eq(reference) & _is_mean(specific["expression"])]
        plain, on_expression = (
            _of_all(own[own["metric"].eq(metric)]) | {"holds": _holds(analysis, explainer, reference, metric)}
            for metric in (PLAIN, SPECIFIC)
        )
        density = _density(analysis, explainer, reference)
        entry = {
            "reference": reference,
            "explainer": explainer,
            "networks": int((own["metric"].eq(PLAIN) & own["label"].ne(MEAN)).sum()),
            "note": notes.get(reference, ""),
            "plain": plain,
            "density": density,
            "on_faces": _beside(plain, density),
        }
        answers.append(entry | _specific(on_expression, found))
    return answers


def people_sentence(answers: Mapping[str, Any]) -> str:
    """One entry of `people_answers` in words."""
    return sentence("with_people", **answers)


def _specific(shares: Mapping[str, Any], found: pd.DataFrame) -> dict[str, Any]:
    """What is said of agreement on the expression."""
    mean = found[found["label"].eq(MEAN)].iloc[0] if len(found) else None
    networks = found[found["label"].ne(MEAN)]
    p = math.nan if mean is None else float(mean["p"])
    passed = controlled(networks["p"]) <= SIGNIFICANCE
    return {
        "specific": shares,
        "p": p,
        "n_expressions": 0 if mean is None else int(mean["n_expressions"]),
        "on_expression": SHOWN if p <= SIGNIFICANCE else UNCLEAR,
        "networks_shown": networks.loc[passed, "label"].tolist(),
        "reason": "" if mean is None or not isinstance(mean["reason"], str) else mean["reason"],
    }


def _of_all(rows: pd.DataFrame) -> dict[str, Any]:
    names = ("value", "low", "high", "ceiling", "share", "share_low", "share_high")
    own = rows[rows["label"].eq(MEAN)]
    return {name: float(own.iloc[0][name]) if len(own) else math.nan for name in names}


def _holds(analysis: Analysis, explainer: str, reference: str, metric: str) -> str:
    """What the interval of the mean over networks and expressions holds."""
    means = analysis.means
    here = means["explainer"].eq(explainer) & means["reference"].eq(reference) & means["metric"].eq(metric)
    own = means.loc[here & _is_mean(means["expression"]), "holds"].dropna()
    return str(own.iloc[0]) if len(own) else ""


def _density(analysis: Analysis, explainer: str, reference: str) -> float:
    frame = analysis.baselines
    here = frame["explainer"].eq(explainer) & frame["reference"].eq(reference) & frame["metric"].eq(PLAIN)
    rows = frame[here & frame["baseline"].eq(_DENSITY) & frame["label"].eq(MEAN) & _is_mean(frame["expression"])]
    return float(rows.iloc[0]["value"]) if len(rows) else math.nan


def _beside(figures: Mapping[str, Any], baseline: float) -> str:
    """On which side of a baseline an interval lies as a whole."""
    if figures["low"] > baseline:
        return ABOVE
    return BELOW if figures["high"] < baseline else UNCLEAR


def _is_mean(expressions: pd.Series) -> pd.Series:
    return expressions.isna() | expressions.eq("")
