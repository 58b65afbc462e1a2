"""A table of local heatmaps that another tool made: which file holds whose map of which image, and what it explains."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from fer_xai.data.sources.table import POINTS
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS, expression_name
from fer_xai.face.canonical import N_LANDMARKS
from fer_xai.results.importing.pattern import Match
from fer_xai.tables.columns import find_column, shown
from fer_xai.tables.numbers import as_numbers
from fer_xai.tables.spreadsheet import read_rows

#: Columns of the table beside those of landmarks; the first two are needed.
COLUMNS = ("heatmap", "expression", "image", "subject", "network", "explainer", "pretrained", "fold", "seed", "part")


@dataclass(frozen=True)
class LocalMap:
    """A row of the table.

    Attributes:
        path: the file.
        part: which map of a file of several: a number, or the name of an array; None for a file of one map.
        image: id of the image.
        subject: whose image it is; empty where unknown.
        match: which run it belongs to, and what it explains.
        landmarks: float64 (68, 2) in pixels of the image; None where the table has none.
    """

    path: Path
    part: str | int | None
    image: str
    subject: str
    match: Match
    landmarks: np.ndarray | None


def read_map_table(table: Path, source: Path | None = None) -> tuple[list[LocalMap], list[str]]:
    """Read the table.

    Args:
        table: csv file or spreadsheet with the columns `heatmap` (a file) and `expression` (what it explains), and any
            of `image` (id; the heatmap's own name without one), `subject`, `network`, `explainer`, `pretrained`,
            `fold`, `seed`, `part` (of a file of several maps: the number from 0 in a `.npy` array, the array's name in
            a `.npz` file, which is the image's id without it), `x0`, `y0` ... `x67`, `y67`.
        source: folder that files are relative to; None takes the table's own.

    Returns:
        The rows, and a line for each that is left out.

    Raises:
        UserError: a column is missing, a cell means nothing, one map stands there twice, or no row is left.
    """
    where = f"--table={table}"
    rows = read_rows(table, "--table", POINTS)
    found = {name: column for name in COLUMNS if (column := find_column(rows, name))}
    for name in COLUMNS[:2]:
        if name not in found:
            raise UserError(f"{where} has no column {name}; it has: {shown([str(name) for name in rows.columns])}")
    numbers: dict[str, np.ndarray] = {
        name: as_numbers(rows[found[name]], f"{where}, column {found[name]}").to_numpy()
        for name in ("fold", "seed")
        if name in found
    }
    points = landmark_columns(rows, where)
    folder = (source or table.parent).expanduser()
    maps, lines = [], []
    seen: dict[tuple[Match, str], int] = {}
    for place, (line, row) in enumerate(
        zip(rows.index.tolist(), rows[list(found.values())].to_numpy(str), strict=True)
    ):
        cells = dict(zip(found, map(str, row), strict=True))
        whole = {name: _whole(values[place], name, f"{where}, line {line}") for name, values in numbers.items()}
        match = _match(cells, whole, f"{where}, line {line}")
        if match.expression not in EXPRESSIONS:
            lines.append(f"{where}, line {line}: left out: {match.expression} is not one of the six expressions")
            continue
        if not cells["heatmap"]:
            raise UserError(f"{where}, line {line}: no heatmap is named")
        image = cells.get("image") or _own_name(cells)
        if (match, image) in seen:
            raise UserError(f"{where}, lines {seen[match, image]} and {line}: two heatmaps of image {image}; keep one")
        seen[match, image] = line
        path = folder / cells["heatmap"]
        part = _part(path, cells.get("part", ""), image, f"{where}, line {line}")
        own = points[place] if points is not None and np.isfinite(points[place]).all() else None
        maps.append(LocalMap(path, part, image, cells.get("subject", ""), match, own))
    if not maps:
        raise UserError(f"{where} holds no heatmap that can be used" + (f": {lines[-1]}" if lines else ""))
    return maps, lines


def read_landmark_table(table: Path) -> dict[str, np.ndarray]:
    """Landmarks by image.

    Args:
        table: with the columns `image` and `x0`, `y0` ... `x67`, `y67`.

    Returns:
        Image -> float64 (68, 2); images without landmarks are missing.

    Raises:
        UserError: a column is missing, or an image stands there twice.
    """
    where = f"--landmarks={table}"
    rows = read_rows(table, "--landmarks", POINTS)
    image, points = find_column(rows, "image"), landmark_columns(rows, where)
    if image is None or points is None:
        raise UserError(f"{where} needs the columns image, x0, y0 ... x67, y67; it has: {shown(list(rows.columns))}")
    twice = rows[image].duplicated()
    if twice.any():
        raise UserError(f"{where}: image {rows[image][twice].iloc[0]} stands there twice")
    return {name: one for name, one in zip(rows[image], points, strict=True) if np.isfinite(one).all()}


def landmark_columns(rows: pd.DataFrame, where: str) -> np.ndarray | None:
    """Landmarks (n, 68, 2) of the rows of a table, NaN where a cell is empty; None where it has no such columns.

    Raises:
        UserError: some of the columns are there and others not.
    """
    columns = [find_column(rows, name) for name in POINTS]
    lacking = [name for name, column in zip(POINTS, columns, strict=True) if column is None]
    if len(lacking) == len(POINTS):
        return None
    if lacking:
        raise UserError(f"{where} has no column {lacking[0]}: {N_LANDMARKS} landmarks are needed, x0, y0 ... x67, y67")
    return rows[[str(column) for column in columns]].to_numpy(np.float64).reshape(-1, N_LANDMARKS, 2)


def _match(cells: Mapping[str, str], numbers: Mapping[str, int | None], where: str) -> Match:
    try:
        expression = expression_name(cells["expression"])
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    words = {name: cells[name] or None for name in ("network", "pretrained", "explainer") if name in cells}
    return Match(expression, **words, fold=numbers.get("fold"), seed=numbers.get("seed"))  # type: ignore[arg-type]


def _whole(number: float, column: str, where: str) -> int | None:
    if np.isnan(number):
        return None
    if number % 1 or number < 0:
        raise UserError(f"{where}: {column} {number:g} has to be a whole number, from 0")
    return int(number)


def _part(path: Path, cell: str, image: str, where: str) -> str | int | None:
    if path.suffix.lower() == ".npz":
        return cell or image
    if cell and not cell.isdecimal():
        raise UserError(f"{where}: part {cell!r} has to be a number, from 0: only .npz files hold maps by names")
    return int(cell) if cell else None


def _own_name(cells: Mapping[str, str]) -> str:
    return f"{Path(cells['heatmap']).stem} {cells.get('part', '')}".strip()
