"""The names of a table's columns: where they stand, what to do where none stand, and how one of them is found."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pandas as pd

from fer_xai.errors import UserError

#: So many rows from the top are looked at to tell how a table is made.
HEAD = 30
#: What tables carry these rows under (`DataFrame.attrs`), in small letters.
HEAD_OF = "head"
#: What tables carry the names under that several of their columns have, where that is no fault (`Header.twice`).
TWICE = "twice"
#: Takes the first row of a table, the file and the config key that names it; raises a `UserError`.
Check = Callable[[Sequence[str], str, str], None]


@dataclass(frozen=True)
class Header:
    """What a user says of the names of columns.

    Attributes:
        rows: the rows that hold them, from 0; None: the first that is neither empty nor a title (a single cell).
        columns: the names, None for columns to be passed over; the table then has no row of names, but for `rows`.
        node: config node in which a user can set both, empty where none can, for messages.
        check: refuses what stands where names should be: called with the cells, the file and the config key that names
            it, unless the user says where the names stand.
        twice: whether several columns may have one name, as in exports with a column for each area and picture: the
            first of them is read then.
    """

    rows: tuple[int, ...] | None = None
    columns: tuple[str | None, ...] | None = None
    node: str = ""
    check: Check | None = None
    twice: bool = False

    @classmethod
    def of(cls, header: Any, columns: Any, node: str, check: Check | None = None) -> "Header":
        """From what a user has written.

        Args:
            header: number of the row of names, or of several; None where nothing is said.
            columns: names; None where nothing is said.
            node: config node in which the keys `header` and `columns` stand.
            check: see the class.

        Raises:
            UserError: they are no row numbers, or no list of names.
        """
        rows = None
        if header is not None:
            rows = tuple(header) if isinstance(header, Sequence) and not isinstance(header, str) else (header,)
            whole = all(type(row) is int and row >= 0 for row in rows)
            if not rows or not whole or any(after != before + 1 for before, after in pairwise(rows)):
                raise UserError(
                    f"{node}.header={header}: it is the row that holds the names of the columns, from 0, or a list of "
                    f"rows that follow one another: {node}.header=[0,1]"
                )
        if columns is None:
            return cls(rows, None, node, check)
        if isinstance(columns, str) or not isinstance(columns, Sequence):
            raise UserError(
                f"{node}.columns={columns}: it is a list of names, e.g. {node}.columns=[image,_,expression]"
            )
        names = tuple(None if name is None or str(name).strip() in {"", "_"} else str(name).strip() for name in columns)
        if not any(names):
            raise UserError(f"{node}.columns={list(columns)} names no column: {node}.columns=[image,_,expression]")
        return cls(rows, names, node, check)


@dataclass(frozen=True)
class Naming:
    """The columns of a table.

    Attributes:
        names: of the columns from the left, empty for those without one; trailing columns without one are missing.
        width: the number of columns that the row of names has room for.
        first: number of the first row that holds data, from 0.
        head: the first rows of the table, in small letters.
        twice: names that several columns have.
    """

    names: list[str]
    width: int
    first: int
    head: list[list[str]]
    twice: list[str] = field(default_factory=list)


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
        raise UserError(f"{header.node}.header={list(rows)}: {file} has no such row")
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
        _check_number(names, head[first:], header, file)
        width = len(names)
    else:
        rows = rows or (top,)
        first, width = rows[-1] + 1, max(len(head[row]) for row in rows)
        names = _joined([head[row] for row in rows], width)
        if header.rows is None and header.check is not None:
            header.check(names, file, key)
    while names and not names[-1]:
        names.pop()
    if not names:
        raise UserError(f"{key}={file} is empty: its first line must name the columns")
    twice = [name for name, number in Counter(filter(None, names)).items() if number > 1]
    if header.twice:
        names = [name if name not in names[:place] else "" for place, name in enumerate(names)]
    else:
        _refuse_twice(names, rows, header, file, key)
    return Naming(names, width, first, [[cell.casefold() for cell in row] for row in head], twice)


def find_column(rows: pd.DataFrame, wanted: str) -> str | None:
    """The name of a column as the file has it, without regard to case; None where there is none."""
    wanted = wanted.strip()
    if wanted in rows.columns:
        return wanted
    return next((name for name in rows.columns if name.casefold() == wanted.casefold()), None)


def shown(names: Sequence[str]) -> str:
    """The first of some names, for messages."""
    return ", ".join(names[:12]) + (" ..." if len(names) > 12 else "")


def _same(row: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row holds the very names that the user gives, where that is more than one."""
    pairs = [(cell.casefold(), name.casefold()) for cell, name in zip(row, names, strict=False) if name]
    return all(cell == name for cell, name in pairs)


def _check_number(names: list[str], rows: Sequence[Sequence[str]], header: Header, file: str) -> None:
    """As many names as there are columns, empty ones at the end aside."""
    full = max((_filled(row) for row in rows), default=0)
    if full > len(names) or (rows and len(names) > max(map(len, rows))):
        example = next((row for row in rows if _filled(row) == full), [])
        cells = f"{file} has {full} (e.g. {shown(example[:full])})"
        if not header.node:
            raise UserError(f"{cells} columns in place of {len(names)}")
        raise UserError(
            f"{header.node}.columns names {len(names)} columns, but {cells}: null or _ stands for a column to be "
            "passed over"
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


def _refuse_twice(names: list[str], rows: tuple[int, ...] | None, header: Header, file: str, key: str) -> None:
    for name, number in Counter(filter(None, names)).items():
        if number > 1:
            places = " and ".join(str(place) for place, other in enumerate(names, 1) if other == name)
            hint = f"; or {header.node}.columns=[...] names them all" if header.node else ""
            if header.node and rows and len(rows) == 1 and rows[0] > 0:
                hint += f", or {header.node}.header=[{rows[0] - 1},{rows[0]}] takes the names above them, too"
            raise UserError(f"{key}={file} has two columns called '{name}' (columns {places}): rename one{hint}")
