"""A split that was written down before."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fer_xai.data.splits.base import LEFT_OUT, TEST, TRAIN, VALIDATION, Splitter
from fer_xai.errors import UserError

_PARTS = (TRAIN, VALIDATION, TEST, LEFT_OUT)
#: By what images are found in the table, whichever comes first that finds them all.
_KEYS: tuple[tuple[str, ...], ...] = (
    ("content", "dataset", "image"),
    ("content",),
    ("dataset", "image"),
    ("image",),
)


class FromFile(Splitter):
    """The split of a table as runs write it (`split.csv`): which part each image is in when a fold is tested.

    Args:
        file: csv file with the columns `image` (id) or `content` (SHA-256 of the file) or both, `part` (train,
            validation, test, left_out) and, unless there is one fold only, `fold` (number from 0). A pattern or a list
            takes several files together, e.g. those of all runs of a study, `runs/*/split.csv`.
    """

    word = "file"

    def __init__(self, file: str | Sequence[str]) -> None:
        self._patterns = [file] if isinstance(file, str) else list(file)
        self._table: pd.DataFrame | None = None

    def folds(self, frame: pd.DataFrame) -> int:
        """One more than the highest number in the table.

        Raises:
            UserError: no such file, or no such table.
        """
        return int(self._read()["fold"].max()) + 1

    def check_fold(self, frame: pd.DataFrame, fold: int) -> None:
        """Refuse a fold of which the table has no rows.

        Raises:
            UserError: naming those that it has.
        """
        super().check_fold(frame, fold)
        self._rows(fold)

    def _words(self, frame: pd.DataFrame, fold: int) -> np.ndarray:
        return self._look_up(frame, self._rows(fold))[1]

    def _remarks(self, frame: pd.DataFrame, fold: int) -> list[str]:
        rows = self._rows(fold)
        key = list(self._look_up(frame, rows)[0])
        there = rows[key].drop_duplicates()
        unknown = len(there) - len(there.merge(frame[key].astype(str).drop_duplicates()))
        text = f"split.file={self._name}: {unknown} of its {len(there)} images are not among the data: passed over"
        return [text] if unknown else []

    def _rows(self, fold: int) -> pd.DataFrame:
        table = self._read()
        rows = table[table["fold"] == fold]
        if rows.empty:
            there = ", ".join(str(number) for number in sorted(table["fold"].unique()))
            raise UserError(f"fold={fold}: {self._name} has no rows of this fold, only of {there}")
        return rows

    @property
    def _name(self) -> str:
        return ", ".join(self._patterns)

    def _look_up(self, frame: pd.DataFrame, rows: pd.DataFrame) -> tuple[tuple[str, ...], np.ndarray]:
        """By which columns the rows of `frame` are found, in whatever order, and the part of each."""
        misses = []
        for key in _KEYS:
            if not set(key) <= set(rows.columns) & set(frame.columns):
                continue
            known = rows[[*key, "part"]].drop_duplicates()
            if known.duplicated(list(key)).any():
                misses.append((len(frame), f"{key[-1]} is there with two parts"))
                continue
            parts = frame[list(key)].astype(str).merge(known, on=list(key), how="left")["part"]
            missing = parts.isna().to_numpy()
            if not missing.any():
                return key, parts.to_numpy(object)
            example = frame["image"].to_numpy()[missing][0]
            misses.append((int(missing.sum()), f"{missing.sum()} of {len(frame)} images are not in it, e.g. {example}"))
        if not misses:
            raise UserError(f"split.file={self._name}: images are known by `image` only before they are opened")
        raise UserError(f"split.file={self._name}: {min(misses)[1]}: every image must have its one part")

    def _read(self) -> pd.DataFrame:
        if self._table is None:
            tables = [self._read_one(path) for path in self._files()]
            shared = set.intersection(*(set(table.columns) for table in tables))
            self._table = pd.concat([table[sorted(shared)] for table in tables], ignore_index=True)
        return self._table

    def _files(self) -> list[Path]:
        files = []
        for pattern in self._patterns:
            path = Path(pattern).expanduser()
            below = path.relative_to(path.anchor)
            some = [path] if path.is_file() or not below.parts else sorted(Path(path.anchor).glob(str(below)))
            if not some:
                raise UserError(f"split.file={pattern}: there is no such file; it is the split.csv that a run wrote")
            files += some
        return files

    def _read_one(self, path: Path) -> pd.DataFrame:
        try:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        except (OSError, ValueError, csv.Error) as error:
            raise UserError(f"split.file={path}: cannot be read as a csv file: {error}") from error
        if not {"image", "content"} & set(table.columns) or "part" not in table.columns or table.empty:
            raise UserError(f"split.file={path}: a table with the columns part, fold, and image or content is needed")
        if "fold" not in table.columns:
            table["fold"] = "0"
        for row, (fold, part) in enumerate(zip(table["fold"], table["part"], strict=True), start=2):
            if not (fold.isascii() and fold.isdigit()):
                raise UserError(f"split.file={path}, line {row}: fold is {fold!r}, not a number from 0")
            if part not in _PARTS:
                raise UserError(f"split.file={path}, line {row}: part is {part!r}: choose one of {', '.join(_PARTS)}")
        if "content" in table.columns and (table["content"] == "").any():
            table = table.drop(columns="content")
        return table.assign(fold=table["fold"].astype(int))
