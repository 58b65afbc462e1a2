"""Reading csv files as people have them: any of the usual encodings, separators and line ends."""

import codecs
import csv
import io
import re
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import pandas as pd

from fer_xai.errors import UserError
from fer_xai.tables.columns import HEAD, HEAD_OF, TWICE, Header, Naming, name_columns

#: So many lines may stand above a table.
PREAMBLE = 100
_SEPARATORS = ",;\t|"
_BLANKS = r"\s+"
_CHUNK = 1 << 20
#: The first line by which a spreadsheet program is told the separator.
_SEPARATOR_LINE = re.compile(r'\s*"?sep=(?P<separator>.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a csv file is written; `naming` says how its columns are called."""

    encoding: str
    separator: str
    decimal: str
    naming: Naming


def read_csv(file: Path, key: str, numbers: Collection[str] = (), header: Header | None = None) -> pd.DataFrame:
    """Read a csv file.

    UTF-8 (with or without byte-order mark), UTF-16 and Windows' Western encoding are told apart, and so are commas,
    semicolons, tabs, bars and columns set with blanks (where lines of dashes are passed over). Empty lines are skipped,
    and so are columns without a name, and a first line that tells the separator.

    Args:
        file: the file.
        key: the config key that names it, for messages.
        numbers: names of columns that hold numbers, in small letters; they become float32, NaN where empty.
        header: what the user says of the names of columns; None: they stand in the first line that is not empty.

    Returns:
        Columns under their names, without surrounding space; all but `numbers` are strings without surrounding space,
        empty where nothing stands. The index is the number of the line.

    Raises:
        UserError: no such file, unreadable, empty, a name twice, or lines that do not fit the first one.
    """
    return next(read_in_parts(file, key, numbers, rows=None, header=header))


def read_in_parts(
    file: Path, key: str, numbers: Collection[str], rows: int | None, header: Header | None = None
) -> Iterator[pd.DataFrame]:
    """Read a csv file as `read_csv` does, but only so many rows at a time, or all of them where `rows` is None."""
    dialect = _sniff(file, key, numbers, header or Header())
    naming = dialect.naming
    numeric = [name for name in naming.names if name.casefold() in numbers]
    try:
        labels = [name or f"\0{place}" for place, name in enumerate(naming.names)]
        labels += [f"\0{place}" for place in range(len(labels), _width(file, dialect))]
        settings: dict[str, Any] = {
            "sep": dialect.separator,
            "header": None,
            "skiprows": naming.first,
            "names": labels,
            "index_col": False,
            "dtype": {name: "float32" if name in numeric else str for name in labels},
            "na_values": {name: ["", "nan", "NaN", "NA"] for name in numeric},
            "keep_default_na": False,
            "skip_blank_lines": False,
            "skipinitialspace": True,
            "decimal": dialect.decimal,
            "chunksize": rows,
        }
        start = 1 + naming.first
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(_content(file, dialect), encoding=dialect.encoding, **settings)
            for part in [table] if rows is None else table:
                part.index = pd.RangeIndex(start, len(part) + start, name="line")
                start += len(part)
                part = stripped(_named(part, naming), numeric)
                part.attrs |= {HEAD_OF: naming.head, TWICE: naming.twice}
                yield part
    except pd.errors.EmptyDataError:
        yield pd.DataFrame({name: pd.Series(dtype=str) for name in naming.names if name})
    except (ValueError, csv.Error, pd.errors.ParserWarning) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ")
        separator = "blanks" if dialect.separator == _BLANKS else f"'{dialect.separator}'"
        raise UserError(f"{key}={file} is no proper csv file (separator {separator}): {reason}") from None


def stripped(rows: pd.DataFrame, numeric: Collection[str]) -> pd.DataFrame:
    """Text without surrounding space, empty where nothing stands, and no rows without any."""
    numbers = set(numeric)
    columns = {name: rows[name] if name in numbers else rows[name].fillna("").str.strip() for name in rows.columns}
    rows = pd.DataFrame(columns, index=rows.index)
    words = rows[rows.columns.difference(list(numeric))]
    return rows[(words != "").any(axis=1)] if len(words.columns) else rows


def first_records(file: Path, number: int) -> list[list[str]]:
    """The cells of the first lines of a text file that may be a table, none where it is no text."""
    try:
        with file.open(encoding=_encoding(file), newline="") as text:
            lines = [line for _, line in zip(range(number), text, strict=False)]
        return _records(lines, _separator(lines[:HEAD]))
    except (OSError, UnicodeError, csv.Error):
        return []


def text_row_of_names(file: Path, are_names: Callable[[list[str]], bool]) -> int | None:
    """The first row of a text file, from 0, whose cells are taken for the names of columns; None where none is.

    Some programs write what they know of a recording above its table, with other separators or none.
    """
    try:
        with file.open(encoding=_encoding(file), newline="") as text:
            lines = [line for _, line in zip(range(PREAMBLE), text, strict=False)]
        below = ((row, lines[row : row + HEAD]) for row, line in enumerate(lines) if line.strip())
        return next((row for row, some in below if are_names(_records(some[:1], _separator(some))[0])), None)
    except (OSError, UnicodeError, csv.Error):
        return None


def _named(rows: pd.DataFrame, naming: Naming) -> pd.DataFrame:
    """Only the columns that have a name; there must be nothing where the table has no column.

    Raises:
        ValueError: a row has more fields than there is room for.
    """
    beyond = rows.iloc[:, naming.width :]
    filled = (beyond.fillna("").apply(lambda cells: cells.str.strip()) != "").any(axis=1)
    if filled.any():
        line = filled.idxmax()
        fields = naming.width + 1 + int((beyond.loc[line].fillna("").str.strip() != "").to_numpy().nonzero()[0][-1])
        raise ValueError(f"line {line} has {fields} fields, there are {naming.width} columns")
    return rows[[name for name in rows.columns if not str(name).startswith("\0")]].copy()


def _sniff(file: Path, key: str, numbers: Collection[str], header: Header) -> Dialect:
    """Tell how a file is written from its first lines."""
    wanted = HEAD + (header.rows[-1] if header.rows else 0)
    try:
        with file.open("rb") as content:
            if content.read(4) == b"PK\3\4":
                raise UserError(f"{key}={file} is a spreadsheet, whatever its name says: call it .xlsx, or save as csv")
        encoding = _encoding(file)
        with file.open(encoding=encoding, newline="") as text:
            lines = [line for _, line in zip(range(wanted), text, strict=False)]
    except OSError as error:
        raise UserError(f"{key}={file} cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise UserError(f"{key}={file} is no text that can be read: save it as csv in UTF-8") from None
    if any("\0" in line for line in lines):
        raise UserError(f"{key}={file} is no text: a table is a csv file or a spreadsheet")
    separator_line = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    if separator_line:
        lines[0] = ""
    lines = ["" if _is_ruler(line) or re.fullmatch(r'[,;\t|"\s]*', line) else line for line in lines]
    names = header.rows[-1] if header.rows else 0
    separator = separator_line["separator"] if separator_line else _separator(lines[names:])
    try:
        head = _records(lines, separator)
        naming = name_columns(head, header, str(file), key)
    except csv.Error as error:
        raise UserError(f"{key}={file} is no proper csv file (separator '{separator}'): {error}") from None
    if separator_line and naming.first == 0:
        naming = replace(naming, first=1)
    places = [place for place, name in enumerate(naming.names) if name.casefold() in numbers]
    cells = [row[place] for row in head[naming.first :] for place in places if place < len(row)]
    # Where fields are not separated by commas, fractions are often written with one.
    decimal = "," if separator != "," and any(re.fullmatch(r"[+-]?\d*,\d+", cell) for cell in cells) else "."
    return Dialect(encoding, separator, decimal, naming)


def _separator(lines: list[str]) -> str:
    """What stands between the fields of lines, of which the first that is not empty holds the names or data."""
    scores: dict[str, tuple[bool, float, int]] = {}
    for separator in _SEPARATORS:
        try:
            rows = [row for row in _records(lines, separator) if any(row)]
        except csv.Error:
            continue
        width = len(rows[0]) if rows else 0
        if width > 1:
            # A first field with another separator in it is none: `a.png;2` of `a.png;2,5`.
            whole = not any(other in rows[-1][0] for other in _SEPARATORS)
            scores[separator] = (whole, sum(len(row) == width for row in rows) / len(rows), width)
    if scores:
        return max(scores, key=lambda separator: scores[separator])
    first = next((line for line in lines if line.strip()), "")
    return _BLANKS if len(first.split()) > 1 and '"' not in first else ","


def _records(lines: list[str], separator: str) -> list[list[str]]:
    """The cells of each line."""
    if separator == _BLANKS:
        return [line.split() for line in lines]
    return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator, skipinitialspace=True)]


