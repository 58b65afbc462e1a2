"""From what a table says of an image to the image's file."""

import os
import re
import string
from pathlib import Path
from typing import Any

import pandas as pd

from fer_xai.data.sources.files import IMAGE_SUFFIXES, list_files, stem, suffix
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
                f"data.image_pattern={pattern}: no column {error} (there are: {', '.join(columns)})"
            ) from None
        except (ValueError, IndexError) as error:
            raise UserError(f"data.image_pattern={pattern} does not fit row {line} ('{row[image]}'): {error}") from None
    return pd.Series(names, index=rows.index, dtype=object)


def find_images(names: pd.Series, root: Path) -> tuple[pd.Series, int]:
    """The files that a table means, where the names are not those of the files to the letter.

    What is not there under its name is looked for below the folder: without regard to case, without ending, by the
    letters and digits alone (`KM-NE1` is `km.ne1.png`), and a number by its value (`5` is `005.jpg`). A name that fits
    several files fits none.

    Args:
        names: file names relative to `root`.
        root: the folder.

    Returns:
        The names with those that were found in place of the table's, and how many those are.
    """
    # A link that leads nowhere is there under its name: what is wrong with it is said when it is read.
    lost = names[[bool(name) and not os.path.lexists(root / name) for name in names]]
    if lost.empty or not root.is_dir():
        return names, 0
    places = [path.removeprefix(f"{root.as_posix()}/") for path in list_files(root).images]
    names, before = names.copy(), len(lost)
    for of_file, of_name in _WAYS:
        keys = pd.Series([of_file(place) for place in places], index=places, dtype=object)
        files = {key: place for place, key in keys[~keys.duplicated(keep=False)].items() if key}
        found = lost.map(of_name).map(files).dropna()
        names[found.index] = found
        lost = lost.drop(found.index)
    return names, before - len(lost)


def _without_ending(name: str) -> str:
    return (str(Path(name).with_suffix("")) if suffix(name) in IMAGE_SUFFIXES else name).casefold()


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", stem(name).casefold())


def _number_in(name: str) -> str:
    """The number in the name of a file, if there is but one."""
    numbers = re.findall(r"\d+", stem(name))
    return str(int(numbers[0])) if len(numbers) == 1 else ""


def _number(name: str) -> str:
    match = re.fullmatch(r"(\d+)(\.0+)?", name.strip())
    return str(int(match[1])) if match else "no number"


#: Ways to compare files with names of a table, the closest first: what is compared of each.
_WAYS = (
    (str.casefold, str.casefold),
    (_without_ending, _without_ending),
    (lambda place: stem(place).casefold(), lambda name: stem(name).casefold()),
    (_plain, _plain),
    (_number_in, _number),
)
