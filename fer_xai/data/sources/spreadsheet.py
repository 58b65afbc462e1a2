"""Tables as people keep them: csv and other text, or a spreadsheet."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from fer_xai.data.sources.csv import read_csv, stripped
from fer_xai.errors import UserError

#: Endings of spreadsheets, with the package that pandas reads them by.
_ENGINES = {".xlsx": "openpyxl", ".xlsm": "openpyxl", ".xls": "xlrd", ".ods": "odfpy"}


def read_rows(file: Path, key: str, numbers: Collection[str] = (), sheet: str | int = 0) -> pd.DataFrame:
    """Read a table from a spreadsheet (by its ending) or from text, see `read_csv`.

    Args:
        file: the file.
        key: the config key that names it, for messages.
        numbers: names of columns that hold numbers, in small letters; they become float32, NaN where empty.
        sheet: name or number (from 0) of the sheet of a spreadsheet.

    Returns:
        As `read_csv`.

    Raises:
        UserError: as `read_csv`; or a spreadsheet that cannot be read, for want of a package or otherwise.
    """
    package = _ENGINES.get(file.suffix.casefold())
    if package is None:
        return read_csv(file, key, numbers)
    try:
        rows = pd.read_excel(file, sheet_name=sheet, dtype=str, keep_default_na=False, na_values=[""])
    except ImportError:
        raise UserError(
            f"{key}={file}: reading {file.suffix} files takes a package: pip install {package}, or save it as csv"
        ) from None
    except OSError as error:
        raise UserError(f"{key}={file} cannot be read: {error.strerror or error}") from None
    except Exception as error:  # each engine raises its own kinds for damaged files
        reason = " ".join(str(error).split())
        raise UserError(f"{key}={file} (sheet {sheet}) is no proper {file.suffix} file: {reason}") from None
    if rows.empty and not len(rows.columns):
        raise UserError(f"{key}={file} (sheet {sheet}) is empty: its first row must name the columns")
    rows.columns = [str(name).strip() for name in rows.columns]
    rows.index = pd.RangeIndex(2, len(rows) + 2, name="line")
    numeric = [name for name in rows.columns if name.casefold() in numbers]
    try:
        rows = rows.astype(dict.fromkeys(numeric, "float32"))
    except ValueError as error:
        raise UserError(f"{key}={file} (sheet {sheet}) has a column of numbers that holds a word: {error}") from None
    return stripped(rows, numeric)
