"""The cache of prepared faces: crops in one growing file, everything else about them in a database beside it.

Keyed by content, so that moved, renamed or relabelled images are not prepared again. A process that is killed loses no
more than the face that it was writing.
"""

import hashlib
import json
import logging
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from fer_xai.data.cache import writable_folder
from fer_xai.data.preparation.records import FIGURES, Face, Stored
from fer_xai.errors import UserError
from fer_xai.face.canonical import N_LANDMARKS

log = logging.getLogger(__name__)

#: Raised whenever the same pictures and settings would be prepared otherwise: older caches are then not used.
VERSION = 4
#: Raised whenever the database has other columns: older caches are then not used, and what was prepared stays the same.
LAYOUT = 2
#: So many faces lie between two points at which everything is forced to the disk.
SEAL_EVERY = 1000
#: What follows the key in a row of `faces`: where the crop begins and ends in its file, and what is known of it.
_COLUMNS = ("start", "finish", "checksum", "landmarks", *FIGURES, "reason")
_QUERY = 500
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS files (path BLOB PRIMARY KEY, size INTEGER, changed INTEGER, content TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS faces (key TEXT PRIMARY KEY, start INTEGER, finish INTEGER UNIQUE, checksum INTEGER,
    landmarks BLOB, {", ".join(f"{name} REAL" for name in FIGURES)}, reason TEXT);
CREATE TABLE IF NOT EXISTS seal (finish INTEGER);
"""


def open_store(cache: Path, settings: dict[str, Any], crop_size: int) -> "FaceStore":
    """The store for one set of preparation settings, in a folder of its own inside the cache.

    Args:
        cache: the cache folder.
        settings: all that decides what a prepared face looks like, as JSON can hold it.
        crop_size: side of a crop in pixels.

    Raises:
        UserError: the folder cannot be written to.
    """
    text = json.dumps(
        {"version": VERSION, "layout": LAYOUT, "crop_size": crop_size, **settings}, sort_keys=True, indent=1
    )
    folder = writable_folder(cache / "faces" / hashlib.sha256(text.encode()).hexdigest()[:16], "cache folder")
    try:
        (folder / "settings.json").write_text(text, encoding="utf-8")
        return FaceStore(folder)
    except (OSError, sqlite3.OperationalError) as error:
        raise UserError(f"cannot write to the cache {folder}: {error}") from None
    except sqlite3.DatabaseError as error:
        log.warning("the cache %s is damaged (%s) and is built anew", folder, error)
        for name in ("index.sqlite", "index.sqlite-journal", "crops.bin"):
            (folder / name).unlink(missing_ok=True)
        return FaceStore(folder)


class FaceStore:
    """Prepared faces by key, and the contents of files that were read before.

    Crops are appended to `crops.bin`; the row that names the place follows in the same transaction, so the database
    never names a crop that is not there, and what a killed process wrote beyond the last row is overwritten. Several
    processes may use a store at the same time: the database's write lock covers both files.

    Args:
        folder: where the two files lie.
    """

    def __init__(self, folder: Path) -> None:
        self.crops_path = folder / "crops.bin"
        self._unsealed = 0
        self._database = sqlite3.connect(folder / "index.sqlite", timeout=600, isolation_level=None)
        # A killed process cannot harm the database without syncing; for the machine's own failure there are the seals.
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.executescript(_SCHEMA)
        self.crops_path.touch()
        self._check()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._seal()
        self._database.close()

    def contents(self, files: Sequence[tuple[str, int, int]]) -> dict[str, str]:
        """Hashes of those files that have not changed since they were read.

        Args:
            files: path, size in bytes, time of the last change in nanoseconds.

        Returns:
            Path -> hash of the content, for the files that are known.
        """
        states = {os.fsencode(path): (size, changed) for path, size, changed in files}
        rows = self._select("SELECT path, size, changed, content FROM files WHERE path IN", list(states))
        return {os.fsdecode(path): content for path, *state, content in rows if states[path] == tuple(state)}

    def add_contents(self, rows: Iterable[tuple[str, int, int, str]]) -> None:
        """Remember files as rows of path, size, time of the last change in nanoseconds, hash of the content."""
        with self._transaction():
            states = ((os.fsencode(path), size, changed, content) for path, size, changed, content in rows)
            self._database.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", states)

    def missing(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys under which nothing is stored; empty keys do not count."""
        result = []
        for start in range(0, len(keys), _QUERY):
            some = [key for key in keys[start : start + _QUERY] if key]
            known = {key for (key,) in self._select("SELECT key FROM faces WHERE key IN", some)}
            result += [key for key in some if key not in known]
        return result

    def add(self, key: str, face: Face) -> None:
        """Store what was found under a key; a key that is there already keeps what it has.

        Raises:
            UserError: the disk is full, or the file cannot be written.
        """
        with self._transaction():
            if not self.missing([key]):
                return
            start = finish = checksum = landmarks = None
            if face.crop is not None and face.landmarks is not None:
                start = self._finish()
                finish = start + len(face.crop)
                checksum, landmarks = zlib.crc32(face.crop), face.landmarks.astype("<f4").tobytes()
                self._write_crop(start, face.crop)
            row = (key, start, finish, checksum, landmarks, *(getattr(face, name) for name in FIGURES), face.reason)
            self._database.execute(f"INSERT INTO faces VALUES ({','.join('?' * len(row))})", row)
        self._unsealed += 1
        if self._unsealed >= SEAL_EVERY:
            self._seal()

    def read(self, keys: Sequence[str]) -> Stored:
        """What is stored under keys: arrays with one row per key, as good as empty where the key is.

        Raises:
            KeyError: nothing is stored under a key.
        """
        stored = Stored.empty(len(keys))
        rows_of: dict[str, list[int]] = {}
        for i, key in enumerate(keys):
            if key:
                rows_of.setdefault(key, []).append(i)
        query = f"SELECT key, {', '.join(_COLUMNS)} FROM faces WHERE key IN"
        for key, start, finish, _, landmarks, *figures, reason in self._select(query, [*rows_of]):
            at = rows_of.pop(key)
            stored.reason[at] = reason
            if start is not None:
                stored.start[at], stored.length[at] = start, finish - start
                stored.landmarks[at] = np.frombuffer(landmarks, dtype="<f4").reshape(N_LANDMARKS, 2)
                stored.figures[at] = figures
        if rows_of:
            raise KeyError(next(iter(rows_of)))
        return stored

    def _select(self, query: str, values: Sequence[str | bytes]) -> Iterable[tuple[Any, ...]]:
        for start in range(0, len(values), _QUERY):
            some = values[start : start + _QUERY]
            yield from self._database.execute(f"{query} ({','.join('?' * len(some))})", some)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Hold the write lock; an exception undoes what was done."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as error:
            raise UserError(f"cannot write to the cache beside {self.crops_path}: {error}") from None

    def _finish(self) -> int:
        """Where the last crop that the database names ends in the file."""
        return self._database.execute("SELECT COALESCE(MAX(finish), 0) FROM faces").fetchone()[0]

    def _sealed(self) -> int:
        return self._database.execute("SELECT COALESCE(MAX(finish), 0) FROM seal").fetchone()[0]

    def _write_crop(self, start: int, crop: bytes) -> None:
        try:
            with self.crops_path.open("r+b") as file:
                file.seek(start)
                file.write(crop)
        except OSError as error:
            raise UserError(f"cannot write a crop to {self.crops_path}: {error.strerror or error}") from None

    def _seal(self) -> None:
        """Force the crops to the disk and note how far they reach."""
        self._unsealed = 0
        finish = self._finish()
        if finish == self._sealed():
            return
        with self.crops_path.open("r+b") as file:
            os.fsync(file.fileno())
        with self._transaction():
            self._database.execute("DELETE FROM seal")
            self._database.execute("INSERT INTO seal VALUES (?)", (finish,))

    def _check(self) -> None:
        """Drop the crops that did not reach the disk before the machine failed: those after the last seal may."""
        unsealed = "SELECT key, start, finish, checksum FROM faces WHERE finish > ?"
        rows = self._database.execute(unsealed, (self._sealed(),)).fetchall()
        if not rows:
            return
        if self._database.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("the index does not hold together")
        with self.crops_path.open("rb") as file:
            for key, start, finish, checksum in rows:
                file.seek(start)
                # A file that ends too early gives fewer bytes, and with them another sum.
                if zlib.crc32(file.read(finish - start)) != checksum:
                    self._database.execute("DELETE FROM faces WHERE key = ?", (key,))
