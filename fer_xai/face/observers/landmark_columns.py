"""Landmarks in tables as people have them: a column for each coordinate, one cell with all of them, a row for each."""

import re
from collections import defaultdict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_xai.errors import UserError
from fer_xai.face.canonical import N_LANDMARKS
from fer_xai.nearest import plain
from fer_xai.tables.numbers import as_numbers

#: A coordinate's column: `x0`, `lm_x_0`, `x[0]`; or `0_x`, `landmark_0_x`, `Landmark1X`; or `lmx0`.
_COORDINATES = (
    re.compile(r"(?P<prefix>.*[\W_])?(?P<axis>[xyXY])[\W_]*(?P<number>\d+)[\W_]*"),
    re.compile(r"(?P<prefix>\D*)(?P<number>\d+)[\W_]*(?P<axis>[xyXY])[\W_]*"),
    re.compile(r"(?P<prefix>\D*)(?P<axis>[xyXY])[\W_]*(?P<number>\d+)[\W_]*"),
)
#: A column whose cells hold all coordinates of a face (`plain`).
_CELLS = ("landmarks", "points", "keypoints", "shape", "landmarks68", "faciallandmarks")
#: Two columns, one whose cells hold every x and one every y (`plain`).
_HALVES = ("landmarks{}", "{}landmarks", "points{}", "{}points", "{}s", "{}", "{}coords", "{}coordinates")
#: The columns of a table with a row for each landmark (`plain`).
_NUMBER = (
    *("landmark", "point", "keypoint", "landmarkid", "pointid", "landmarkindex", "pointindex", "landmarknumber"),
    *("pointnumber", "number", "index", "idx", "no", "nr", "n", "i", "id"),
)
_PLACE = ("{}", "landmark{}", "point{}", "{}landmark", "{}point", "{}px", "{}coordinate", "{}coord", "pos{}", "{}pos")
#: OpenPose has the pupils after the 68.
_NUMBERS = (N_LANDMARKS, N_LANDMARKS + 2)
_WANTED = f"{N_LANDMARKS} landmarks are needed, as x0, y0 ... x67, y67"


def read_landmarks(rows: pd.DataFrame, where: str) -> list[NDArray[np.float64]]:
    """The landmarks of each row of a table of stimuli.

    Args:
        rows: a row for each stimulus.
        where: the table, for messages.

    Returns:
        float64 (68, 2) for each row, x before y; NaN where nothing stands.

    Raises:
        UserError: columns of other than 68 landmarks, or a cell that holds no number.
    """
    families = _families(rows)
    whole = [columns for columns in families if _first_of(columns) is not None]
    if whole:
        columns = whole[0]
        first = _first_of(columns) or 0
        names = [columns[number + first, axis] for number in range(N_LANDMARKS) for axis in "xy"]
        flat = np.stack([as_numbers(rows[name], f"{where}, column {name}").to_numpy() for name in names], axis=1)
        return list(flat.reshape(-1, N_LANDMARKS, 2))
    cells = _column(rows, _CELLS)
    if cells is not None:
        return [_of_cell(cell, f"{where}, column {cells}, line {line}") for line, cell in rows[cells].items()]
    halves = [_column(rows, [form.format(axis) for form in _HALVES]) for axis in "xy"]
    if halves[0] is not None and halves[1] is not None and any(len(_numbers(c)) > 1 for c in rows[halves[0]]):
        x, y = ([_half(c, f"{where}, column {of}, line {line}") for line, c in rows[of].items()] for of in halves if of)
        return [np.stack(both, axis=1) for both in zip(x, y, strict=True)]
    if families:
        raise UserError(f"{where} has {len(max(families, key=len))} columns of coordinates: {_WANTED}")
    return [np.full((N_LANDMARKS, 2), np.nan)] * len(rows)