def _width(file: Path, dialect: Dialect) -> int:
    """The number of fields in the longest line: spreadsheets leave separators at the ends of some."""
    separator, width = dialect.separator, dialect.naming.width
    if separator == _BLANKS:
        return width
    with file.open(encoding=dialect.encoding, newline="") as text:
        if max((line.count(separator) for line in text), default=0) < width:
            return width
    with file.open(encoding=dialect.encoding, newline="") as text:
        return max((len(row) for row in _rows_below(text, dialect)), default=width)


def _rows_below(text: TextIO, dialect: Dialect) -> Iterator[list[str]]:
    rows = csv.reader(text, delimiter=dialect.separator, skipinitialspace=True)
    return (row for number, row in enumerate(rows) if number >= dialect.naming.first)


def _content(file: Path, dialect: Dialect) -> Path | io.StringIO:
    """What pandas is to read: tables set with blanks without their lines of dashes, others as they are."""
    if dialect.separator != _BLANKS:
        return file
    lines = file.read_text(encoding=dialect.encoding).splitlines()
    return io.StringIO("\n".join("" if _is_ruler(line) else line.strip() for line in lines))


def _is_ruler(line: str) -> bool:
    return bool(re.fullmatch(r"[\s\-=_+|]*[\-=_][\s\-=_+|]*", line))


def _encoding(file: Path) -> str:
    with file.open("rb") as content:
        start = content.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        # The Latin letters of UTF-16 without a mark have an empty byte each.
        for place, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            if len(start) == 4 and not start[place] and not start[place + 2] and start[1 - place]:
                return name
        decoder = codecs.getincrementaldecoder("utf-8")()
        content.seek(0)
        try:
            while some := content.read(_CHUNK):
                decoder.decode(some)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"
