"""Columns of numbers as people write them."""

import re

import numpy as np
import pandas as pd

from fer_xai.errors import UserError

#: What stands for a number that is missing, in small letters.
MISSING = frozenset(
    {
        *("", ".", "-", "--", "?", "na", "nan", "n/a", "n.a.", "none", "null", "nil", "missing", "undefined"),
        # What spreadsheets show where a formula has no value.
        *("#n/a", "#na", "#num!", "#value!", "#div/0!", "#ref!", "#null!", "#nv", "#zahl!", "#wert!"),
    }
)


#: What may part the thousands beside points and commas: spaces of any kind and apostrophes.
_GROUPS = re.compile(r"(?<=\d)[\s'’](?=\d{3}(?!\d))")
#: A number that shows which sign parts its thousands: that sign twice, or another one before the fraction.
_TOLD = {
    sign: re.compile(rf"[+-]?\d{{1,3}}(?:\{sign}\d{{3}})+(?:\{sign}\d{{3}}|\{other}\d*)")
    for sign, other in (",.", ".,")
}


def as_numbers(text: "pd.Series[str]", where: str) -> "pd.Series[float]":
    """Numbers with a point or a comma before their fractions, and perhaps signs between their thousands.

    A comma or a point parts thousands where one cell of the column shows it (`1,234,567`, `1,234.5`); `1,234` alone is
    one and a bit.

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
        >>> as_numbers(pd.Series(["1.234,5", "2.000", "1 234"]), "here").tolist()
        [1234.5, 2000.0, 1234.0]
    """
    numbers = pd.to_numeric(text, errors="coerce").astype(np.float64)
    others = text[numbers.isna() & ~text.isin(MISSING)]
    if others.empty:
        return numbers
    # The minus of typesetters, which spreadsheets in some languages write.
    bare = text.str.replace("\N{MINUS SIGN}", "-", regex=False).str.replace(_GROUPS, "", regex=True)
    for sign, told in _TOLD.items():
        if bare.str.fullmatch(told).any():
            bare = bare.str.replace(sign, "", regex=False)
            break
    numbers = pd.to_numeric(bare.str.replace(",", ".", regex=False), errors="coerce").astype(np.float64)
    bad = numbers.isna() & ~text.str.casefold().isin(MISSING)
    if bad.any():
        line, cell = next(iter(text[bad].items()))
        raise UserError(f"{where}, line {line}: '{cell}' is no number")
    return numbers
