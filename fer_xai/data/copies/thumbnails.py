"""Small grey pictures and perceptual hashes of picture files, kept by content: what copies are recognised by."""

import hashlib
import io
import sqlite3
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import imagehash
import numpy as np
from PIL import Image

from fer_xai.data.preparation.image import UnreadableImage, read_image
from fer_xai.errors import UserError
from fer_xai.parallel import run_parallel

#: Pixels on each side of a thumbnail.
SIZE = 64
#: Bytes of a hash: 16 x 16 bits.
HASH_BYTES = 32

# A table of an earlier form goes: what it held is looked at again.
_SCHEMA = """DROP TABLE IF EXISTS thumbnails;
CREATE TABLE IF NOT EXISTS looks (
    content TEXT PRIMARY KEY, hash BLOB, pixels TEXT, form TEXT, picture BLOB) WITHOUT ROWID;
"""
_QUERY = 500
_BATCH = 1000


class Look(NamedTuple):
    """What is known of a picture file beside its thumbnail.

    Attributes:
        hash: perceptual hash, 32 bytes.
        pixels: hash of the decoded picture: equal for the same pixels in whatever file.
        form: how it is encoded: format, size in pixels, tables of the JPEG encoder.
    """

    hash: bytes
    pixels: str
    form: str


def thumbnail(picture: np.ndarray) -> np.ndarray:
    """A picture in 64 x 64 grey pixels, whatever its shape: resized copies look alike.

    Args:
        picture: uint8 (height, width, 3).

    Returns:
        uint8 (64, 64).
    """
    grey = Image.fromarray(picture).convert("L")
    return np.asarray(grey.resize((SIZE, SIZE), Image.Resampling.LANCZOS, reducing_gap=3.0))


def perceptual_hash(small: np.ndarray) -> np.ndarray:
    """The signs of 16 x 16 low frequencies (ImageHash's pHash): uint8 (32,), 256 bits."""
    return np.packbits(imagehash.phash(Image.fromarray(small), hash_size=16).hash)


class Thumbnails:
    """Thumbnails and hashes in a database; several processes may use it at the same time.

    Args:
        file: the database, made if it is not there.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            with closing(self._open()) as database:
                database.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            raise UserError(f"cannot write to the cache {file}: {error}") from None
        except sqlite3.DatabaseError:
            # A cache: what is damaged is made again.
            file.unlink(missing_ok=True)
            with closing(self._open()) as database:
                database.executescript(_SCHEMA)

    def add_missing(self, contents: Sequence[str], paths: Sequence[str], workers: int | None = None) -> None:
        """Look at the files that are not known yet.

        Args:
            contents: hash of each file's content.
            paths: of the files.
            workers: how many to read at once; None takes the number of cores.
        """
        known = set(self._known(contents))
        files = {content: path for content, path in zip(contents, paths, strict=True) if content not in known}
        rows = run_parallel(_look, files.items(), len(files), "Looking for copies", workers, threads=True)
        made = (row for row in rows if row is not None)
        while some := list(islice(made, _BATCH)):
            try:
                with closing(self._open()) as database, database:
                    database.executemany("INSERT OR IGNORE INTO looks VALUES (?, ?, ?, ?, ?)", some)
            except sqlite3.OperationalError as error:
                raise UserError(f"cannot write to the cache {self._file}: {error}") from None

    def looks(self, contents: Sequence[str]) -> dict[str, Look]:
        """What is known of each content that is known."""
        return {content: Look(*rest) for content, *rest in self._select("content, hash, pixels, form", contents)}

    def pictures(self, contents: Sequence[str]) -> dict[str, np.ndarray]:
        """Thumbnails, uint8 (64, 64), of the contents that are known."""
        rows = self._select("content, picture", contents)
        return {content: np.frombuffer(data, np.uint8).reshape(SIZE, SIZE) for content, data in rows}

    def _known(self, contents: Sequence[str]) -> Iterator[str]:
        return (content for (content,) in self._select("content", contents))

    def _select(self, columns: str, contents: Sequence[str]) -> Iterable[tuple]:
        with closing(self._open()) as database:
            for start in range(0, len(contents), _QUERY):
                some = contents[start : start + _QUERY]
                places = ",".join("?" * len(some))
                yield from database.execute(f"SELECT {columns} FROM looks WHERE content IN ({places})", some)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=600)


def _look(file: tuple[str, str]) -> tuple[str, bytes, str, str, bytes] | None:
    """The row of a file; None where it cannot be read any more."""
    content, path = file
    try:
        data = Path(path).read_bytes()
        picture = read_image(data)
        small = thumbnail(picture)
        pixels = hashlib.sha256(f"{picture.shape}".encode() + picture.tobytes()).hexdigest()
        return content, perceptual_hash(small).tobytes(), pixels, _form(data), small.tobytes()
    except (OSError, UnreadableImage):
        return None


def _form(data: bytes) -> str:
    """How a file is encoded, in a few words."""
    with warnings.catch_warnings():
        # As in `read_image`, which has read it by now.
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as picture:
            tables = repr(getattr(picture, "quantization", None))
            return (
                f"{picture.format} {picture.width}x{picture.height} {hashlib.sha256(tables.encode()).hexdigest()[:8]}"
            )
