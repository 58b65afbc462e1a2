"""Columns of the data by which people are grouped: those that runs keep in `predictions.csv`."""

from collections.abc import Sequence
from typing import Any

from fer_xai.errors import UserError

#: Columns that are kept and looked at wherever data bring them; others are named by `groups=`.
USUAL: tuple[str, ...] = ("sex", "age", "group")

#: Columns of predictions that are no groups of people.
_NO_GROUP = frozenset({"image", "dataset", "subject", "fold", "seed", "true", "predicted"})


def named_groups(groups: Any) -> tuple[str, ...] | None:
    """The columns that a user has named.

    Args:
        groups: a word, a list of words, or None for those of `USUAL` that there are.

    Raises:
        UserError: a column that says something else of an image.
    """
    if groups is None:
        return None
    if isinstance(groups, int | float):
        raise UserError(f"groups={groups}: name a column of the data, such as sex, or a list of columns")
    names = (groups,) if isinstance(groups, str) else tuple(str(name) for name in groups)
    wrong = [name for name in names if name in _NO_GROUP or name.startswith("p_")]
    if wrong:
        raise UserError(f"groups={wrong[0]}: that is no group of people; name a column such as sex, age or group")
    return names


def kept_columns(columns: Sequence[str], groups: Any) -> list[str]:
    """Which columns of the data a run keeps with its predictions.

    Args:
        columns: that the data have.
        groups: see `named_groups`.

    Raises:
        UserError: a named column that the data do not have.
    """
    named = named_groups(groups) or ()
    missing = [name for name in named if name not in columns]
    if missing:
        has = ", ".join(name for name in USUAL if name in columns) or "none of sex, age and group"
        raise UserError(f"groups={missing[0]}: the data bring no such column (they bring {has})")
    return list(dict.fromkeys([*(name for name in USUAL if name in columns), *named]))
