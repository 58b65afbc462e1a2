"""Reading csv files as people have them: any of the usual encodings, separators and line ends."""

import codecs
import csv
import re
import warnings
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from fer_xai.errors import UserError

_SEPARATORS = ",;\t|"
_CHUNK = 1 << 20


def read_csv(file: Path, key: str, numbers: Collection[str] = ()) -> pd.DataFrame:
    """Read a csv file.

    UTF-8 (with or without byte-order mark), UTF-16 and Windows' Western encoding are told apart, and so are commas,
    semicolons, tabs and bars. Empty lines are skipped.

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
    try:
        encoding = _encoding(file)
        with file.open(encoding=encoding, newline="") as text:
            header, first = text.readline(), text.readline()
    except OSError as error:
        raise UserError(f"{key}={file} cannot be read: {error.strerror}") from None
    separator = max(_SEPARATORS, key=header.count) if header.strip() else ","
    names = [name.strip() for name in next(csv.reader([header], delimiter=separator), [])]
    if not any(names):
        raise UserError(f"{key}={file} is empty: its first line must name the columns")
    # Where fields are separated by semicolons, fractions are often written with a comma.
    decimal = "," if separator == ";" and re.search(r"\d,\d", first) and not re.search(r"\d\.\d", first) else "."
    numeric = [name for name in names if name.casefold() in numbers]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            rows = pd.read_csv(
                file,
                sep=separator,
                encoding=encoding,
                header=0,
                names=names,
                index_col=False,
                dtype={name: "float32" if name in numeric else str for name in names},
                na_values={name: ["", "nan", "NaN", "NA"] for name in numeric},
                keep_default_na=False,
                skip_blank_lines=False,
                skipinitialspace=True,
                decimal=decimal,
            )
    except (ValueError, pd.errors.ParserWarning) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ")
        raise UserError(f"{key}={file} is no proper csv file (separator '{separator}'): {reason}") from None
    rows.index = pd.RangeIndex(2, len(rows) + 2, name="line")
    for name in rows.columns.difference(numeric):
        rows[name] = rows[name].str.strip()
    words = rows[rows.columns.difference(numeric)]
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
        there = ", ".join(map(str, rows.columns[:12])) + (" ..." if len(rows.columns) > 12 else "")
        raise UserError(f"{file} has no column '{wanted}' (it has: {there}): rename one, or set {key}=NAME")
    return name


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
