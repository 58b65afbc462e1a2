"""The columns of tables of images: what is no name but data, and what to say of a column that is not there."""

import re
from collections.abc import Sequence

import pandas as pd

from fer_xai.data.sources.file_listing import IMAGE_SUFFIXES, suffix
from fer_xai.data.sources.labels import is_expression
from fer_xai.data.sources.setting import setting
from fer_xai.data.sources.split_parts import part_of
from fer_xai.errors import UserError
from fer_xai.tables.columns import HEAD, HEAD_OF, find_column, shown

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
#: The names that columns have in a table made for this program.
_USUAL = ("image", "expression", "subject", "usage")


def refuse_images(names: Sequence[str], file: str, key: str) -> None:
    """Refuse names of image files in the place of the columns' names: see `Header.check`.

    Raises:
        UserError: there is one among them.
    """
    if any(suffix(name) in IMAGE_SUFFIXES for name in names):
        raise UserError(without_names(names, file, key))


def without_names(row: Sequence[str], file: object, key: str) -> str:
    """What to say of a table whose first row holds data.

    Args:
        row: the first row.
        file: the table.
        key: the config key that names it.
    """
    text = f"{key}={file} has no names of columns: its first line holds data ({shown(row)})"
    if key != setting("csv"):
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
    return f"{text}; name them, _ for those to be passed over: '{setting('columns')}=[{','.join(guess)}]'"


def is_data(rows: pd.DataFrame) -> bool:
    """Whether what was taken for the names of columns is data: mostly numbers and files, or a word like those below."""
    names = [name for name in map(str, rows.columns) if name]
    plain = [name for name in names if _NUMBER.fullmatch(name) or suffix(name) in IMAGE_SUFFIXES]
    words = [name for name in names if is_expression(name)]
    return 2 * len(plain) > len(names) or any(rows[name].head(HEAD).map(is_expression).any() for name in words)


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
    of_table = key not in (setting("landmarks"), setting("root"))
    if of_table and is_data(rows) and not any(find_column(rows, usual) for usual in _USUAL):
        raise UserError(without_names(names, file, setting("csv")))
    head = [re.split(r"[,;\t|]", "|".join(row)) for row in rows.attrs.get(HEAD_OF, ())]
    lower = [number for number, row in enumerate(head) if wanted.casefold() in row]
    if of_table and lower:
        hint = f"it stands in line {lower[0] + 1}: {setting('header')}={lower[0]} takes the names from there"
    else:
        hint = f"rename one, or set {key}=NAME"
    raise UserError(f"{file} has no column '{wanted}' (it has: {shown(names)}): {hint}")
