"""A data set described by a csv file."""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.data.sources.csv import find_column, need_column, read_csv
from fer_xai.data.sources.labels import Words, make_table
from fer_xai.data.table import LANDMARKS, FaceTable
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS

#: x0, y0 ... x67, y67
POINTS: tuple[str, ...] = tuple(f"{axis}{i}" for i in range(LANDMARKS) for axis in "xy")


class TableSource:
    """Images listed in a csv file with columns for the image, its expression and, if known, its subject.

    Landmarks may stand in columns x0, y0 ... x67, y67 (pixels of the image as displayed, pixel centres at whole
    numbers), in the same file or in another with a column for the image.

    Args:
        csv: the file.
        root: folder that the names of images are relative to; None takes the folder of the csv file.
        image_column: column of the image's file name, which also becomes its id.
        expression_column: column of the expression's word.
        subject_column: column of the subject; empty cells mean unknown, and so does a file without `subject`.
        subject_regex: takes the subject from the file name in place of a column: its first group, or all that matches.
            It is searched in the name without folders, or in the whole name if it contains a slash.
        landmarks: csv file of landmarks; None takes `landmarks.csv` beside the csv file, if it is there.
        words: words for expressions beyond those that are known, e.g. {smile: happiness, other: null}; null drops.
        expressions: the expressions of the study.
        name: of the data set.
    """

    def __init__(
        self,
        csv: str,
        root: str | None = None,
        image_column: str = "image",
        expression_column: str = "expression",
        subject_column: str = "subject",
        subject_regex: str | None = None,
        landmarks: str | None = None,
        words: dict[Any, str | None] | None = None,
        expressions: Sequence[str] = EXPRESSIONS,
        name: str = "table",
    ) -> None:
        self.csv = Path(csv).expanduser().absolute()
        self.root = Path(root).expanduser().absolute() if root else self.csv.parent
        self.image_column, self.expression_column = image_column, expression_column
        self.subject_column, self.subject_regex = subject_column, subject_regex
        self.landmarks = landmarks
        self.words: Words = words or {}
        self.expressions, self.name = tuple(expressions), name

    def read(self) -> FaceTable:
        """Read the csv file; no image is opened.

        Raises:
            UserError: a file or a column is missing, a word is unknown, the regular expression finds nothing.
        """
        rows = read_csv(self.csv, "data.csv", POINTS)
        image = need_column(rows, self.image_column, self.csv, "data.image_column")
        expression = need_column(rows, self.expression_column, self.csv, "data.expression_column")
        # Tables made on Windows separate folders by backslashes.
        names = rows[image].str.replace("\\", "/")
        dataset = find_column(rows, "dataset")
        made = {
            "image": names,
            "path": pd.Series([str(self.root / name) for name in names], index=rows.index, dtype=object),
            "expression": rows[expression],
            "subject": self._subjects(rows, names),
            "dataset": rows[dataset] if dataset else self.name,
        }
        landmarks = self._landmarks(rows, names)
        others = rows.drop(columns=[name for name in rows.columns if name.casefold() in {*made, *POINTS}])
        others = others.drop(columns=[image, expression, self.subject_column], errors="ignore")
        table = pd.DataFrame(made).join(others)
        return make_table(table, self.words, self.expressions, lambda row: f"{self.csv}, row {row}", landmarks)

    def _subjects(self, rows: pd.DataFrame, names: pd.Series) -> pd.Series:
        if self.subject_regex is None:
            column = find_column(rows, self.subject_column)
            if column is None and self.subject_column != "subject":
                need_column(rows, self.subject_column, self.csv, "data.subject_column")
            return rows[column] if column else pd.Series("", index=rows.index)
        return subjects_by_regex(names, self.subject_regex)

    def _landmarks(self, rows: pd.DataFrame, names: pd.Series) -> np.ndarray | None:
        """Landmarks in the order of the rows (n, 68, 2), NaN where there are none; None if there is no such file."""
        if find_column(rows, POINTS[0]) is not None:
            return _points(rows, self.csv)
        beside = self.csv.with_name("landmarks.csv")
        if self.landmarks is None and (beside == self.csv or not beside.exists()):
            return None
        file = Path(self.landmarks).expanduser().absolute() if self.landmarks else beside
        found = read_csv(file, "data.landmarks", POINTS)
        image = need_column(found, self.image_column, file, "data.image_column")
        listed = pd.Index(found[image].str.replace("\\", "/"))
        if listed.has_duplicates:
            raise UserError(f"{file} lists the image '{listed[listed.duplicated()][0]}' twice")
        place = listed.get_indexer(pd.Index(names))
        points = _points(found, file)[place]
        points[place < 0] = np.nan
        return points


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
        raise UserError(f"data.subject_regex={expression} is no regular expression: {error}") from None
    group: int | str = "subject" if "subject" in pattern.groupindex else min(pattern.groups, 1)
    searched = names if "/" in expression else names.map(lambda name: PurePosixPath(name).name)
    # An expression that ends in $ is meant for the name without its ending.
    matches = searched.map(
        lambda name: pattern.search(name) or pattern.search(name.removesuffix(PurePosixPath(name).suffix))
    )
    if len(names) and not matches.map(bool).any():
        raise UserError(f"data.subject_regex={expression} matches no file name, e.g. not '{searched.iloc[0]}'")
    return matches.map(lambda match: (match.group(group) or "") if match else "").astype(str)


def _points(rows: pd.DataFrame, file: Path) -> np.ndarray:
    columns = [need_column(rows, name, file, "data.landmarks") for name in POINTS]
    return rows[columns].to_numpy(np.float32).reshape(-1, LANDMARKS, 2)
