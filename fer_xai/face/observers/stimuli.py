"""The faces that observers saw: what each shows, its size, and where its landmarks are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_xai.errors import UserError
from fer_xai.expressions import expression_in, expression_name
from fer_xai.face.canonical import N_LANDMARKS
from fer_xai.face.observers.landmark_columns import one_row_each, read_landmarks
from fer_xai.face.observers.pts_files import pts_files, read_pts
from fer_xai.face.observers.size_columns import PICTURES, read_sizes
from fer_xai.face.observers.stimulus_pictures import find_in_pictures
from fer_xai.nearest import plain
from fer_xai.tables.columns import shown
from fer_xai.tables.spreadsheet import read_rows

#: What columns are called, without case and signs (`plain`), best first.
_NAMES = {
    "stimulus": (
        *(*PICTURES, "file", "filename", "name"),
        *(f"{of}{end}" for of in PICTURES for end in ("name", "file", "filename", "id")),
        *("id", "index"),
    ),
    "expression": ("expression", "emotion", "label", "facialexpression", "emotionlabel", "expressionlabel"),
}
#: Landmarks may lie a little beyond a picture that cuts the face off; most of them lie within.
_LEAST_WITHIN = 0.5


@dataclass(frozen=True)
class Stimuli:
    """The faces that observers saw, by name.

    Attributes:
        expressions: what each shows, empty where nothing tells.
        sizes: width and height in pixels; (0, 0) where unknown.
        landmarks: float64 (68, 2), x before y, in its pixels; NaN where unknown.
        where: the setting that names the table, and the table, for messages.
    """

    expressions: Mapping[str, str]
    sizes: Mapping[str, tuple[int, int]]
    landmarks: Mapping[str, NDArray[np.float64]]
    where: str = field(default="stimuli", compare=False)

    @classmethod
    def read(
        cls,
        table: str | Path | None,
        key: str,
        pictures: str | Path | None = None,
        size: Sequence[int] | None = None,
    ) -> "Stimuli":
        """Read a table of stimuli, or find in their pictures what no table tells.

        Args:
            table: with the columns stimulus, expression, width, height and x0, y0 ... x67, y67 (also counted from 1, as
                x_0, landmark_0_x and the like); or with a row for each landmark and the columns landmark, x, y. Without
                an expression column, a word in the stimulus' name tells. Or a folder or pattern of `.pts` files.
            key: the setting that names the table, such as `reference.tiles.stimuli`; the one of pictures is beside it.
            pictures: folder of the pictures, each called as its stimulus; gives size and landmarks where the table has
                none, and the stimuli where there is no table.
            size: width and height in pixels of the stimuli of which neither tells them.

        Raises:
            UserError: neither is given, one cannot be read, a stimulus stands twice, an expression's word is unknown,
                the table says nothing of landmarks or sizes, or landmarks are not those of the pixels.
        """
        beside, sized = (f"{key.rpartition('.')[0]}.{setting}" for setting in ("pictures", "size"))
        all_alike = _checked_size(size, sized)
        if table is None and pictures is None:
            raise UserError(
                f"{key}: the table of the stimuli is needed (stimulus, expression, width, height, x0 ... y67)"
            )
        if table is None:
            found = find_in_pictures(Path(str(pictures)), beside)
            told = {name: expression_in(name) or "" for name in found}
            sizes_of = {name: picture.size for name, picture in found.items()}
            where = f"{beside}={pictures}"
            return cls(told, sizes_of, {name: picture.landmarks for name, picture in found.items()}, where)
        where = f"{key}={table}"
        files = pts_files(table)
        rows = read_pts(files, key) if files else read_rows(Path(table).expanduser(), key)
        # Every operation of pandas would copy them.
        rows.attrs.clear()
        column = _column(rows, "stimulus")
        if column is None:
            raise UserError(f"{where} has no column stimulus; it has: {_shown(rows)}")
        # Tables of trials have a stimulus as often as it was shown.
        rows = one_row_each(rows, column, where).drop_duplicates()
        names = _names(rows[column], where)
        expressions = _expressions(rows, names, where)
        sizes, landmarks = read_sizes(rows, where), read_landmarks(rows, where)
        marked = {name for name, points in zip(names, landmarks, strict=True) if np.isfinite(points).all()}
        if pictures is not None:
            lacking = [n for n, of in zip(names, sizes, strict=True) if not all(of or all_alike) or n not in marked]
            found = find_in_pictures(Path(pictures), beside, lacking, marked)
            for place, name in enumerate(names):
                if name in found and (name not in marked or not all(sizes[place])):
                    sizes[place] = found[name].size
                if name in found and name not in marked:
                    landmarks[place] = found[name].landmarks
        sizes = [of if all(of) else all_alike for of in sizes]
        if not any(all(of) for of in sizes):
            raise UserError(
                f"{where} needs the columns width and height, or {sized}=[WIDTH,HEIGHT] where all stimuli have one "
                f"size, or {beside}=FOLDER; it has: {_shown(rows)}"
            )
        if not any(np.isfinite(points).any() for points in landmarks):
            raise UserError(
                f"{where} needs the columns x0, y0 ... x67, y67, or {beside}=FOLDER; it has: {_shown(rows)}"
            )
        return cls(
            dict(zip(names, expressions, strict=True)),
            dict(zip(names, sizes, strict=True)),
            dict(zip(names, landmarks, strict=True)),
            where,
        )

    def __contains__(self, name: str) -> bool:
        return name in self.expressions

    def with_expressions(self, expressions: Mapping[str, str]) -> "Stimuli":
        """The same stimuli where another table says what those show of which nothing has told yet."""
        return replace(self, expressions={n: e or expressions.get(n, "") for n, e in self.expressions.items()})

    def with_expressions_of(self, rows: pd.DataFrame, node: str) -> "Stimuli":
        """The same where rows of observers' data say what is shown, with the columns stimulus and expression.

        Raises:
            UserError: a word means no expression, or two are said of one stimulus.
        """
        said = rows.loc[rows["expression"] != "", ["stimulus", "expression"]].drop_duplicates()
        said = said.assign(expression=meant_expressions(said["expression"], node)).drop_duplicates()
        for stimulus, words in said[said.duplicated("stimulus", keep=False)].groupby("stimulus")["expression"]:
            raise UserError(
                f"{node}: stimulus {stimulus} is said to show {' and '.join(words)}: a column expression in "
                f"{self.where.partition('=')[0]} tells"
            )
        return self.with_expressions(dict(said.itertuples(index=False)))

    def expression_of(self, name: str) -> str:
        """What a stimulus shows.

        Raises:
            UserError: nothing tells.
        """
        if not self._known(name).expressions[name]:
            raise UserError(f"{self.where}: nothing tells the expression of stimulus {name}: a column expression does")
        return self.expressions[name]

    def size_of(self, name: str) -> tuple[int, int]:
        """Width and height in pixels.

        Raises:
            UserError: they are unknown.
        """
        size = self._known(name).sizes[name]
        if not all(size):
            raise UserError(f"{self.where}: stimulus {name} has no size: columns width and height tell it")
        return size

    def landmarks_of(self, name: str) -> NDArray[np.float64]:
        """Its landmarks (68, 2) in its pixels.

        Raises:
            UserError: they are unknown, or cannot be those of its pixels.
        """
        points = self._known(name).landmarks[name]
        if not np.isfinite(points).all():
            raise UserError(f"{self.where}: stimulus {name} has no landmarks, or not all {N_LANDMARKS} of them")
        width, height = self.size_of(name)
        within = ((points >= -0.5) & (points <= (width, height))).all(axis=1).mean()
        if within < _LEAST_WITHIN or np.ptp(points, axis=0).max() <= 2:
            raise UserError(
                f"{self.where}: the landmarks of stimulus {name} do not lie in its {width} x {height} pixels (width x "
                "height): they must be in pixels of the stimulus itself"
            )
        return points

    def _known(self, name: str) -> "Stimuli":
        if name not in self:
            raise UserError(f"{self.where} has no stimulus {name}; there are: {shown([*self.expressions])}")
        return self


def _checked_size(size: Sequence[int] | None, key: str) -> tuple[int, int]:
    """Width and height, (0, 0) for none."""
    if size is None:
        return 0, 0
    whole = [side for side in size if type(side) is int and side > 0] if isinstance(size, Sequence) else []
    if len(whole) != 2 or len(size) != 2:
        raise UserError(f"{key}={size}: width and height of the stimuli in pixels are needed, such as {key}=[562,762]")
    return whole[0], whole[1]


def _shown(rows: pd.DataFrame) -> str:
    return shown([str(name) for name in rows.columns])


def _column(rows: pd.DataFrame, role: str) -> str | None:
    by_name = {plain(str(name)): str(name) for name in reversed(rows.columns)}
    return next((by_name[name] for name in _NAMES[role] if name in by_name), None)


def _names(cells: "pd.Series[str]", where: str) -> list[str]:
    if cells.empty or (cells == "").any():
        line = f", line {(cells == '').idxmax()}" if len(cells) else ""
        raise UserError(f"{where}{line}: no stimulus is named")
    if cells.duplicated().any():
        raise UserError(f"{where}: stimulus {cells[cells.duplicated()].iloc[0]} stands there twice")
    return cells.tolist()


def _expressions(rows: pd.DataFrame, names: list[str], where: str) -> list[str]:
    column = _column(rows, "expression")
    told = meant_expressions(rows[column], where) if column is not None else [""] * len(names)
    return [word or expression_in(Path(name).stem) or "" for word, name in zip(told, names, strict=True)]


def meant_expressions(cells: "pd.Series[str]", where: str) -> list[str]:
    """The expressions that a column's words mean, empty where nothing stands.

    Raises:
        UserError: a word means none.
    """
    words: dict[str, str] = {}
    for line, word in cells.items():
        try:
            words.setdefault(word, expression_name(word) if word else "")
        except UserError as error:
            raise UserError(f"{where}, line {line}: {error}") from None
    return [words[word] for word in cells]
