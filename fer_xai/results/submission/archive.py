"""The archive itself: the same bytes for the same files, and read with every check before anything is used.

Files are stored, not compressed (arrays are compressed inside): so nothing in an archive is larger than the archive,
and its bytes do not depend on a library's version.
"""

import hashlib
import json
import shutil
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from fer_xai.errors import NewerError, UserError
from fer_xai.files import as_user_error, write_with
from fer_xai.results.submission.contents import FORMAT, MANIFEST, SCHEMA, is_member

#: The earliest time that a zip can hold.
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = stat.S_IFREG | 0o644
#: A manifest of 10,000 runs has 20 MB.
_LARGEST_MANIFEST = 100_000_000
_MOST_FILES = 200_000
_CHUNK = 1 << 20
#: What zipfile raises on archives that are damaged, encrypted or of an unknown kind.
_BROKEN = (zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError, OverflowError)


def write_archive(path: Path, folder: Path, manifest: Mapping[str, Any]) -> str:
    """Write the files of a folder and their manifest into one archive, atomically.

    Args:
        path: of the archive.
        folder: all files in it are written, by their paths in it.
        manifest: what to say beside the files' sizes and hashes.

    Returns:
        SHA-256 of the manifest: what the submission is cited by.

    Raises:
        UserError: the archive cannot be written.
    """
    names = sorted(item.relative_to(folder).as_posix() for item in folder.rglob("*") if item.is_file())
    listed: dict[str, dict[str, Any]] = {
        name: {"size": (folder / name).stat().st_size, "sha256": _sha256(folder / name)} for name in names
    }
    said = {"format": FORMAT, "schema": SCHEMA, **manifest, "files": listed}
    text = (json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()

    def write(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_entry(MANIFEST, len(text)), text)
            for name in names:
                entry = _entry(name, listed[name]["size"])
                with (folder / name).open("rb") as source, archive.open(entry, "w") as target:
                    shutil.copyfileobj(source, target, _CHUNK)

    write_with(path, write)
    return hashlib.sha256(text).hexdigest()


def _entry(name: str, size: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _TIME)
    info.file_size, info.create_system, info.external_attr = size, 3, _MODE << 16
    return info


def read_manifest(path: Path) -> tuple[dict[str, Any], str]:
    """What an archive says of itself, and the SHA-256 of that; its files are not looked at.

    Raises:
        NewerError: of a newer version.
        UserError: no archive, or no submission.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _manifest(path, archive)
    except _BROKEN as error:
        raise UserError(f"{path} is no archive that can be read: {error}; get it again") from error


def unpack(path: Path, folder: Path) -> tuple[dict[str, Any], str]:
    """Check an archive and write its files into a folder.

    Args:
        path: of the archive.
        folder: an empty one.

    Returns:
        As `read_manifest`.

    Raises:
        NewerError: of a newer version.
        UserError: no submission, one that is damaged or was changed, or a folder that cannot be written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest, digest = _manifest(path, archive)
            _check_entries(path, archive, manifest["files"])
            for name, known in manifest["files"].items():
                _unpack_one(path, archive, name, known["sha256"], folder / name)
    except _BROKEN as error:
        raise UserError(f"{path} is no archive that can be read: {error}; get it again") from error
    return manifest, digest


def _manifest(path: Path, archive: zipfile.ZipFile) -> tuple[dict[str, Any], str]:
    try:
        info = archive.getinfo(MANIFEST)
    except KeyError as error:
        raise UserError(f"{path} is no submission: it holds no {MANIFEST}; fer-xai submit makes one") from error
    if info.file_size > _LARGEST_MANIFEST:
        _refuse(path, MANIFEST, "is too large")
    if info.compress_type != zipfile.ZIP_STORED:
        _refuse(path, MANIFEST, "is compressed: the archive was packed again by another program")
    try:
        text = archive.read(info)
        said = json.loads(text)
    except (*_BROKEN, RecursionError) as error:
        raise UserError(f"{path}: {MANIFEST} cannot be read: {error}; get the archive again") from error
    if not isinstance(said, dict) or said.get("format") != FORMAT or not isinstance(said.get("schema"), int):
        _refuse(path, MANIFEST, f"is not that of a {FORMAT}")
    if said["schema"] > SCHEMA:
        raise NewerError(f"{path} has schema {said['schema']}, this version reads up to {SCHEMA}: install a newer one")
    files = said.get("files")
    if not isinstance(files, dict) or not all(_is_listed(known) for known in files.values()):
        _refuse(path, MANIFEST, "does not list its files with size and sha256")
    return said, hashlib.sha256(text).hexdigest()


def _is_listed(known: Any) -> bool:
    return isinstance(known, dict) and isinstance(known.get("size"), int) and isinstance(known.get("sha256"), str)


def _check_entries(path: Path, archive: zipfile.ZipFile, files: Mapping[str, Any]) -> None:
    """Refuse an archive whose files are not just those of its manifest, each a plain one that a submission may hold."""
    entries = [info for info in archive.infolist() if info.filename != MANIFEST]
    if len(archive.infolist()) != len({info.filename for info in archive.infolist()}):
        raise UserError(f"{path} holds a file twice: it was not made by fer-xai submit")
    if len(entries) > _MOST_FILES:
        raise UserError(f"{path} holds {len(entries)} files, at most {_MOST_FILES} are read")
    if sum(info.file_size for info in entries) > path.stat().st_size:
        raise UserError(f"{path} says that it holds more than its own size: it was not made by fer-xai submit")
    for info in entries:
        name = info.filename
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            _refuse(path, name, "is a link or no plain file")
        if not is_member(name) or info.orig_filename != name:
            _refuse(path, name, "is no file of a submission")
        if name not in files:
            _refuse(path, name, "is not in the manifest: it was added later")
        if info.compress_type != zipfile.ZIP_STORED:
            _refuse(path, name, "is compressed: the archive was packed again by another program")
        if info.file_size != files[name]["size"]:
            _refuse(path, name, f"has {info.file_size} bytes, the manifest says {files[name]['size']}")
    missing = sorted({*files} - {info.filename for info in entries})
    if missing:
        _refuse(path, missing[0], "is in the manifest and missing")


def _unpack_one(path: Path, archive: zipfile.ZipFile, name: str, known: str, target: Path) -> None:
    digest = hashlib.sha256()
    with as_user_error(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            try:
                with archive.open(name) as source:
                    while part := source.read(_CHUNK):
                        digest.update(part)
                        out.write(part)
            except (zipfile.BadZipFile, EOFError) as error:
                raise UserError(f"{path}: {name} is damaged or was edited ({error}); get the archive again") from error
    if digest.hexdigest() != known:
        raise UserError(
            f"{path}: {name} is damaged or was edited: its SHA-256 begins with {digest.hexdigest()[:12]}, the manifest "
            f"says {known[:12]}; get the archive again"
        )


def _refuse(path: Path, name: str, why: str) -> NoReturn:
    raise UserError(f"{path}: {name[:100]!r} {why}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
