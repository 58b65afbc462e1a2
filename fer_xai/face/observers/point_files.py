"""Files of places that observers looked at or clicked on, as one table with one form."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.errors import UserError
from fer_xai.face.observers.exports import EXPORTS, Columns
from fer_xai.face.observers.file_names import StimulusNames, by_pattern, by_table, expression_within, list_files
from fer_xai.face.observers.names_in_paths import named_in_paths, observers_of
from fer_xai.face.observers.point_tables import read_point_table
from fer_xai.face.observers.reading import LeftOut
from fer_xai.face.observers.right_answers import RIGHT, WRONG
from fer_xai.face.observers.stimulus_words import match_stimuli, named_stimulus, naming_stimuli, refuse_several
from fer_xai.tables.columns import shown
from fer_xai.tables.numbers import as_numbers

#: Columns of words; all others hold numbers.
_WORDS = ("observer", "stimulus", "expression", "event", "trial")
#: Larger files than this many bytes are not empty.
_SMALL = 1000
#: Where and how large a stimulus was on the screen, which some programs write beside each place, and what it showed.
_BESIDE = ("left", "top", "wide", "high", "expression")


@dataclass(frozen=True)
class PointFiles:
    """Where a reference's places come from.

    Attributes:
        files: see `file_names.list_files`.
        pattern: of file names, with any of {observer}, {stimulus}, {expression}; None for none.
        file_table: table with the column file and any of those; None for none.
        export: name of one of `EXPORTS`; None where the columns are to tell.
        columns: what a column is for -> its name, None where the usual names are looked for. The keys are what is
            looked for beside x, y, and where a stimulus was on the screen.
        node: config node of the reference, for messages.
        but: a file that is not meant, though `files` may name it: the table of stimuli.
    """

    files: Any
    pattern: str | None
    file_table: str | None
    export: str | None
    columns: Mapping[str, str | None]
    node: str
    but: str | None = None

    def read(self, stimuli: Mapping[str, str], left_out: LeftOut) -> tuple[pd.DataFrame, list[str]]:
        """Read all files.

        Args:
            stimuli: name of each known stimulus -> its expression.
            left_out: is told of rows without a known stimulus or an observer.

        Returns:
            A row per row of the files, in their order: file (its number), the columns that were looked for (words as
            strings, empty where nothing stands; all others float64, NaN where nothing stands or no column is),
            block (runs of one
            stimulus), coordinates, clock, samples, to_ms (see `exports`), expression (what files say of stimuli of
            which `stimuli` says nothing, else empty); and sentences on what was read.

        Raises:
            UserError: a file cannot be read, lacks a column, or no row has a known stimulus.
        """
        if self.export is not None and self.export not in EXPORTS:
            raise UserError(f"{self.node}.export={self.export}: known are {', '.join(EXPORTS)}")
        but = [Path(table) for table in (self.but, self.file_table) if table is not None]
        files = self._filled(list_files(self.files, f"{self.node}.files", but=but), left_out)
        names = StimulusNames(stimuli)
        parts, columns = zip(*(self._read_file(number, file, names) for number, file in enumerate(files)), strict=True)
        rows = pd.concat(parts, ignore_index=True)
        if rows.empty:
            raise UserError(f"{self.node}.files: there is not a single row in {len(files)} files")
        named = self._names_of_files(files)
        rows["shown"], from_where = self._stimuli(rows, files, columns, named, names, stimuli)
        rows["observer"], who = self._observers(rows, files, columns, named, names)
        rows["block"] = _blocks(rows)
        found = match_stimuli(rows["shown"].unique(), names)
        rows["stimulus"] = rows["shown"].map(found)
        unknown = (rows["stimulus"] == "") & (rows["shown"] != "")
        if unknown.all() or (rows["stimulus"] == "").all():
            words = [word for word in found if word]
            raise UserError(
                f"{self.node}: no stimulus of {files[0].name}{_more(files)} has landmarks: {from_where} say "
                f"{shown(words) or 'nothing'}, the stimuli with landmarks are {shown([*stimuli])}"
            )
        rows["stimulus"] = rows["stimulus"].where(~unknown, rows["shown"])
        rows = left_out.drop(rows, unknown, "rows of a stimulus without landmarks")
        rows = left_out.drop(rows, rows["stimulus"] == "", "rows without a stimulus")
        rows = left_out.drop(rows, rows["observer"] == "", "rows without an observer")
        if rows.empty:
            raise UserError(f"{self.node}: no row names an observer: {self._how_to_tell('observer')}")
        rows = rows.assign(expression=self._expressions(rows, files, named, stimuli))
        exports = ", ".join(dict.fromkeys(of_file.export.name for of_file in columns))
        return rows.drop(columns="shown"), [
            f"{len(files)} {'file' if len(files) == 1 else 'files'} (columns: {exports})",
            f"observers from {who}, stimuli from {from_where}",
        ]

    def _filled(self, files: list[Path], left_out: LeftOut) -> list[Path]:
        """The files that hold anything; the others are counted."""
        empty = [file for file in files if file.stat().st_size < _SMALL and not _holds_anything(file)]
        if len(empty) == len(files):
            raise UserError(f"{self.node}.files: {files[0].name}{_more(files)}: nothing stands there")
        nothing = pd.DataFrame({"observer": "", "stimulus": [file.stem for file in empty]})
        left_out.drop(nothing, nothing["observer"] == "", "empty files")
        return [file for file in files if file not in empty]

    def _read_file(self, number: int, file: Path, names: StimulusNames) -> tuple[pd.DataFrame, Columns]:
        where = f"{self.node}: {file.name}"
        wanted = dict.fromkeys((*self.columns, *_BESIDE))
        table, columns = read_point_table(file, f"{self.node}.files", self.columns, wanted, self.export, where)
        if self.columns.get("stimulus") is None:
            columns = columns.naming("stimulus", naming_stimuli(table, columns, names))
        # Exports that were put together have their names again in the middle.
        table = table[table[columns.names["x"]] != columns.names["x"]]
        rows = pd.DataFrame({"file": np.full(len(table), number)}, index=table.index)
        for role in dict.fromkeys(("x", "y", *wanted)):
            name = columns.names.get(role)
            if role in _WORDS:
                rows[role] = table[name] if name else ""
            else:
                cells = _one_or_zero(table[name]) if name and role == "right" else table.get(name)
                rows[role] = np.nan if cells is None else as_numbers(cells, f"{where}, column {name}")
        unit = np.nan if columns.to_ms is None else columns.to_ms
        export = columns.export
        rows = rows.assign(coordinates=columns.coordinates, clock=export.clock, samples=export.samples, to_ms=unit)
        return rows, columns

    def _names_of_files(self, files: list[Path]) -> pd.DataFrame:
        if self.pattern is not None and self.file_table is not None:
            raise UserError(f"{self.node}.pattern and {self.node}.file_table both tell what files hold: give one")
        if self.pattern is not None:
            return by_pattern(files, self.pattern, f"{self.node}.pattern")
        if self.file_table is not None:
            return by_table(files, self.file_table, f"{self.node}.file_table")
        return pd.DataFrame(index=range(len(files)))

    def _stimuli(
        self,
        rows: pd.DataFrame,
        files: list[Path],
        columns: tuple[Columns, ...],
        named: pd.DataFrame,
        names: StimulusNames,
        stimuli: Mapping[str, str],
    ) -> "tuple[pd.Series[str], str]":
        """What each row says was shown, and what tells it."""
        column = _one([c.names.get("stimulus") for c in columns])
        if self.columns.get("stimulus") is not None:
            return rows["stimulus"], f"the column {column}"
        if "stimulus" in named or ("expression" in named and column is None):
            said = [
                named_stimulus(str(values.get("stimulus", "")), str(values.get("expression", "")), names, stimuli)
                for values in named.to_dict("records")
            ]
            return rows["file"].map(dict(enumerate(said))), "the names of the files"
        if column is not None and any(names.find(word) for word in rows["stimulus"].unique()):
            return rows["stimulus"], f"the column {column}"
        within = named_in_paths(files, names.within)
        if any(found for found, _ in within):
            refuse_several(files, within, names, f"{self.node}.pattern")
            said = [found or file.stem for (found, _), file in zip(within, files, strict=True)]
            return rows["file"].map(dict(enumerate(said))), "the names of the files"
        if column is None:
            raise UserError(
                f"{self.node}: nothing tells what was shown in {files[0].name}{_more(files)} (its columns: "
                f"{shown(columns[0].there)}): {self._how_to_tell('stimulus')}"
            )
        return rows["stimulus"], f"the column {column}"

    def _observers(
        self,
        rows: pd.DataFrame,
        files: list[Path],
        columns: tuple[Columns, ...],
        named: pd.DataFrame,
        names: StimulusNames,
    ) -> "tuple[pd.Series[str], str]":
        """Who each row is of, and what tells it."""
        column = _one([c.names.get("observer") for c in columns])
        if self.columns.get("observer") is None and "observer" in named:
            return rows["file"].map(named["observer"]), "the names of the files"
        if column is not None and (rows["observer"] != "").any():
            return rows["observer"], f"the column {column}"
        told = dict(enumerate(named_in_paths(files, names.within)))
        # Files of what is no stimulus do not matter.
        told = {number: of for number, of in told.items() if of[0]} or told
        observers = observers_of([words for _, words in told.values()], [found for found, _ in told.values()])
        if observers is not None:
            by_file = dict(zip(told, observers, strict=True))
            return rows["file"].map(by_file).fillna(""), "the names of the files"
        there = shown(columns[0].there)
        raise UserError(
            f"{self.node}: nothing tells who looked in {files[0].name}{_more(files)} (its columns: {there}): "
            f"{self._how_to_tell('observer')}"
        )

    def _expressions(
        self, rows: pd.DataFrame, files: list[Path], named: pd.DataFrame, stimuli: Mapping[str, str]
    ) -> "pd.Series[str]":
        """What files say that stimuli show of which the table of stimuli says nothing; empty for all others."""
        if all(stimuli[name] for name in rows["stimulus"].unique()):
            return rows["stimulus"].map(lambda _: "")
        said = rows["expression"]
        if "expression" in named:
            said = rows["file"].map(named["expression"])
        elif not said.any():
            said = rows["file"].map(
                {n: word or "" for n, (word, _) in enumerate(named_in_paths(files, expression_within))}
            )
        return said.where(rows["stimulus"].map(stimuli) == "", "")

    def _how_to_tell(self, field: str) -> str:
        return (
            f"set {self.node}.{field}_column=NAME, or {self.node}.pattern='{{observer}}_{{stimulus}}.csv' for names of "
            f"files, or {self.node}.file_table=TABLE with the columns file and {field}"
        )


def _one_or_zero(cells: "pd.Series[str]") -> "pd.Series[str]":
    words = cells.str.casefold()
    return cells.mask(words.isin(RIGHT), "1").mask(words.isin(WRONG), "0")


def _blocks(rows: pd.DataFrame) -> "pd.Series[int]":
    """Numbers the runs of one stimulus in the rows of one observer of a file; rows that name none go on as before."""
    keys = [rows["file"], rows["observer"]]
    said = rows["shown"].where(rows["shown"] != "").groupby(keys).ffill().fillna("")
    return (said != said.groupby(keys).shift()).astype(int).groupby(keys).cumsum()


def _holds_anything(file: Path) -> bool:
    return bool(file.read_bytes().strip(b"\xff\xfe\xef\xbb\xbf\0 \t\r\n"))


def _one(names: Collection[str | None]) -> str | None:
    """The name of a column that every file has; None where one lacks it."""
    return None if None in names else ", ".join(dict.fromkeys(name for name in names if name))


def _more(files: list[Path]) -> str:
    return f" and {len(files) - 1} more files" if len(files) > 1 else ""
