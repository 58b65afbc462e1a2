"""The names of a table's columns: where they stand, what to do where none stand, and how one of them is found."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import IMAGE_SUFFIXES, suffix
from fer_xai.data.sources.labels import is_expression
from fer_xai.data.sources.split_parts import part_of
from fer_xai.errors import UserError

#: So many rows from the top are looked at to tell how a table is made.
HEAD = 30
#: What tables carry these rows under (`DataFrame.attrs`), in small letters.
HEAD_OF = "head"
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
#: The names that columns have in a table made for this program.
_USUAL = ("image", "expression", "subject", "usage")


@dataclass(frozen=True)
class Header:
    """What a user says of the names of columns.

    Attributes:
        rows: the rows that hold them, from 0; None: the first that is neither empty nor a title (a single cell).
        columns: the names, None for columns to be passed over; the table then has no row of names, but for `rows`.
    """

    rows: tuple[int, ...] | None = None
    columns: tuple[str | None, ...] | None = None

    @classmethod
    def of(cls, header: Any, columns: Any) -> "Header":
        """From the values of `data.header` and `data.columns`.

        Raises:
            UserError: they are no row numbers, or no list of names.
        """
        rows = None
        if header is not None:
            rows = tuple(header) if isinstance(header, Sequence) and not isinstance(header, str) else (header,)
            whole = all(type(row) is int and row >= 0 for row in rows)
            if not rows or not whole or any(after != before + 1 for before, after in pairwise(rows)):
                raise UserError(
                    f"data.header={header}: it is the row that holds the names of the columns, from 0, or a list of "
                    "rows that follow one another: data.header=[0,1]"
                )
        if columns is None:
            return cls(rows)
        if isinstance(columns, str) or not isinstance(columns, Sequence):
            raise UserError(f"data.columns={columns}: it is a list of names, e.g. data.columns=[image,_,expression]")
        names = tuple(None if name is None or str(name).strip() in {"", "_"} else str(name).strip() for name in columns)
        if not any(names):
            raise UserError(f"data.columns={list(columns)} names no column: data.columns=[image,_,expression]")
        return cls(rows, names)


@dataclass(frozen=True)
class Naming:
    """The columns of a table.

    Attributes:
        names: of the columns from the left, empty for those without one; trailing columns without one are missing.
        width: the number of columns that the row of names has room for.
        first: number of the first row that holds data, from 0.
        head: the first rows of the table, in small letters.
    """

    names: list[str]
    width: int
    first: int
    head: list[list[str]]


def name_columns(head: Sequence[Sequence[str]], header: Header, file: str, key: str) -> Naming:
    """Find out how the columns of a table are called.

    Args:
        head: the first rows of the table, cells without surrounding space.
        header: what the user says of it.
        file: the table, for messages.
        key: the config key that names it, for messages.

    Raises:
        UserError: no names, a name twice, data where names should be, or another number of names than of columns.
    """
    rows = header.rows
    if rows is not None and rows[-1] >= len(head):
        raise UserError(f"data.header={list(rows)}: {file} has no such row")
    filled = [sum(map(bool, row)) for row in head]
    # A single cell above rows of several is a title, or the upper one of two rows of names.
    top = next((number for number, cells in enumerate(filled) if cells >= min(2, max(filled))), None)
    if top is None or not filled[top]:
        raise UserError(f"{key}={file} is empty: its first line must name the columns")
    if header.columns is not None:
        first = top if rows is None else rows[-1] + 1
        names = [name or "" for name in header.columns]
        if rows is None and _same(head[top], names):
            first = top + 1
        _check_number(names, head[first:], file)
        width = len(names)
    else:
        rows = rows or (top,)
        first, width = rows[-1] + 1, max(len(head[row]) for row in rows)
        names = _joined([head[row] for row in rows], width)
        if header.rows is None and any(suffix(name) in IMAGE_SUFFIXES for name in names):
            raise UserError(without_names(names, file, key))
    while names and not names[-1]:
        names.pop()
    if not names:
        raise UserError(f"{key}={file} is empty: its first line must name the columns")
    _refuse_twice(names, rows, file, key)
    return Naming(names, width, first, [[cell.casefold() for cell in row] for row in head])


def without_names(row: Sequence[str], file: object, key: str) -> str:
    """What to say of a table whose first row holds data.

    Args:
        row: the first row.
        file: the table.
        key: the config key that names it.
    """
    text = f"{key}={file} has no names of columns: its first line holds data ({_shown(row)})"
    if key != "data.csv":
        return f"{text}; its first line must name the columns"
    guess = []
    for cell in row:
        words = {"image": suffix(cell) in IMAGE_SUFFIXES, "expression": is_expression(cell), "usage": part_of(cell)}
        name = next((name for name, fits in words.items() if fits), "_")
        guess.append("_" if name in guess else name)
    if "image" not in guess and "_" in guess:
        guess[guess.index("_")] = "image"
    if "expression" not in guess and guess.count("_") == 1:
        guess[guess.index("_")] = "expression"
    return f"{text}; name them, _ for those to be passed over: 'data.columns=[{','.join(guess)}]'"


def is_data(rows: pd.DataFrame) -> bool:
    """Whether what was taken for the names of columns is data: mostly numbers and files, or a word like those below."""
    names = [name for name in map(str, rows.columns) if name]
    plain = [name for name in names if _NUMBER.fullmatch(name) or suffix(name) in IMAGE_SUFFIXES]
    words = [name for name in names if is_expression(name)]
    return 2 * len(plain) > len(names) or any(rows[name].head(HEAD).map(is_expression).any() for name in words)


def find_column(rows: pd.DataFrame, wanted: str) -> str | None:
    """The name of a column as the file has it, without regard to case; None where there is none."""
    wanted = wanted.strip()
    if wanted in rows.columns:
        return wanted
    return next((name for name in rows.columns if name.casefold() == wanted.casefold()), None)


def need_column(rows: pd.DataFrame, wanted: str, file: object, key: str) -> str:
    """The name of a column that must be there, as the file has it.

    Args:
        rows: as `read_rows` gives them.
        wanted: its name.
        file: the file, for the message.
        key: the config key by which a user can say how the column is called.

    Raises:
        UserError: there is no such column.
    """
    name = find_column(rows, wanted)
    if name is not None:
        return name
    names = list(map(str, rows.columns))
    of_table = key != "data.landmarks" and key != "data.root"
    if of_table and is_data(rows) and not any(find_column(rows, usual) for usual in _USUAL):
        raise UserError(without_names(names, file, "data.csv"))
    head = [re.split(r"[,;\t|]", "|".join(row)) for row in rows.attrs.get(HEAD_OF, ())]
    lower = [number for number, row in enumerate(head) if wanted.casefold() in row]
    if of_table and lower:
        hint = f"it stands in line {lower[0] + 1}: data.header={lower[0]} takes the names from there"
    else:
        hint = f"rename one, or set {key}=NAME"
    raise UserError(f"{file} has no column '{wanted}' (it has: {shown(rows)}): {hint}")


def shown(rows: pd.DataFrame) -> str:
    """The first columns' names, for messages."""
    return _shown(list(map(str, rows.columns)))


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (" ..." if len(names) > 12 else "")


