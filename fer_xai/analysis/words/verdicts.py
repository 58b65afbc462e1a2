"""Saying in words on which side of its baselines a score lies, where a test with an error rate stands behind it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from fer_xai.analysis.words.sentences import join
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.scoring.intervals import PEOPLE, Interval

#: Baselines, in the order in which they are told, with the words for them in a sentence.
BASELINES = {
    "full frame": "the full frame",
    "centred Gaussian": "a centred Gaussian",
    "landmark density": "the density of landmarks",
    "other masks": "the other expressions' masks",
}

#: Baselines of which is told how many are as good: their tests are counts.
COUNTED = {"all shifts": "shifts", "pairings": "pairings"}

YES, NO, SAME, UNCLEAR, UNDEFINED = "yes", "no", "same", "unclear", "undefined"
#: Of scores that are shown beside their baselines without being tested.
UNTESTED = ""

#: Why nothing is said of networks of whose map there is one training: trained once, or other trainings show nothing.
ONE_TRAINING = "the interval is over people, and holds the training fixed"

_CLAUSES = {
    YES: "beats",
    NO: "loses to",
    SAME: "is as good as",
    UNCLEAR: "is unclear against",
    UNTESTED: "stands beside",
}
#: The test behind each clause, which follows it; of what is unclear, only where a test was made.
_T_TEST = " by t tests"
_TESTS = {_CLAUSES[YES]: _T_TEST, _CLAUSES[NO]: _T_TEST, _CLAUSES[SAME]: " by two one-sided t tests"}
_WAYS = {YES: "better than", NO: "worse than", SAME: "as good as", UNCLEAR: "unclear against", UNTESTED: "beside"}


def why_unclear(of: Interval) -> str:
    """Why an interval tells a score from no baseline; empty where it holds people and trainings, as a verdict wants."""
    return of.reason.removeprefix("no interval: ") or (ONE_TRAINING if of.holds == PEOPLE else "")


def beats(q: float, q_same: float, difference: float, higher_is_better: bool) -> str:
    """Whether a score beats a baseline, loses to it, or is as good within a margin.

    Args:
        q: of the test that they are the same, under false-discovery control; NaN where nothing could be tested.
        q_same: of the two one-sided tests that they differ by more than the margin, likewise.
        difference: score less baseline, as the test has it.
        higher_is_better: direction of the score.
    """
    if q <= SIGNIFICANCE:
        return YES if (difference > 0) == higher_is_better else NO
    return SAME if q_same <= SIGNIFICANCE else UNCLEAR


def beats_chance(p: float) -> str:
    """Whether a p-value (or q-value) tells a score from chance."""
    if not math.isfinite(p):
        return UNDEFINED
    return YES if p <= SIGNIFICANCE else NO


def verdict(rows: Sequence[Mapping[Any, Any]]) -> str:
    """One clause on a score from its rows of the baselines' table; empty where there are none.

    Args:
        rows: baseline, value, score, beats, as_good, of, p, q, margin, reason.

    Examples:
        `beats the full frame (0.26) by t tests; is as good as a centred Gaussian (0.28, within 0.05) by two one-sided t
        tests; 283 of the 720 pairings are at least as good (p = 0.39, q = 0.5)`
    """
    tests = dict(_TESTS)
    if any(row["beats"] == UNCLEAR and row["baseline"] not in COUNTED and row["p"] == row["p"] for row in rows):
        tests[_CLAUSES[UNCLEAR]] = _T_TEST
    clauses = [
        f"{words} {join([f'{BASELINES.get(name, name)} ({value})' for name, value in members])}{tests.get(words, '')}"
        for words, members in _by_way(rows, _CLAUSES).items()
    ]
    clauses += [
        f"{as_good:.0f} of the {of:.0f} {COUNTED[name]} are at least as good (p = {p:.3g}, q = {q:.3g})"
        for name, as_good, of, p, q in _counted(rows)
    ]
    if not clauses and len(rows):
        return "is undefined"
    return "; ".join(clauses)


def brief(rows: Sequence[Mapping[Any, Any]]) -> str:
    """The same in the shortest form: every baseline's name and value, with a word on which way it falls.

    Examples:
        `better than full frame 0.26; unclear against centred Gaussian 0.28; 85/720 pairings as good`
    """
    clauses = [
        f"{words} {', '.join(f'{name} {value}' for name, value in members)}"
        for words, members in _by_way(rows, _WAYS).items()
    ]
    clauses += [f"{as_good:.0f}/{of:.0f} {COUNTED[name]} as good" for name, as_good, of, *_ in _counted(rows)]
    return "; ".join(clauses)


def reasons(rows: Sequence[Mapping[Any, Any]]) -> list[str]:
    """Why the verdicts on a score are unclear, each reason once."""
    told = [row["reason"] for row in rows if row["beats"] == UNCLEAR and isinstance(row["reason"], str)]
    return [reason for reason in dict.fromkeys(told) if reason]


def _by_way(rows: Sequence[Mapping[Any, Any]], words: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """Names and values of the fixed baselines by the word for which way they fall."""
    by_way: dict[str, list[tuple[str, str]]] = {word: [] for word in words.values()}
    for row in rows:
        answer = row["beats"] if isinstance(row["beats"], str) else UNTESTED
        if row["baseline"] not in COUNTED and answer != UNDEFINED:
            within = f", within {row['margin']:g}" if answer == SAME else ""
            by_way[words[answer]].append((str(row["baseline"]), _beside(row["value"], row["score"]) + within))
    return {word: members for word, members in by_way.items() if members}


def _counted(rows: Sequence[Mapping[Any, Any]]) -> list[tuple[str, float, float, float, float]]:
    """Baselines that are counted: name, how many are as good, of how many, p, q."""
    told = [row for row in rows if row["baseline"] in COUNTED and row["beats"] != UNDEFINED]
    return [(row["baseline"], row["as_good"], row["of"], row["p"], row["q"]) for row in told]


def _beside(value: float, score: float) -> str:
    """A baseline's value to two digits, or to as many as it takes (up to four) to tell it from the score."""
    for digits in (2, 3):
        if f"{value:.{digits}f}" != f"{score:.{digits}f}":
            return f"{value:.{digits}f}"
    return f"{value:.4f}"
