"""Names of image files made from the cells of a table."""

import string
from typing import Any

import pandas as pd

from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError


class _Cell(str):
    """A cell that can be written as a whole number: `{:03d}`."""

    __slots__ = ()

    def __format__(self, form: str) -> str:
        return format(int(float(self)), form) if form.endswith(("d", "x")) else format(str(self), form)


class _Names(string.Formatter):
    """Columns' names may hold any characters, such as `#`."""

    def get_field(self, name: str, args: Any, kwargs: Any) -> tuple[Any, str]:
        return self.get_value(int(name) if name.isdigit() else name, args, kwargs), name


def names_by_pattern(rows: pd.DataFrame, image: str, pattern: str) -> pd.Series:
    """File names made from columns.

    Args:
        rows: strings.
        image: name of the column of the image.
        pattern: with `{}` for that column, or `{NAME}` for any; numbers as in `{:03d}`.

    Raises:
        UserError: no such pattern or column, or a cell that is no number where one is needed.
    """
    columns = {str(name): name for name in rows.columns}
    names = []
    for line, row in zip(rows.index, rows.to_dict("records"), strict=True):
        cells = {name: _Cell(row[column]) for name, column in columns.items()}
        try:
            names.append(_Names().vformat(pattern, (_Cell(row[image]),), cells))
        except KeyError as error:
            raise UserError(
                f"{setting('image_pattern')}={pattern}: no column {error} (there are: {', '.join(columns)})"
            ) from None
        except (ValueError, IndexError) as error:
            raise UserError(
                f"{setting('image_pattern')}={pattern} does not fit row {line} ('{row[image]}'): {error}"
            ) from None
    return pd.Series(names, index=rows.index, dtype=object)
