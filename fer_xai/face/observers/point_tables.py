"""A table of gaze or clicks as a program has written it, and what its columns are for."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from fer_xai.errors import UserError
from fer_xai.face.observers.exports import Columns, find_columns
from fer_xai.tables.columns import TWICE, Header
from fer_xai.tables.spreadsheet import read_rows, row_of_names


def read_point_table(
    file: Path,
    key: str,
    chosen: Mapping[str, str | None],
    wanted: Collection[str],
    export: str | None,
    where: str,
) -> tuple[pd.DataFrame, Columns]:
    """Read a table whose columns x and y are known by name; it may begin further down, below facts on the recording.

    Args:
        file: the table.
        key: the config key that names it, for messages.
        chosen: see `find_columns`, and so are the others.
        wanted: what columns are looked for.
        export: whose names they have.
        where: the table and its reference, for messages.

    Returns:
        The table, cells as strings, and what its columns are for.

    Raises:
        UserError: it cannot be read, lacks a column, or two columns have the name of one that is needed.
    """
    try:
        table, columns = _read(file, key, Header(twice=True), chosen, wanted, export, where)
    except UserError:
        row = row_of_names(file, lambda cells: _are_names(cells, chosen, export))
        if row is None:
            raise
        table, columns = _read(file, key, Header(rows=(row,), twice=True), chosen, wanted, export, where)
    twice = [name for name in columns.names.values() if name in table.attrs[TWICE]]
    if twice:
        raise UserError(f"{key}={file} has two columns called '{twice[0]}': rename one")
    # Every operation of pandas would copy them.
    table.attrs.clear()
    return table, columns


def _read(
    file: Path,
    key: str,
    header: Header,
    chosen: Mapping[str, str | None],
    wanted: Collection[str],
    export: str | None,
    where: str,
) -> tuple[pd.DataFrame, Columns]:
    table = read_rows(file, key, header=header)
    empty = [name for name in table.columns if len(table) and not table[name].any()]
    return table, find_columns(table.columns, chosen, wanted, export, where, empty)


def _are_names(cells: list[str], chosen: Mapping[str, str | None], export: str | None) -> bool:
    try:
        find_columns(cells, chosen, list(chosen), export, "")
    except UserError:
        return False
    return True
