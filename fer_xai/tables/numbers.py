"""Columns of numbers as people write them."""

import numpy as np
import pandas as pd

from fer_xai.errors import UserError

#: What stands for a number that is missing, in small letters.
MISSING = frozenset({"", ".", "-", "na", "nan", "n/a", "none", "null"})


def as_numbers(text: "pd.Series[str]", where: str) -> "pd.Series[float]":
    """Numbers with a point or a comma before their fractions.

    Args:
        text: cells of one column without surrounding space; the index is the number of the line.
        where: the table and the column, for messages.

    Returns:
        float64, NaN where a number is missing.

    Raises:
        UserError: a cell holds something else.

    Examples:
        >>> as_numbers(pd.Series(["1,5", "2", "n/a"]), "here").tolist()
        [1.5, 2.0, nan]
    """
    numbers = pd.to_numeric(text, errors="coerce").astype(np.float64)
    others = text[numbers.isna() & ~text.isin(MISSING)]
    if others.empty:
        return numbers
    told = pd.to_numeric(others.str.replace(",", ".", regex=False), errors="coerce")
    bad = told.isna() & ~others.str.casefold().isin(MISSING)
    if bad.any():
        line, cell = next(iter(others[bad].items()))
        raise UserError(f"{where}, line {line}: '{cell}' is no number")
    numbers[others.index] = told
    return numbers
