"""Reading csv files as people have them: any of the usual encodings, separators and line ends."""

import codecs
import csv
import io
import re
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fer_xai.errors import UserError

_SEPARATORS = ",;\t|"
_BLANKS = r"\s+"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Dialect:
    """How a csv file is written; `above` lines of dashes stand over the names of the columns."""

    encoding: str
    separator: str
    decimal: str
    names: list[str]
    above: int


def read_csv(file: Path, key: str, numbers: Collection[str] = ()) -> pd.DataFrame:
    """Read a csv file.

    UTF-8 (with or without byte-order mark), UTF-16 and Windows' Western encoding are told apart, and so are commas,
    semicolons, tabs, bars and columns set with blanks (where lines of dashes are passed over). Empty lines are skipped.

    Args:
        file: the file.
        key: the config key that names it, for messages.
        numbers: names of columns that hold numbers, in small letters; they become float32, NaN where empty.

    Returns:
        Columns under their names as they stand in the first line, without surrounding space; all but `numbers` are
        strings without surrounding space, empty where nothing stands. The index is the number of the line.

    Raises:
        UserError: no such file, unreadable, empty, or lines that do not fit the first one.
    """
    return next(read_in_parts(file, key, numbers, rows=None))


def read_in_parts(file: Path, key: str, numbers: Collection[str], rows: int | None) -> Iterator[pd.DataFrame]:
    """Read a csv file as `read_csv` does, but only so many rows at a time, or all of them where `rows` is None."""
    dialect = _sniff(file, key)
    numeric = [name for name in dialect.names if name.casefold() in numbers]
    settings: dict[str, Any] = {
        "sep": dialect.separator,
        "header": 0,
        "skiprows": dialect.above,
        "names": dialect.names,
        "index_col": False,
        "dtype": {name: "float32" if name in numeric else str for name in dialect.names},
        "na_values": {name: ["", "nan", "NaN", "NA"] for name in numeric},
        "keep_default_na": False,
        "skip_blank_lines": False,
        "skipinitialspace": True,
        "decimal": dialect.decimal,
        "chunksize": rows,
    }
    start = 2 + dialect.above
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            found = pd.read_csv(_content(file, dialect), encoding=dialect.encoding, **settings)
            for part in [found] if rows is None else found:
                part.index = pd.RangeIndex(start, len(part) + start, name="line")
                start += len(part)
                yield stripped(part, numeric)
    except (ValueError, pd.errors.ParserWarning) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ")
        separator = "blanks" if dialect.separator == _BLANKS else f"'{dialect.separator}'"
        raise UserError(f"{key}={file} is no proper csv file (separator {separator}): {reason}") from None


def stripped(rows: pd.DataFrame, numeric: Collection[str]) -> pd.DataFrame:
    """Text without surrounding space, empty where nothing stands, and no rows without any."""
    for name in rows.columns.difference(list(numeric)):
        rows[name] = rows[name].fillna("").str.strip()
    words = rows[rows.columns.difference(list(numeric))]
    return rows[(words != "").any(axis=1)] if len(words.columns) else rows


def find_column(rows: pd.DataFrame, wanted: str) -> str | None:
    """The name of a column as the file has it, without regard to case; None where there is none."""
    return next((name for name in rows.columns if name.casefold() == wanted.strip().casefold()), None)


def need_column(rows: pd.DataFrame, wanted: str, file: Path, key: str) -> str:
    """The name of a column that must be there, as the file has it.

    Args:
        rows: as `read_csv` gives them.
        wanted: its name.
        file: the file, for the message.
        key: the config key by which a user can say how the column is called.

    Raises:
        UserError: there is no such column.
    """
    name = find_column(rows, wanted)
    if name is None:
        raise UserError(f"{file} has no column '{wanted}' (it has: {shown(rows)}): rename one, or set {key}=NAME")
    return name


def shown(rows: pd.DataFrame) -> str:
    """The first columns' names, for messages."""
    return ", ".join(map(str, rows.columns[:12])) + (" ..." if len(rows.columns) > 12 else "")


def _sniff(file: Path, key: str) -> Dialect:
    """Tell how a file is written from its first two lines."""
    try:
        encoding = _encoding(file)
        with file.open(encoding=encoding, newline="") as text:
            header, first = text.readline(), text.readline()
            above = int(_is_ruler(header))
            if above:
                header, first = first, text.readline()
    except OSError as error:
        raise UserError(f"{key}={file} cannot be read: {error.strerror}") from None
    separator = max(_SEPARATORS, key=header.count) if header.strip() else ","
    names = [name.strip() for name in next(csv.reader([header], delimiter=separator), [])]
    if header.count(separator) == 0 and len(header.split()) > 1 and '"' not in header:
        separator, names = _BLANKS, header.split()
    if not any(names):
        raise UserError(f"{key}={file} is empty: its first line must name the columns")
    # Where fields are separated by semicolons, fractions are often written with a comma.
    decimal = "," if separator == ";" and re.search(r"\d,\d", first) and not re.search(r"\d\.\d", first) else "."
    return Dialect(encoding, separator, decimal, names, above)


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
        decoder = codecs.getincrementaldecoder("utf-8")()
        content.seek(0)
        try:
            while some := content.read(_CHUNK):
                decoder.decode(some)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"