def one_row_each(rows: pd.DataFrame, names: str, where: str) -> pd.DataFrame:
    """A table of stimuli with a row for each: one with a row for each landmark is turned, others stay as they are.

    Args:
        rows: of the table; columns x and y, and perhaps one with the landmark's number, from 0 or 1, without which
            landmarks stand in their order.
        names: the column with the stimuli's names.
        where: the table, for messages.

    Raises:
        UserError: a stimulus has other than 68 landmarks, or one twice.
    """
    x, y = (_column(rows, [name.format(axis) for name in _PLACE]) for axis in "xy")
    if x is None or y is None:
        return rows
    # A name that spans the rows of its landmarks stands in the first of them.
    spread = rows[names].where(rows[names] != "").ffill().fillna("")
    if (spread.value_counts() == N_LANDMARKS).all():
        rows = rows.assign(**{names: spread})
    if not rows[names].duplicated().any() or (rows[names] == "").any():
        return rows
    number = _column(rows.drop(columns=[names]), _NUMBER)
    within = rows.groupby(names, sort=False).cumcount().astype(float)
    if number is not None:
        within = rows[number].str.extract(r"(\d+)\D*$", expand=False).astype(float)
        for line, cell in rows.loc[within.isna(), number].astype(str).items():
            raise UserError(f"{where}, column {number}, line {line}: '{cell}' is no landmark's number")
    keys = pd.DataFrame({"name": rows[names], "number": (within - within.min()).astype(int)})
    for stimulus, numbers in ((str(name), of) for name, of in keys.groupby("name", sort=False)["number"]):
        if sorted(numbers) != list(range(N_LANDMARKS)):
            raise UserError(f"{where}: stimulus {stimulus} has {len(numbers)} rows: {N_LANDMARKS} landmarks are needed")
    one = rows.drop(columns=[x, y]).drop_duplicates(names)
    points = keys.assign(x=rows[x], y=rows[y]).pivot(index="name", columns="number", values=["x", "y"])
    points.columns = pd.Index([f"{axis}{place}" for axis in "xy" for place in range(N_LANDMARKS)])
    return one.join(points, on=names)


def _families(rows: pd.DataFrame) -> list[dict[tuple[int, str], str]]:
    """Columns of coordinates that are called alike: (number, axis) -> name; those most like x0, y0 first.

    Programs write others beside them: OpenFace those of the eyes (eye_lmk_x_0) and, in capitals, millimetres (X_0).
    """
    families: dict[tuple[bool, int, str], dict[tuple[int, str], str]] = defaultdict(dict)
    for name in map(str, rows.columns):
        match = next((found for form in _COORDINATES if (found := form.fullmatch(name.strip()))), None)
        if match:
            prefix = plain(match["prefix"] or "")
            family = families[match["axis"].isupper(), len(prefix), prefix]
            family.setdefault((int(match["number"]), match["axis"].lower()), name)
    return [families[key] for key in sorted(families)]


def _first_of(columns: dict[tuple[int, str], str]) -> int | None:
    """The number of the first landmark, 0 or 1; None where the columns are not those of 68, perhaps with the pupils."""
    all_of = [{(number + first, axis) for number in range(n) for axis in "xy"} for n in _NUMBERS for first in (0, 1)]
    return all_of.index(set(columns)) % 2 if set(columns) in all_of else None


def _of_cell(cell: str, where: str) -> NDArray[np.float64]:
    numbers = _numbers(cell)
    if not numbers:
        return np.full((N_LANDMARKS, 2), np.nan)
    if len(numbers) != 2 * N_LANDMARKS:
        raise UserError(f"{where} holds {len(numbers)} numbers: x and y of {N_LANDMARKS} landmarks are needed")
    return np.array(numbers, np.float64).reshape(N_LANDMARKS, 2)


def _half(cell: str, where: str) -> NDArray[np.float64]:
    numbers = _numbers(cell)
    if len(numbers) not in (0, N_LANDMARKS):
        raise UserError(f"{where} holds {len(numbers)} numbers: one for each of {N_LANDMARKS} landmarks is needed")
    return np.array(numbers, np.float64) if numbers else np.full(N_LANDMARKS, np.nan)


def _numbers(cell: str) -> list[str]:
    return re.findall(r"-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?", cell)


def _column(rows: pd.DataFrame, names: "tuple[str, ...] | list[str]") -> str | None:
    by_name = {plain(str(name)): str(name) for name in reversed(rows.columns)}
    return next((by_name[name] for name in names if name in by_name), None)
