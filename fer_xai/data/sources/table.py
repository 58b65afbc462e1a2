"""A data set described by a table: a csv file or a spreadsheet."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.data.face_table import FaceTable, left_out_rows
from fer_xai.data.sources.image_lookup import find_images
from fer_xai.data.sources.image_names import names_by_pattern
from fer_xai.data.sources.labels import INTERNAL, Words, is_expression, make_table
from fer_xai.data.sources.ratings import rated
from fer_xai.data.sources.reader import MissingDataSet
from fer_xai.data.sources.setting import config_node, setting
from fer_xai.data.sources.split_parts import parts_of
from fer_xai.data.sources.subject_names import subject_names
from fer_xai.data.sources.table_columns import need_column, refuse_images
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import N_LANDMARKS
from fer_xai.tables.columns import Header, find_column, shown
from fer_xai.tables.spreadsheet import read_rows

#: x0, y0 ... x67, y67
POINTS: tuple[str, ...] = tuple(f"{axis}{i}" for i in range(N_LANDMARKS) for axis in "xy")


class TableSource:
    """Images listed in a table with columns for the image, its expression and, if known, its subject.

    The table is a csv file, or text set with tabs or blanks, or a spreadsheet. Landmarks may stand in columns x0, y0
    ... x67, y67 (pixels of the image as displayed, pixel centres at whole numbers), in the same file or in another with
    a column for the image. Images may be named without ending or by a number, see `find_images`.

    In place of expressions the table may hold people's ratings, a column for each expression: the highest one counts.

    Args:
        csv: the file.
        root: folder that the names of images are relative to; None takes the folder of the csv file. Images that are
            not there are looked for below it, and those with paths of another machine below that of the csv file, too.
        image_column: column of the image's file name, which also becomes its id.
        image_pattern: makes the file name from columns: `{:03d}.jpg` from a number in the column of the image,
            `{person}/{take}.png` from others.
        expression_column: column of the expression's word.
        ratings: columns of ratings, as a list if they are named by words for expressions (`[HAP, SAD]`), or with the
            expression of each (`{HA: happiness, TIRED: null}`; null drops the images that it wins).
        min_rating: images whose highest rating is lower are left out.
        subject_column: column of the subject; empty cells mean unknown, and so does a file without `subject`.
        subject_regex: takes the subject from the file name in place of a column: its first group, or all that matches.
            It is searched in the name without folders, or in the whole name if it contains a slash.
        usage_column: column of the official split (train, validation, test); need not be there.
        landmarks: csv file of landmarks; None takes `landmarks.csv` beside the csv file, if it is there.
        sheet: of a spreadsheet, by name or number from 0.
        header: the row that holds the names of the columns, from 0, or several that follow one another: a column has
            the lowest row's name, joined to those above it where that is not its own. None takes the first row that is
            not empty.
        columns: the names of the columns from the left, null or _ for those to be passed over, where the table has no
            row of names (or other names in `header`).
        words: words for expressions beyond those that are known, e.g. {smile: happiness, other: null}; null drops.
        expressions: the expressions of the study.
        cropped: whether the images are faces cut out already, with landmarks to be placed in the whole square; None
            takes the column `cropped`, if there is one.
        keep_rest: keep people's neutral images to be shown in place of what is hidden; for that alone they are no
            class.
        name: of the data set.
    """

    def __init__(
        self,
        csv: str,
        root: str | None = None,
        image_column: str = "image",
        image_pattern: str | None = None,
        expression_column: str = "expression",
        ratings: Any = None,
        min_rating: float | None = None,
        subject_column: str = "subject",
        subject_regex: str | None = None,
        usage_column: str = "usage",
        landmarks: str | None = None,
        sheet: Any = 0,
        header: Any = None,
        columns: Sequence[str | None] | None = None,
        words: dict[Any, str | None] | None = None,
        expressions: Sequence[str] = EXPRESSIONS,
        cropped: bool | None = None,
        keep_rest: bool = False,
        name: str = "table",
    ) -> None:
        self.csv = Path(csv).expanduser().absolute()
        self.root = Path(root).expanduser().absolute() if root else self.csv.parent
        self.image_column, self.image_pattern = image_column, image_pattern
        self.expression_column, self.usage_column = expression_column, usage_column
        self.ratings = _rating_columns(ratings)
        self.min_rating = min_rating
        self.subject_column, self.subject_regex = subject_column, subject_regex
        self.landmarks, self.sheet = landmarks, sheet
        self.header = Header.of(header, columns, config_node(), refuse_images)
        self.words: Words = words or {}
        self.expressions, self.cropped, self.name = tuple(expressions), cropped, name
        self.keep_rest = keep_rest

    def read(self) -> FaceTable:
        """Read the table; no image is opened.

        Raises:
            MissingDataSet: no such file.
            UserError: a column is missing, a word is unknown, the regular expression finds nothing.
        """
        if not self.csv.exists():
            raise MissingDataSet(f"{setting('csv')}={self.csv} cannot be read: No such file or directory")
        rows = read_rows(self.csv, setting("csv"), POINTS, self.sheet, self.header)
        image = need_column(rows, self.image_column, self.csv, setting("image_column"))
        words: Words = self.words
        reasons: dict[int, str] = {}
        if self.ratings:
            rows, reasons = rated(rows, image, self.ratings, self.min_rating, self.csv)
            words = {**self.ratings, **self.words}
            expression = "expression"
        else:
            expression = self._expression_column(rows)
        # Tables made on Windows separate folders by backslashes.
        listed = names_by_pattern(rows, image, self.image_pattern) if self.image_pattern else rows[image]
        files = find_images(listed.str.replace("\\", "/"), self.root, self.csv.parent)
        names = files.names
        dataset = find_column(rows, "dataset")
        subjects, warnings = subject_names(self._subjects(rows, names))
        made = {
            "image": names,
            "path": files.paths,
            "expression": rows[expression],
            "subject": subjects,
            "dataset": rows[dataset].replace("", self.name) if dataset else self.name,
            **self._optional_columns(rows),
        }
        landmarks = self._landmarks(rows, rows[image], names)
        own = {*made, *POINTS, *INTERNAL}
        others = rows.drop(columns=[name for name in rows.columns if name.casefold() in own])
        others = others.drop(columns=[image, expression, self.subject_column], errors="ignore")
        kept = ~rows.index.isin(list(reasons))
        left_out = left_out_rows([str(names[row]) for row in reasons], list(reasons.values()))
        return make_table(
            pd.DataFrame(made).join(others)[kept],
            words,
            self.expressions,
            lambda row: f"{self.csv}, row {row}",
            landmarks if landmarks is None else landmarks[kept],
            left_out,
            [f"{self.name}: {note}" for note in files.notes],
            [f"{self.name}: {warning}" for warning in (*files.warnings, *warnings)],
            subject_hint=f"a column `subject` tells who is who (or another: {setting('subject_column')}=NAME), and "
            f"{setting('subject_regex')}=... takes it from the file name",
            keep_rest=self.keep_rest,
        )

    def _expression_column(self, rows: pd.DataFrame) -> str:
        rating = [str(name) for name in rows.columns if is_expression(str(name))]
        if find_column(rows, self.expression_column) is None and len(rating) > 1:
            raise UserError(
                f"{self.csv} has no column '{self.expression_column}' (it has: {shown([*rows.columns])}): set "
                f"{setting('expression_column')}=NAME, or {setting('ratings')}=[{','.join(rating)}] "
                "if these are ratings"
            )
        return need_column(rows, self.expression_column, self.csv, setting("expression_column"))

    def _optional_columns(self, rows: pd.DataFrame) -> dict[str, Any]:
        """Columns for the official split and for faces cut out already, as far as they are told."""
        columns: dict[str, Any] = {}
        usage, cropped = find_column(rows, self.usage_column), find_column(rows, "cropped")
        if usage:
            columns["usage"] = pd.Series(parts_of(rows[usage]), index=rows.index, dtype=object)
        elif self.usage_column != "usage":
            need_column(rows, self.usage_column, self.csv, setting("usage_column"))
        if self.cropped is not None:
            columns["cropped"] = self.cropped
        elif cropped:
            columns["cropped"] = rows[cropped].str.casefold().isin(["true", "1", "1.0", "yes", "y"])
        return columns

    def _subjects(self, rows: pd.DataFrame, names: pd.Series) -> pd.Series:
        if self.subject_regex is None:
            column = find_column(rows, self.subject_column)
            if column is None and self.subject_column != "subject":
                need_column(rows, self.subject_column, self.csv, setting("subject_column"))
            return rows[column] if column else pd.Series("", index=rows.index)
        return subjects_by_regex(names, self.subject_regex)

    def _landmarks(self, rows: pd.DataFrame, listed: pd.Series, names: pd.Series) -> np.ndarray | None:
        """Landmarks in the order of the rows (n, 68, 2), NaN where there are none; None if there is no such file."""
        if find_column(rows, POINTS[0]) is not None:
            return _points(rows, self.csv)
        neighbour = self.csv.with_name("landmarks.csv")
        if self.landmarks is None and (neighbour == self.csv or not neighbour.exists()):
            return None
        file = Path(self.landmarks).expanduser().absolute() if self.landmarks else neighbour
        table = read_rows(file, setting("landmarks"), POINTS, header=Header(check=refuse_images))
        image = need_column(table, self.image_column, file, setting("image_column"))
        images = pd.Index(table[image].str.replace("\\", "/"))
        if images.has_duplicates:
            raise UserError(f"{file} lists the image '{images[images.duplicated()][0]}' twice")
        # Either file may name an image as the table does, or as its file is called.
        place = images.get_indexer(pd.Index(listed.str.replace("\\", "/")))
        place = np.where(place < 0, images.get_indexer(pd.Index(names)), place)
        points = _points(table, file)[place]
        points[place < 0] = np.nan
        return points


def _rating_columns(ratings: Any) -> dict[str, str | None]:
    """Columns of ratings with the words that they are for.

    Raises:
        UserError: neither a list nor a mapping.
    """
    if ratings is None:
        return {}
    if isinstance(ratings, Mapping):
        return {str(column): word for column, word in ratings.items()}
    if isinstance(ratings, str) or not isinstance(ratings, Sequence):
        raise UserError(f"{setting('ratings')}={ratings}: it is a list of columns, or {{COLUMN: EXPRESSION}}")
    return {str(column): str(column) for column in ratings}


def subjects_by_regex(names: pd.Series, expression: str) -> pd.Series:
    """Take subjects from file names.

    Args:
        names: file names with folders, separated by slashes.
        expression: regular expression; its group `subject`, its first group, or all that matches is the subject. It is
            searched in the name without folders, or in the whole name if it contains a slash.

    Returns:
        The subjects, empty where nothing matches.

    Raises:
        UserError: no regular expression, or it matches no name at all.
    """
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise UserError(f"{setting('subject_regex')}={expression} is no regular expression: {error}") from None
    group: int | str = "subject" if "subject" in pattern.groupindex else min(pattern.groups, 1)
    searched = names if "/" in expression else names.map(lambda name: PurePosixPath(name).name)
    # An expression that ends in $ is meant for the name without its ending.
    matches = searched.map(
        lambda name: pattern.search(name) or pattern.search(name.removesuffix(PurePosixPath(name).suffix))
    )
    if len(names) and not matches.map(bool).any():
        raise UserError(f"{setting('subject_regex')}={expression} matches no file name, e.g. not '{searched.iloc[0]}'")
    return matches.map(lambda match: (match.group(group) or "") if match else "").astype(str)


def _points(rows: pd.DataFrame, file: Path) -> np.ndarray:
    columns = [need_column(rows, name, file, setting("landmarks")) for name in POINTS]
    return rows[columns].to_numpy(np.float32).reshape(-1, N_LANDMARKS, 2)
