"""Tables that lie beside images: numbers that folders are called by are no labels where a table says otherwise."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import Listing, stem, suffix
from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError
from fer_xai.expressions import expression_name
from fer_xai.tables.csv import first_records

_TEXT = frozenset({".csv", ".tsv", ".txt", ".lst", ".tab"})
_SPREADSHEETS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
#: So many rows are looked at.
_ROWS = 2000


def tables_beside(listing: Listing) -> Iterator[str]:
    """Files that may be tables: below the folder of images, beside it, or in a folder of lists beside it."""
    for file in listing.others:
        if suffix(file) in _TEXT | _SPREADSHEETS:
            yield file
    try:
        neighbours = sorted(listing.root.parent.iterdir())
        lists = [path for path in neighbours if path.is_dir() and "list" in path.name.casefold()]
        neighbours += [file for path in lists if path != listing.root for file in sorted(path.iterdir())]
    except OSError:
        return
    for path in neighbours:
        if suffix(path.name) in _TEXT | _SPREADSHEETS and path.is_file():
            yield path.as_posix()


def first_rows(file: Path, number: int) -> list[list[str]] | None:
    """The cells of the first rows of a file that may be a table; none if it is no table, None if it cannot be told."""
    if suffix(file.name) in _TEXT:
        return first_records(file, number)
    try:
        cells = pd.read_excel(file, header=None, dtype=str, keep_default_na=False, na_values=[""], nrows=number)
    except ImportError:
        return None
    except Exception:  # each engine raises its own kinds for damaged files
        return []
    return [[str(cell).strip() for cell in row] for row in cells.fillna("").to_numpy().tolist()]


def refuse_numbers(listing: Listing, labels: Sequence[tuple[str, str]], words: Mapping[Any, str | None]) -> None:
    """Refuse numbers of folders as labels where a table names the images and gives them other labels.

    Args:
        listing: the files.
        labels: path of each image, and the name of the folder that was taken for its label.
        words: words for expressions, in small letters.

    Raises:
        UserError: there is such a table, or a spreadsheet that cannot be read.
    """
    numbers = {_key(path): label for path, label in labels if label.strip().isdecimal()}
    if not numbers:
        return
    for file in tables_beside(listing):
        rows = first_rows(Path(file), _ROWS)
        if rows is None or (_names_images(rows, numbers) and not _agrees(rows, numbers, words)):
            raise UserError(numbers_beside(listing, sorted(set(numbers.values())), file))


def numbers_beside(listing: Listing, numbers: Sequence[str], file: str) -> str:
    """What to say of folders that are numbers, and of a table beside them that has not been read."""
    rows = first_rows(Path(file), 1)
    header = rows[0] if rows else []
    command = f"data=table data.csv={file} data.root={listing.root}"
    if any(cell.casefold() == "subdirectory_filepath" for cell in header):
        command = f"data=affectnet data.root={listing.root}"
    elif all(re.match(r"(train|test)_\d+", Path(path).name) for path in listing.images):
        command = f"data=rafdb data.root={listing.root}"
    shown = ", ".join(numbers[:4]) + (" ..." if len(numbers) > 4 else "")
    labels = f"if the numbers are labels ({setting('words')}={{1:EXPRESSION}} tells which)"
    return (
        f"{setting('root')}={listing.root}: the folders are numbers ({shown}), and {file} lies beside them unread: "
        f"read it by {command}, or take it away {labels}"
    )


def table_of_numbers(listing: Listing, folders: Sequence[str]) -> str:
    """A table beside folders that are mostly numbers, the likeliest one; empty if there is none."""
    numbers = [name for name in folders if name.strip().isdecimal()]
    if not numbers or 2 * len(numbers) <= len(folders):
        return ""
    keys = dict.fromkeys(map(_key, listing.images), "")
    tables = list(tables_beside(listing))
    likely = (file for file in tables if _names_images(first_rows(Path(file), _ROWS) or [], keys))
    near = (file for file in tables if file in listing.others and suffix(file) != ".txt")
    return next(likely, next(near, ""))


def _key(name: str) -> str:
    return stem(name.replace("\\", "/")).casefold()


def _names_images(rows: list[list[str]], images: Mapping[str, str]) -> bool:
    return any(_image(row, images) for row in rows)


def _image(row: list[str], images: Mapping[str, str]) -> str:
    """The image that a row is about, empty if none."""
    keys = (_key(cell) for cell in row if cell and not re.fullmatch(r"[\d.,;]*", cell))
    return next((key for key in keys if key in images), "")


def _agrees(rows: list[list[str]], images: Mapping[str, str], words: Mapping[Any, str | None]) -> bool:
    """Whether one column gives every image the label that its folder's number means."""
    about = [(row, images[key]) for row in rows if (key := _image(row, images))]
    width = max(len(row) for row, _ in about)
    return any(
        all(place < len(row) and _same_expression(row[place], number, words) for row, number in about)
        for place in range(width)
    )


def _same_expression(cell: str, number: str, words: Mapping[Any, str | None]) -> bool:
    """Whether a cell says what the number of a folder says: the number, or a word for the same expression."""
    with suppress(ValueError):
        return float(cell) == float(number)
    known = {word: name for word, name in words.items() if name is not None}
    try:
        return expression_name(cell, known) == expression_name(number, known)
    except UserError:
        return False