def _same(row: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row holds the very names that the user gives, where that is more than one."""
    pairs = [(cell.casefold(), name.casefold()) for cell, name in zip(row, names, strict=False) if name]
    return all(cell == name for cell, name in pairs)


def _check_number(names: list[str], rows: Sequence[Sequence[str]], file: str) -> None:
    """As many names as there are columns, empty ones at the end aside."""
    full = max((_filled(row) for row in rows), default=0)
    if full > len(names) or (rows and len(names) > max(map(len, rows))):
        example = next((row for row in rows if _filled(row) == full), [])
        raise UserError(
            f"data.columns names {len(names)} columns, but {file} has {full} (e.g. {_shown(example[:full])}): "
            "null or _ stands for a column to be passed over"
        )


def _filled(row: Sequence[str]) -> int:
    """The number of cells up to the last that holds anything."""
    return max((place for place, cell in enumerate(row, 1) if cell), default=0)


def _joined(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """One name for each column from several rows of names.

    The lowest row's name where no other column has it; or else all of them, from above, where a cell that spans several
    columns counts for each of them.
    """
    grid = [[*row, *[""] * (width - len(row))] for row in rows]
    lowest = [next((row[place] for row in reversed(grid) if row[place]), "") for place in range(width)]
    if len(grid) == 1:
        return lowest
    for row in grid[:-1]:
        for place in range(1, width):
            row[place] = row[place] or row[place - 1]
    often = Counter(lowest)
    return [
        name if not name or often[name] == 1 else " ".join(dict.fromkeys(row[place] for row in grid if row[place]))
        for place, name in enumerate(lowest)
    ]


def _refuse_twice(names: list[str], rows: tuple[int, ...] | None, file: str, key: str) -> None:
    for name, number in Counter(filter(None, names)).items():
        if number > 1:
            places = " and ".join(str(place) for place, other in enumerate(names, 1) if other == name)
            hint = "; or data.columns=[...] names them all" if key == "data.csv" else ""
            if rows and len(rows) == 1 and rows[0] > 0:
                hint += f", or data.header=[{rows[0] - 1},{rows[0]}] takes the names above them, too"
            raise UserError(f"{key}={file} has two columns called '{name}' (columns {places}): rename one{hint}")
