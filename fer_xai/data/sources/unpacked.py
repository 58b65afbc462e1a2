"""Pictures that come inside other files: written once, as files of their own, into the cache."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import filelock

from fer_xai.data.cache import writable_folder
from fer_xai.errors import UserError


def unpacked(file: Path, cache: Path, kind: str, form: str, write: Callable[[Path], object]) -> Path:
    """The folder that a file's pictures were written into, or are written into now.

    It is named by the content of the file and appears all at once: a process that is killed leaves nothing that another
    takes for whole.

    Args:
        file: that holds them.
        cache: the cache folder.
        kind: name of a folder in it.
        form: what else decides what is written, as a part of the folder's name.
        write: is given a folder to fill.

    Raises:
        UserError: the file cannot be read, or the cache cannot be written.
    """
    try:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    above = writable_folder(cache / kind, "cache folder")
    folder = above / f"{digest[:24]}-{form}"
    with filelock.FileLock(above / f"{folder.name}.lock"):
        if not folder.is_dir():
            part = above / f"{folder.name}.part"
            shutil.rmtree(part, ignore_errors=True)
            try:
                part.mkdir()
                write(part)
                part.rename(folder)
            except OSError as error:
                raise UserError(f"cannot write into the cache folder {above}: {error.strerror or error}") from None
    return folder
