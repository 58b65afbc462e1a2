"""Atomic writing: a file is either the old one or the whole new one, whatever happens in between."""

import errno
import json
import math
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_xai.errors import UserError

if TYPE_CHECKING:  # each takes a second to import, and whoever has one of theirs has imported it
    import h5py
    import pandas as pd
    import xarray as xr

_ADVICE = {
    errno.ENOSPC: "the disk is full: free some space and start again",
    errno.EDQUOT: "your disk quota is used up: free some space and start again",
    errno.EACCES: "the folder is not writable: choose another one or change its permissions",
    errno.EPERM: "the folder is not writable: choose another one or change its permissions",
    errno.EROFS: "the file system is read-only: choose another folder",
    errno.ENOTDIR: "a part of this path is a file, not a folder: choose another one",
    errno.EEXIST: "a file of this name stands where a folder is needed: choose another one",
    errno.EISDIR: "a folder of this name stands where a file is needed: choose another one",
}
#: So many signs of a word go into a file name; file systems take 255 bytes.
_LONGEST = 100
#: Nothing of a study is nested as deeply; functions that call themselves stand it.
_DEEPEST = 100


def file_name(word: str) -> str:
    """A word of any origin as part of a file name: it leads to no other folder."""
    return re.sub(r"[^\w.-]+", "_", word)[:_LONGEST].strip("._") or "x"


def user_error(error: OSError, path: Path) -> UserError:
    """The one line that tells what to do about a file that cannot be written."""
    code = error.errno if error.errno is not None else -1
    return UserError(f"cannot write {path}: {_ADVICE.get(code, error.strerror or str(error))}")


@contextmanager
def as_user_error(path: Path) -> Iterator[None]:
    """Turn every failure to write below `path` into a `UserError` that says what to do."""
    try:
        yield
    except OSError as error:
        raise user_error(error, path) from error


def write_with(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to disk, then rename it to `path`.

    Args:
        path: the file to make or to replace; missing folders are made.
        write: is given the temporary file's path.

    Raises:
        UserError: the folder is not writable, the disk is full or the like.
    """
    with as_user_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            write(temporary)
            with temporary.open("rb+") as stream:
                os.fsync(stream.fileno())
            # mkstemp makes files that only their owner may read; results are as open as the user's other files.
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_with(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes atomically."""
    write_with(path, lambda temporary: temporary.write_bytes(content))


def write_json(path: Path, content: Any) -> None:
    """Write JSON atomically; numbers that JSON lacks (NaN, infinities) become null."""
    write_text(path, json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        UserError: the file is missing or no JSON, holds a number that is not finite, or is nested too deeply.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_finite, parse_float=_finite)
        if _deeper(content, _DEEPEST):
            raise ValueError(f"it is nested more than {_DEEPEST} deep")
        return content
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path}: {error}") from error
    except RecursionError as error:
        raise UserError(f"cannot read {path}: it is nested more than {_DEEPEST} deep") from error


def _finite(text: str) -> float:
    """A number of JSON, which knows no infinity and nothing that is none, though `1e999` is read as one.

    Raises:
        ValueError: it is not finite.
    """
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text:.40} is no finite number")
    return number


def _deeper(content: Any, most: int) -> bool:
    """Whether lists and objects lie in one another more than so many deep."""
    level = [content]
    for _ in range(most + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)


def write_csv(path: Path, frame: "pd.DataFrame", *, float_format: str | None = None) -> None:
    """Write a table as UTF-8 csv without its index, atomically; NaN is an empty field."""
    write_with(path, lambda temporary: frame.to_csv(temporary, index=False, float_format=float_format))


def write_netcdf(path: Path, dataset: "xr.Dataset", encoding: dict[str, dict[str, Any]] | None = None) -> None:
    """Write a data set as netCDF 4 atomically."""
    try:
        write_with(path, lambda temporary: dataset.to_netcdf(temporary, engine="h5netcdf", encoding=encoding or {}))
    except RuntimeError as error:
        # HDF5 reports a full disk at closing in this way.
        raise UserError(f"cannot write {path}: {error}; is the disk full?") from error


@contextmanager
def open_arrays(path: Path) -> Iterator["h5py.File"]:
    """A file of arrays (HDF5) to read, all of which lie in it.

    Args:
        path: the file.

    Yields:
        The open file.

    Raises:
        UserError: an array of it lies somewhere else: whoever wrote the file could have any file of this machine read.
        OSError: the file is missing or damaged.
    """
    import h5py

    with h5py.File(path) as file:
        for name in file:
            if lies_elsewhere(file, name):
                raise UserError(f"{path}: its array {name!r} is a link, or lies in another file: it is not read")
        yield file


def lies_elsewhere(file: "h5py.File", name: str) -> bool:
    """Whether what has this name in a file of arrays is a link, or has its values in another file."""
    import h5py

    # By HDF5's own calls: analyses open thousands of files, and h5py's objects take more than twice as long.
    place = name.encode()
    if file.id.links.get_info(place).type != h5py.h5l.TYPE_HARD:
        return True
    item = h5py.h5o.open(file.id, place)
    if not isinstance(item, h5py.h5d.DatasetID):
        return False
    made = item.get_create_plist()
    return bool(made.get_external_count() or made.get_layout() == h5py.h5d.VIRTUAL)


def plain(content: Any) -> Any:
    """`content` with NumPy's scalars and arrays, paths and tuples as what JSON knows; NaN and infinities as None."""
    if isinstance(content, dict):
        return {str(key): plain(value) for key, value in content.items()}
    if isinstance(content, np.ndarray):
        return plain(content.tolist())
    if isinstance(content, list | tuple | set | frozenset):
        return [plain(value) for value in content]
    if isinstance(content, np.generic):
        return plain(content.item())
    if isinstance(content, float) and not math.isfinite(content):
        return None
    if isinstance(content, Path):
        return str(content)
    return content


def _umask() -> int:
    # The only portable way to read the mask is to set it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
