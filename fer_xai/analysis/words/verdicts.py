"""Saying in words whether a score beats its baselines."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from fer_xai.analysis.words.sentences import join

#: Baselines, in the order in which they are told, with the words for them in a sentence.
BASELINES = {
    "full frame": "the full frame",
    "centred Gaussian": "a centred Gaussian",
    "landmark density": "the density of landmarks",
    "other masks": "the other expressions' masks",
    "random shifts": "random shifts",
    "pairings": "the pairings of expressions with masks",
}

#: Largest p (of pairings) and q (over cells) that counts as beating chance.
SIGNIFICANCE = 0.05

YES, NO, UNCLEAR, UNDEFINED = "yes", "no", "unclear", "undefined"

_OPEN = "unclear against"
_WAYS = {YES: "better than", NO: "worse than"}
_CLAUSES = {YES: "beats", NO: "loses to", UNCLEAR: "is not told apart from"}


def beats(value: float, low: float, high: float, baseline: float, higher_is_better: bool) -> str:
    """Whether a score beats a fixed baseline: `yes`, `no`, `unclear` (the interval holds it) or `undefined`."""
    if not (math.isfinite(value) and math.isfinite(baseline)):
        return UNDEFINED
    if math.isfinite(low) and low <= baseline <= high:
        return UNCLEAR
    return YES if (value > baseline) == higher_is_better and value != baseline else NO


def beats_chance(p: float) -> str:
    """Whether a p-value (or q-value) tells a score from chance."""
    if not math.isfinite(p):
        return UNDEFINED
    return YES if p <= SIGNIFICANCE else NO


def verdict(rows: Sequence[Mapping[Any, Any]]) -> str:
    """One clause on a score from its rows of the baselines' table; empty where there are none.

    Args:
        rows: baseline, value, score, beats, as_good, of, p; p is NaN where nothing was tested.

    Examples:
        `beats the full frame (0.26); loses to a centred Gaussian (0.41); 283 of 720 pairings are as good (p = 0.39)`
    """
    fixed: dict[str, list[str]] = {word: [] for word in _CLAUSES}
    clauses: list[str] = []
    for row in rows:
        name, answer = str(row["baseline"]), str(row["beats"])
        if answer == UNDEFINED:
            continue
        if name == "pairings":
            share = f"{row['as_good']:.0f} of the {row['of']:.0f} pairings are at least as good (p = {row['p']:.3g})"
            clauses.append(share)
            continue
        # A test that does not tell a score from chance has not shown that it loses.
        word = UNCLEAR if answer == NO and math.isfinite(row["p"]) else answer
        fixed[word].append(f"{BASELINES.get(name, name)} ({_beside(row['value'], row['score'])})")
    clauses = [f"{words} {join(fixed[answer])}" for answer, words in _CLAUSES.items() if fixed[answer]] + clauses
    if not clauses and len(rows):
        return "is undefined"
    return "; ".join(clauses)


def brief(rows: Sequence[Mapping[Any, Any]]) -> str:
    """The same in the shortest form: every baseline's name and value, with a word on which way it falls.

    Examples:
        `better than full frame 0.26; worse than centred Gaussian 0.41; 85/720 pairings as good`
    """
    by_way: dict[str, list[str]] = {word: [] for word in (*_WAYS.values(), _OPEN)}
    pairs = ""
    for row in rows:
        if row["baseline"] == "pairings" and row["beats"] != UNDEFINED:
            pairs = f"{row['as_good']:.0f}/{row['of']:.0f} pairings as good"
        elif row["beats"] != UNDEFINED:
            tested = math.isfinite(row["p"])
            word = _OPEN if row["beats"] == UNCLEAR or (tested and row["beats"] == NO) else _WAYS[str(row["beats"])]
            by_way[word].append(f"{row['baseline']} {_beside(row['value'], row['score'])}")
    return "; ".join(
        [*(f"{word} {', '.join(names)}" for word, names in by_way.items() if names), *([pairs] if pairs else [])]
    )


def _beside(value: float, score: float) -> str:
    """A baseline's value to two digits, or to as many as it takes (up to four) to tell it from the score."""
    for digits in (2, 3):
        if f"{value:.{digits}f}" != f"{score:.{digits}f}":
            return f"{value:.{digits}f}"
    return f"{value:.4f}"
