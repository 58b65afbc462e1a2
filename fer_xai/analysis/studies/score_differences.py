"""Scores of two studies side by side, and their difference with an interval and a test, cell by cell.

The people and trainings of two laboratories are independent, so the variances of their figures add; the degrees of
freedom are Welch's (1947). Differences of the primary measure are tested; the false-discovery rate is held over all
networks, explainers and references: over means over expressions, and over single expressions.
"""

from collections.abc import Iterator, Sequence

import pandas as pd

from fer_xai.analysis.baselines.baseline_scores import controlled
from fer_xai.analysis.studies.two_studies import TwoStudies
from fer_xai.analysis.words.verdicts import why_unclear
from fer_xai.face.masks import Reference
from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.scoring.intervals import Interval, independent
from fer_xai.scoring.pooled_maps import PooledMaps
from fer_xai.scoring.replicates import replicate_figures
from fer_xai.scoring.score_tables import score_rows

#: Columns of `score_differences.csv`; expression empty: the mean over those that both have. `first` and `second` are
#: the scores; `value` is the first less the second; p and q of Welch's t test that they are the same, p_same and
#: q_same of two one-sided tests that they differ by more than the margin: of the primary measure.
COLUMNS = (
    *("network", "pretrained", "explainer", "expression", "reference", "metric"),
    *("first", "first_low", "first_high", "first_people", "second", "second_low", "second_high", "second_people"),
    *("value", "low", "high", "holds", "p", "q", "margin", "p_same", "q_same", "verdict", "reason"),
)
_KEY = ("network", "pretrained", "explainer", "reference", "metric", "expression")
UNCLEAR = "unclear"


def difference_rows(
    maps: tuple[PooledMaps, PooledMaps],
    references: Sequence[Reference],
    metrics: Metrics,
    primary: str,
    margin: float,
) -> Iterator[dict[str, object]]:
    """Rows for `difference_table` of one explainer.

    Args:
        maps: of both studies: of the same networks and expressions.
        references: what to score against.
        metrics: by name.
        primary: the measure that is tested.
        margin: a difference of it that counts as none if it is smaller.
    """
    first, second = ({_key(row): row for row in _scores(item, references, metrics)} for item in maps)
    for key, one in first.items():
        other = second.get(key)
        if other is None:
            continue
        metric = metrics[str(one["metric"])]
        low, high = metric.bounds
        value = _number(one["value"]) - _number(other["value"])
        intervals = _interval(one), _interval(other)
        centre = intervals[0].centre - intervals[1].centre
        of = independent(value, centre, intervals, (low - high, high - low))
        sides = {
            f"{side}{word}": row[name]
            for side, row in (("first", one), ("second", other))
            for word, name in (("", "value"), ("_low", "low"), ("_high", "high"), ("_people", "people"))
        }
        tested = one["metric"] == primary
        yield {
            **dict(zip(_KEY, key, strict=True)),
            **sides,
            **{"value": value, "low": of.low, "high": of.high, "holds": of.holds},
            "p": of.p() if tested else float("nan"),
            "margin": margin if tested else float("nan"),
            "p_same": of.p_equivalent(0.0, margin) if tested else float("nan"),
            "reason": of.reason or (why_unclear(of) if tested else ""),
        }


def difference_table(rows: Sequence[dict[str, object]], two: TwoStudies) -> pd.DataFrame:
    """The table with q-values and verdicts: columns `COLUMNS`."""
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"first_people": "Int64", "second_people": "Int64"})
    for name in ("p", "q", "p_same", "q_same"):
        table[name] = table[name].astype(float)
    means = table["expression"].isna()
    for family in (means, ~means):
        for p, q in (("p", "q"), ("p_same", "q_same")):
            table.loc[family, q] = controlled(table.loc[family, p])
    return table.assign(verdict=[_verdict(row, two) for _, row in table.iterrows()])


def _verdict(row: "pd.Series", two: TwoStudies) -> str:
    """In words, of the primary measure; nothing of the others."""
    if pd.isna(row["margin"]):
        return ""
    if row["reason"]:
        return UNCLEAR
    if row["q"] <= SIGNIFICANCE:
        return f"higher in {(two.first if row['value'] > 0 else two.second).name}"
    return f"as good within {row['margin']:g}" if row["q_same"] <= SIGNIFICANCE else UNCLEAR


def _scores(maps: PooledMaps, references: Sequence[Reference], metrics: Metrics) -> Iterator[dict[str, object]]:
    figures = replicate_figures(maps, references, metrics, with_ncc=False)
    for scores in score_rows(maps, references, metrics, figures):
        yield from scores.rows()


def _key(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in _KEY)


def _number(value: object) -> float:
    assert isinstance(value, float)
    return value


def _interval(row: dict[str, object]) -> Interval:
    of = row["interval"]
    assert isinstance(of, Interval)
    return of
