"""Accuracies of two studies and their difference, from the interval of each (Newcombe 1998, method 10)."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from fer_xai.analysis.studies.two_studies import OneStudy, TwoStudies
from fer_xai.results.submission.contents import ACCURACY

#: Columns of `accuracy_differences.csv`: `value` is the first less the second. measure: accuracy or balanced accuracy.
COLUMNS = (
    *("network", "pretrained", "measure", "first", "first_low", "first_high", "first_n"),
    *("second", "second_low", "second_high", "second_n", "value", "low", "high"),
)
_MEASURES = {"accuracy": ("value", "low", "high"), "balanced accuracy": ("balanced", "balanced_low", "balanced_high")}


def accuracy_differences(two: TwoStudies) -> pd.DataFrame:
    """The table: networks of which both studies have accuracies."""
    return pd.DataFrame(list(_rows(two)), columns=list(COLUMNS)).astype({"first_n": "Int64", "second_n": "Int64"})


def difference_interval(first: tuple[float, float, float], second: tuple[float, float, float]) -> tuple[float, float]:
    """The interval of a difference of two independent figures, each given with its own interval: value, low, high.

    Examples:
        >>> low, high = difference_interval((0.7, 0.6, 0.78), (0.5, 0.42, 0.56))
        >>> round(low, 4), round(high, 4)
        (0.0834, 0.3131)
    """
    (a, a_low, a_high), (b, b_low, b_high) = first, second
    return a - b - float(np.hypot(a - a_low, b_high - b)), a - b + float(np.hypot(a_high - a, b - b_low))


def _rows(two: TwoStudies) -> Iterator[dict[str, object]]:
    tables = [_whole(one) for one in two.both]
    for key in two.networks:
        if not all(key in table for table in tables):
            continue
        for measure, columns in _MEASURES.items():
            figures = [tuple(float(table[key][name]) for name in columns) for table in tables]
            row: dict[str, object] = {"network": key[0], "pretrained": key[1], "measure": measure}
            for side, table, (value, low, high) in zip(("first", "second"), tables, figures, strict=True):
                row |= {side: value, f"{side}_low": low, f"{side}_high": high, f"{side}_n": int(table[key]["n"])}
            low, high = difference_interval(figures[0], figures[1])  # type: ignore[arg-type]
            yield row | {"value": figures[0][0] - figures[1][0], "low": low, "high": high}


def _whole(one: OneStudy) -> dict[tuple[str, str], "pd.Series"]:
    """Rows of networks as a whole, which come first; none without the table."""
    path = one.study.paths.root / ACCURACY
    if not path.exists():
        return {}
    words = dict.fromkeys(("network", "pretrained", "expression"), str)
    table = pd.read_csv(path, dtype=words, keep_default_na=False, na_values=dict.fromkeys(_NUMBERS, ""))  # type: ignore[arg-type]
    if not {*words, *_NUMBERS} <= {*table}:
        return {}
    whole = table[table["fold"].isna() & table["expression"].eq("")].drop_duplicates(["network", "pretrained"])
    return {(row["network"], row["pretrained"]): row for _, row in whole.iterrows()}


_NUMBERS = ("fold", "n", *(name for columns in _MEASURES.values() for name in columns))
