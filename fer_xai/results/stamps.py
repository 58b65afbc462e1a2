"""Whether a file is still the one that was written: by its size and time at once, by its content if these differ."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Stamp = dict[str, Any]


def stamp(path: Path) -> Stamp:
    """What a file is known by: `size` in bytes, `mtime_ns`, `sha256` of its content."""
    status = path.stat()
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": _sha256(path)}


def stamps(paths: Iterable[Path]) -> dict[str, Stamp]:
    """The stamps of files by their names."""
    return {path.name: stamp(path) for path in sorted(paths)}


def is_intact(path: Path, known: Stamp) -> bool:
    """Whether a file has the content that it had when it was stamped; a copied or touched file has."""
    try:
        status = path.stat()
        if status.st_size != known.get("size"):
            return False
        return status.st_mtime_ns == known.get("mtime_ns") or _sha256(path) == known.get("sha256")
    except OSError:
        return False


def damaged(folder: Path, known: Mapping[str, Stamp]) -> list[str]:
    """Names of the stamped files in `folder` that are missing or hold something else."""
    return [name for name, one in known.items() if not is_intact(folder / name, one)]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
