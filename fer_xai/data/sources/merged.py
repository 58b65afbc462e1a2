"""Several data sets as one."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import pandas as pd

from fer_xai.data.face_table import FaceTable, left_out_rows
from fer_xai.data.sources.reader import MissingDataSet
from fer_xai.data.sources.setting import settings_of
from fer_xai.errors import UserError
from fer_xai.face.canonical import N_LANDMARKS

log = logging.getLogger(__name__)


#: For each source, what the data sets in its table are called, and what they are called beside the others.
_Names = Mapping[str, Mapping[str, str]]


class Source(Protocol):
    """Anything that reads a table of faces."""

    def read(self) -> FaceTable:
        """The table."""


def listed(source: Source) -> FaceTable:
    """The table of a source; of one that makes its pictures, before it has made them.

    Raises:
        UserError: as `read` does.
    """
    return getattr(source, "listing", source.read)()


class MergedSource:
    """Data sets one after the other, in the order of their names, so that the order of naming makes no difference.

    Ids of images begin with the name of their data set. Subjects keep their names: people are told apart by data set
    and subject together.

    Args:
        sources: the data sets by name.
        skip_missing: go on without data sets whose folder is not given or not there.
        name: of the whole.

    Raises:
        UserError: no data sets.
    """

    def __init__(self, sources: Mapping[str, Source], skip_missing: bool = False, name: str = "merged") -> None:
        if not sources:
            raise UserError("data: no data sets to merge; name them, e.g. data=[ckplus,jaffe]")
        self.sources = {str(key): sources[key] for key in sorted(sources, key=str)}
        self.skip_missing, self.name = skip_missing, name

    def read(self) -> FaceTable:
        """Read all of them.

        Raises:
            UserError: what a source raises, with its own config keys; or all are missing.
        """
        return self._read(lambda source: source.read())

    def listing(self) -> FaceTable:
        """List what `read` would, without making pictures that are not there yet.

        Raises:
            UserError: as `read` does.
        """
        return self._read(listed)

    def _read(self, read: Callable[[Source], FaceTable]) -> FaceTable:
        tables: dict[str, FaceTable] = {}
        missing: list[tuple[str, str]] = []
        for key, source in self.sources.items():
            try:
                with settings_of(key):
                    tables[key] = read(source)
            except MissingDataSet as error:
                if not self.skip_missing:
                    raise MissingDataSet(f"{error}; data.skip_missing=true goes on without it") from None
                missing.append((key, str(error)))
            except UserError as error:
                text = str(error)
                raise UserError(text if f"data.sources.{key}" in text else f"data.sources.{key}: {text}") from None
        if not tables:
            raise UserError(f"every data set is missing: {'; '.join(reason for _, reason in missing)}")
        for key, reason in missing:
            log.warning("data set %s is missing and was skipped: %s", key, reason)
        return _joined(tables, missing, _names(tables))


def _joined(tables: Mapping[str, FaceTable], missing: list[tuple[str, str]], names: _Names) -> FaceTable:
    frames = [
        table.frame.assign(image=f"{key}/" + table.frame["image"], dataset=table.frame["dataset"].replace(names[key]))
        for key, table in tables.items()
    ]
    frame = pd.concat(frames, ignore_index=True)
    for column in frame.columns:
        frame[column] = _filled(frame[column], [column in table.columns for table in frames])
    lists = [table.left_out.assign(image=f"{key}/" + table.left_out["image"]) for key, table in tables.items()]
    lists.append(left_out_rows([f"{key}/" for key, _ in missing], [f"data set missing: {why}" for _, why in missing]))
    notes = [note for table in tables.values() for note in table.notes]
    notes += [f"{key}: missing, and skipped" for key, _ in missing]
    warnings = [warning for table in tables.values() for warning in table.warnings]
    settings = {name: f"data.sources.{key}" for key in tables for name in names[key].values()}
    left_out = pd.concat(lists, ignore_index=True)
    neutral = {key: table.neutral for key, table in tables.items() if table.neutral is not None}
    return FaceTable(
        frame,
        _landmarks(tables),
        left_out,
        tuple(notes),
        tuple(warnings),
        settings,
        _joined(neutral, [], names) if neutral else None,
    )


def _names(tables: Mapping[str, FaceTable]) -> _Names:
    """What data sets are called; two that are called alike (two folders) are told apart by their keys."""
    own = {key: list(table.frame["dataset"].unique()) for key, table in tables.items()}
    several = Counter(name for names in own.values() for name in names)
    return {
        key: {name: name if several[name] == 1 else key if len(names) == 1 else f"{key}/{name}" for name in names}
        for key, names in own.items()
    }


def _filled(values: pd.Series, known: list[bool]) -> pd.Series:
    """A column that some data sets lack: not cropped, empty words, unknown numbers."""
    if all(known):
        return values
    if values.name == "cropped":
        return values.map(lambda value: value is True or value is np.True_).astype(bool)
    if pd.api.types.is_numeric_dtype(values):
        return values
    return values.fillna("")


def _landmarks(tables: Mapping[str, FaceTable]) -> np.ndarray | None:
    """Landmarks of all rows, NaN for data sets without; None if no data set has any."""
    if all(table.landmarks is None for table in tables.values()):
        return None
    unknown = [np.full((len(table), N_LANDMARKS, 2), np.nan, np.float32) for table in tables.values()]
    known = [table.landmarks for table in tables.values()]
    return np.concatenate([a if a is not None else b for a, b in zip(known, unknown, strict=True)])
