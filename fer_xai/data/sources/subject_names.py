"""The names of people as columns of tables have them."""

import re

import pandas as pd

from fer_xai.tables.numbers import MISSING

#: What stands for a person who is not known; not `NA`, which is somebody's initials in a well-known data set.
_UNKNOWN = (MISSING | {"unknown"}) - {"na"}
_NUMBER = re.compile(r"\d+(?:\.0*)?")


def subject_names(cells: pd.Series) -> tuple[pd.Series, list[str]]:
    """One name for each person: numbers that programs have written in several ways are one (`7`, `7.0`, `007`).

    A person under two names would be in training and in test.

    Args:
        cells: of the column of subjects, without surrounding space.

    Returns:
        The names, each as it is written first, empty for who is not known; and what a user should know.

    Examples:
        >>> subject_names(pd.Series(["7.0", "7", "NA", "nan"]))[0].tolist()
        ['7.0', '7.0', 'NA', '']
    """
    names = cells.where(~cells.str.casefold().isin(_UNKNOWN), "")
    keys = names.map(_key)
    first = names.groupby(keys.to_numpy()).transform("first")
    other = names != first
    if not other.any():
        return names, []
    place = int(other.to_numpy().argmax())
    number = names[other].nunique()
    example = f"'{names.iloc[place]}' is taken for '{first.iloc[place]}'"
    return first, [f"{number} subjects are written in another way elsewhere in the table ({example}): one person each"]


def _key(name: str) -> str:
    """What the spellings of one name have in common; names that are no numbers have one spelling."""
    return name.split(".")[0].lstrip("0") or "0" if _NUMBER.fullmatch(name) else f"word {name}"
