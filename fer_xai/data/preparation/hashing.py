"""The files of a table: which are there, and what is in them."""

import stat
import unicodedata
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from fer_xai.data.preparation.preparer import MOST_BYTES, content_of
from fer_xai.data.preparation.store import FaceStore
from fer_xai.parallel import run_parallel

#: So many files are remembered in one go.
_BATCH = 1000


class File(NamedTuple):
    """A file as it lies on the disk: path, size in bytes, time of the last change in nanoseconds."""

    path: str
    size: int
    changed: int


class Scanned(NamedTuple):
    """A file that was looked at: where it lies, the hash of its content, and the reason where it cannot be used."""

    path: str
    content: str
    reason: str


def scan(paths: list[str], store: FaceStore, workers: int | None) -> list[Scanned]:
    """Hash files, apart from those that have not changed since they were last hashed.

    Args:
        paths: absolute paths.
        store: remembers hashes.
        workers: how many files to read at once; None takes the number of cores.

    Returns:
        One for each path. Where the content is empty, the reason is not.
    """
    states = [_state(path) for path in paths]
    files = [state for state in states if isinstance(state, File)]
    known = {path: Scanned(path, content, "") for path, content in store.contents(files).items()}
    unknown = list({file.path: file for file in files if file.path not in known}.values())
    for some in _batches(run_parallel(_hash, unknown, len(unknown), "Reading images", workers, threads=True)):
        store.add_contents((*file, scanned.content) for file, scanned in some if scanned.content)
        known |= {file.path: scanned for file, scanned in some}
    return [known[state.path] if isinstance(state, File) else state for state in states]


def _batches(results: Iterator[tuple[File, Scanned]]) -> Iterator[list[tuple[File, Scanned]]]:
    while some := list(islice(results, _BATCH)):
        yield some


def _hash(file: File) -> tuple[File, Scanned]:
    try:
        return file, Scanned(file.path, content_of(file.path), "")
    except OSError as error:
        return file, Scanned(file.path, "", f"cannot be read: {error.strerror}")


def _state(path: str) -> File | Scanned:
    """The state of a file, or why it cannot be used."""
    # A file that came from another system may have the same name with its accents written otherwise than the table.
    for name in dict.fromkeys([path, unicodedata.normalize("NFC", path), unicodedata.normalize("NFD", path)]):
        try:
            status = Path(name).stat()
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            return Scanned(name, "", f"cannot be read: {getattr(error, 'strerror', None) or error}")
        if not stat.S_ISREG(status.st_mode):
            return Scanned(name, "", "cannot be read: not a file")
        if status.st_size > MOST_BYTES:
            return Scanned(name, "", f"cannot be read: larger than {MOST_BYTES >> 20} MiB")
        return File(name, status.st_size, status.st_mtime_ns)
    return Scanned(path, "", "file missing")
