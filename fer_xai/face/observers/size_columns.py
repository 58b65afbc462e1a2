"""Sizes of stimuli in tables as people have them: two columns, or one with both sides."""

import re

import numpy as np
import pandas as pd

from fer_xai.errors import UserError
from fer_xai.nearest import plain
from fer_xai.tables.numbers import as_numbers

#: What tables call the pictures that observers saw.
PICTURES = ("stimulus", "image", "picture", "photograph", "photo", "media", "stim", "img")
#: What the columns of each side are called, without case and signs (`plain`) and without their unit, best first.
_WIDTH = ("width", "columns", *(f"{of}{end}" for of in PICTURES for end in ("width", "w")), "resolutionx", "resx", "w")
_HEIGHT = ("height", "rows", *(f"{of}{end}" for of in PICTURES for end in ("height", "h")), "resolutiony", "resy", "h")
#: A column with both (`plain`): `300x360`.
_BOTH = ("size", "resolution", "dimensions", *(f"{of}{end}" for of in PICTURES for end in ("size", "resolution")))
_TWO = re.compile(r"\D*(\d+)(?:\.0+)?\D+(\d+)(?:\.0+)?\D*")


def read_sizes(rows: pd.DataFrame, where: str) -> list[tuple[int, int]]:
    """Width and height of each row's stimulus in pixels, (0, 0) where nothing tells.

    Args:
        rows: a row for each stimulus.
        where: the table, for messages.

    Raises:
        UserError: a side is no whole number.
    """
    by_name = {plain(str(name)): str(name) for name in reversed(rows.columns)}
    by_name = {re.sub("(?<=.)(px|pixels?)$", "", name): column for name, column in by_name.items()} | by_name
    columns = [_named(by_name, names) for names in (_WIDTH, _HEIGHT)]
    both = _named(by_name, _BOTH)
    if None in columns and both is not None:
        found = [_TWO.fullmatch(cell) for cell in rows[both]]
        return [(int(match[1]), int(match[2])) if match else (0, 0) for match in found]
    sides = [
        np.asarray(as_numbers(rows[name], f"{where}, column {name}").fillna(0) if name else rows.index * 0.0)
        for name in columns
    ]
    sizes = list(zip(*sides, strict=True))
    wrong = [rows.index[place] for place, size in enumerate(sizes) if min(size) < 0 or any(s % 1 for s in size)]
    if wrong:
        raise UserError(f"{where}, line {wrong[0]}: width and height are whole numbers of pixels")
    return [(int(width), int(height)) for width, height in sizes]


def _named(by_name: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((by_name[name] for name in names if name in by_name), None)
