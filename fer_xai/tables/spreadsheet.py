"""Tables as people keep them: csv and other text, or a spreadsheet."""

from collections.abc import Callable, Collection
from pathlib import Path

import pandas as pd

from fer_xai.errors import UserError
from fer_xai.tables.columns import HEAD, HEAD_OF, TWICE, Header, name_columns
from fer_xai.tables.csv import PREAMBLE, read_csv, stripped, text_row_of_names

#: Endings of spreadsheets, with the package that pandas reads them by.
_ENGINES = {".xlsx": "openpyxl", ".xlsm": "openpyxl", ".xls": "xlrd", ".ods": "odfpy"}


def read_rows(
    file: Path, key: str, numbers: Collection[str] = (), sheet: str | int = 0, header: Header | None = None
) -> pd.DataFrame:
    """Read a table from a spreadsheet (by its ending) or from text, see `read_csv`.

    Args:
        file: the file.
        key: the config key that names it, for messages.
        numbers: names of columns that hold numbers, in small letters; they become float32, NaN where empty.
        sheet: name or number (from 0) of the sheet of a spreadsheet.
        header: what the user says of the names of columns; None: they stand in the first row that is not empty.

    Returns:
        As `read_csv`.

    Raises:
        UserError: as `read_csv`; or a spreadsheet that cannot be read, for want of a package or otherwise.
    """
    package = _ENGINES.get(file.suffix.casefold())
    header = header or Header()
    if package is None:
        return read_csv(file, key, numbers, header)
    try:
        cells = pd.read_excel(file, sheet_name=sheet, header=None, dtype=str, keep_default_na=False, na_values=[""])
    except ImportError:
        raise UserError(
            f"{key}={file}: reading {file.suffix} files takes a package: pip install {package}, or save it as csv"
        ) from None
    except OSError as error:
        raise UserError(f"{key}={file} cannot be read: {error.strerror or error}") from None
    except Exception as error:  # each engine raises its own kinds for damaged files
        reason = " ".join(str(error).split())
        if "format cannot be determined" in reason:
            reason = "it holds no spreadsheet; if it is text, call it .csv"
        raise UserError(f"{key}={file} (sheet {sheet}) is no proper {file.suffix} file: {reason}") from None
    text = cells.fillna("").astype(str).apply(lambda column: column.str.strip())
    head = text.head(HEAD + (header.rows[-1] if header.rows else 0)).to_numpy().tolist()
    naming = name_columns(head, header, f"{file} (sheet {sheet})", key)
    rows = cells.iloc[naming.first :, [place for place, name in enumerate(naming.names) if name]]
    rows.columns = [name for name in naming.names if name]
    rows.index = pd.RangeIndex(naming.first + 1, naming.first + 1 + len(rows), name="line")
    numeric = [name for name in rows.columns if name.casefold() in numbers]
    try:
        rows = rows.astype(dict.fromkeys(numeric, "float32"))
    except ValueError as error:
        raise UserError(f"{key}={file} (sheet {sheet}) has a column of numbers that holds a word: {error}") from None
    rows = stripped(rows, numeric)
    rows.attrs |= {HEAD_OF: naming.head, TWICE: naming.twice}
    return rows


def row_of_names(file: Path, are_names: Callable[[list[str]], bool], sheet: str | int = 0) -> int | None:
    """The first of a table's upper rows, from 0, whose cells are taken for the names of its columns; None: none is.

    Args:
        file: a spreadsheet (by its ending) or text, as for `read_rows`.
        are_names: whether cells without surrounding space are.
        sheet: name or number (from 0) of the sheet of a spreadsheet.
    """
    if file.suffix.casefold() not in _ENGINES:
        return text_row_of_names(file, are_names)
    try:
        cells = pd.read_excel(file, sheet_name=sheet, header=None, dtype=str, keep_default_na=False, nrows=PREAMBLE)
    except Exception:  # each engine raises its own kinds; `read_rows` says what is wrong
        return None
    rows = cells.fillna("").astype(str).apply(lambda column: column.str.strip()).to_numpy().tolist()
    return next((place for place, row in enumerate(rows) if are_names(row)), None)
