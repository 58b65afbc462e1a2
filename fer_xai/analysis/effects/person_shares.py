"""Shares of the variance of the scores of single people's maps: person beside network, expression and fold.

y = mean + network + expression + network:expression + fold + person + residual, all random. People differ in which
expressions they show, and in number by fold, so the design is seldom balanced, and it is large: a mixed model by
restricted maximum likelihood would invert matrices with a row per score. So components come from as many quadratic
forms as there are factors, set equal to what they are on average (MINQUE(0): Rao 1971; Searle, Casella and McCulloch
1992, chapter 11); in balanced designs these are the components of the analysis of variance. Negative ones are set to 0.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.stats import t

from fer_xai.analysis.effects.variance_components import INTERACTION, RESIDUAL, shares
from fer_xai.metrics.proportion import TAIL

#: What the rows of `variance_shares.csv` are of.
PEOPLE = "scores of people"
FACTORS = ("network", "expression", "fold", "person")
#: Parts of the people who are left out in turn.
_PARTS = 20
_FEWEST = 3

_HELD = "people left out in turn, networks and expressions held fixed; seeds pooled"


def person_shares(scores: pd.DataFrame, key: dict[str, object]) -> list[dict[str, object]]:
    """Rows of `variance_shares.csv`.

    Args:
        scores: `value` and the columns `FACTORS`; undefined scores are left out. A person is in one fold.
        key: explainer, reference and metric of the rows.

    Returns:
        A row per factor, with 95 % intervals over people; or one that says why there are none; nothing without scores.
    """
    key = {"what": PEOPLE} | key
    known = scores[np.isfinite(scores["value"])].reset_index(drop=True) if len(scores) else scores
    if known.empty:
        return []
    if known["person"].nunique() < _FEWEST or np.ptp(known["value"]) == 0:
        return [key | {"reason": f"fewer than {_FEWEST} people with a score, or all the same"}]
    terms = _terms(known)
    whole = components(known, terms)
    if whole is None:
        return [key | {"reason": "a design without replication: its factors cannot be told apart"}]
    low, high = _interval(known, terms, shares(whole))
    rows = zip((*terms, RESIDUAL), shares(whole), low, high, strict=True)
    return [
        key | {"factor": name, "share": share, "low": least, "high": most, "reason": _HELD}
        for name, share, least, most in rows
    ]


def components(scores: pd.DataFrame, terms: Sequence[str]) -> NDArray[np.float64] | None:
    """Components of variance of the terms and the residual, negative ones set to 0; None where they are not determined.

    Args:
        scores: `value` and a column per factor.
        terms: factors, and interactions as `a:b`.
    """
    n = len(scores)
    y = scores["value"].to_numpy(np.float64)
    y = y - y.mean()
    levels = [_incidence(scores, term) for term in terms]
    sizes = [np.asarray(level.sum(axis=0), np.float64) for level in levels]
    number = len(terms) + 1
    forms, expected = np.empty(number), np.empty((number, number))
    for i, (one, own) in enumerate(zip(levels, sizes, strict=True)):
        forms[i] = float(((one.T @ y) ** 2).sum())
        for j, (other, theirs) in enumerate(zip(levels, sizes, strict=True)):
            together = (one.T @ other).toarray() - np.outer(own, theirs) / n
            expected[i, j] = float((together**2).sum())
        # Of the residual, each score is a level of its own.
        expected[i, -1] = expected[-1, i] = float((own - own**2 / n).sum())
    forms[-1], expected[-1, -1] = float(y @ y), n - 1
    if np.linalg.matrix_rank(expected) < number:
        return None
    return np.maximum(np.linalg.solve(expected, forms), 0)


def _terms(scores: pd.DataFrame) -> list[str]:
    terms = [name for name in FACTORS if scores[name].nunique() > 1]
    cells = len(scores[["network", "expression"]].drop_duplicates())
    crossed = {"network", "expression"} <= set(terms) and cells < len(scores)
    return [*terms, INTERACTION] if crossed else terms


def _incidence(scores: pd.DataFrame, term: str) -> "csr_array[np.float64]":
    level = scores.groupby(term.split(":"), sort=False, observed=True).ngroup().to_numpy()
    n = len(level)
    return csr_array((np.ones(n), (np.arange(n), level)), shape=(n, int(level.max()) + 1))


def _interval(
    scores: pd.DataFrame, terms: Sequence[str], value: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % intervals: parts of the people left out in turn, Student's t over the pseudo-values (Tukey 1958)."""
    number = pd.factorize(scores["person"], sort=True)[0]
    parts = min(_PARTS, int(number.max()) + 1)
    without = [components(scores[number % parts != part], terms) for part in range(parts)]
    told = [shares(one) for one in without if one is not None]
    if len(told) < parts:
        return np.full_like(value, np.nan), np.full_like(value, np.nan)
    pseudo = parts * value - (parts - 1) * np.stack(told)
    reach = t.ppf(1 - TAIL, parts - 1) * pseudo.std(0, ddof=1) / parts**0.5
    return np.clip(value - reach, 0, 1), np.clip(value + reach, 0, 1)
