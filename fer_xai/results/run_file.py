"""One kind of file in a run's folder: its name, what it holds, how it is written and read."""

import csv
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, overload

from fer_xai.errors import UserError

if TYPE_CHECKING:
    import pandas as pd


class RunFolder(Protocol):
    """Whatever knows a run's folder: `RunPaths`."""

    @property
    def dir(self) -> Path:
        """The folder."""
        ...


class RunFile:
    """A file of a run: on an instance of `RunPaths` its path, on the class itself this description.

    Args:
        file: its name.
        what: what it holds, in one sentence.
        write: writes the content to a path; None for files that other means write.
        read: reads it back.
        optional: whether a complete run may lack it.
        shared: whether it goes to others with a submission: it names no picture and no person, and shows none alone.
        lacking: what a file that is there lacks of the form that `read` takes, in words; empty for nothing. It opens
            the file and reads its head only.
    """

    def __init__(
        self,
        file: str,
        what: str,
        write: Callable[[Path, Any], None] | None = None,
        read: Callable[[Path], Any] | None = None,
        optional: bool = False,
        shared: bool = False,
        lacking: Callable[[Path], str] | None = None,
    ) -> None:
        self.file = file
        self.what = what
        self.write = write
        self.optional = optional
        self.shared = shared
        self._read = read
        self._lacking = lacking

    @overload
    def __get__(self, instance: None, owner: type) -> "RunFile": ...

    @overload
    def __get__(self, instance: RunFolder, owner: type) -> Path: ...

    def __get__(self, instance: RunFolder | None, owner: type) -> "RunFile | Path":
        return self if instance is None else instance.dir / self.file

    def lacking(self, paths: RunFolder) -> str:
        """What the file of a run lacks that is there in an earlier form, such as `no column holds`; empty for nothing.

        Raises:
            UserError: a file that is damaged.
        """
        path = paths.dir / self.file
        return self._lacking(path) if self._lacking is not None and path.exists() else ""

    def read(self, paths: RunFolder) -> Any:
        """The content; None where the file is missing and may be.

        Raises:
            UserError: a file that is missing, damaged or lacks a column.
        """
        assert self._read is not None
        path = paths.dir / self.file
        if path.exists():
            return self._read(path)
        if self.optional:
            return None
        raise UserError(f"{path} is missing: do the run again")


def table_file(
    file: str,
    what: str,
    words: Sequence[str],
    numbers: Sequence[str] = (),
    optional: bool = False,
    digits: int | None = None,
    shared: bool = False,
) -> RunFile:
    """A table as csv.

    Args:
        file: its name.
        what: what it holds, in one sentence.
        words: columns that it has to have, of text; an empty cell is an empty word.
        numbers: columns that it has to have, of numbers; an empty cell is not defined.
        optional: whether a complete run may lack it.
        digits: significant digits of what is written; None for all.
        shared: whether a submission holds it.
    """

    def write(path: Path, frame: "pd.DataFrame") -> None:
        from fer_xai.files import write_csv

        write_csv(path, frame, float_format=None if digits is None else f"%.{digits}g")

    def read(path: Path) -> "pd.DataFrame":
        import pandas as pd  # paths alone are wanted without it, too

        empty = dict.fromkeys(numbers, "")
        try:
            frame = pd.read_csv(path, dtype=dict.fromkeys(words, str), keep_default_na=False, na_values=empty)  # type: ignore[arg-type]
        except ValueError as error:
            raise UserError(f"cannot read {path}: {error}") from error
        missing = [column for column in (*words, *numbers) if column not in frame]
        if missing:
            raise UserError(f"cannot read {path}: it has no column {', '.join(missing)}; do the run again")
        wordy = [name for name in numbers if len(frame) and frame[name].dtype.kind not in "iuf"]
        if wordy:
            raise UserError(f"cannot read {path}: its column {wordy[0]} holds words, not numbers; do the run again")
        return frame

    def lacking(path: Path) -> str:
        try:
            with path.open(newline="", encoding="utf-8", errors="replace") as lines:
                columns = next(csv.reader(lines), [])
        except (OSError, csv.Error) as error:
            raise UserError(f"cannot read {path}: {error}") from error
        missing = [column for column in (*words, *numbers) if column not in columns]
        return f"no column {', '.join(missing)}" if missing else ""

    return RunFile(file, what, write, read, optional, shared, lacking)


def array_file(
    file: str,
    what: str,
    write: str,
    needs: Sequence[str],
    optional: bool = False,
    module: str = "heatmap_files",
    shared: bool = False,
) -> RunFile:
    """Arrays as netCDF.

    Args:
        file: its name.
        what: what it holds, in one sentence.
        write: name of the function that writes it.
        needs: variables that it has to have.
        optional: whether a complete run may lack it.
        module: of `fer_xai.results` that holds the function.
        shared: whether a submission holds it.
    """

    def write_arrays(path: Path, dataset: Any) -> None:
        # xarray takes a second to import.
        getattr(import_module(f"fer_xai.results.{module}"), write)(path, dataset)

    def read_arrays(path: Path) -> Any:
        from fer_xai.results.heatmap_files import read_dataset

        return read_dataset(path)

    def lacking(path: Path) -> str:
        with read_arrays(path) as dataset:
            missing = [name for name in needs if name not in dataset.variables]
        return f"no variable {', '.join(missing)}" if missing else ""

    return RunFile(file, what, write_arrays, read_arrays, optional, shared, lacking)
