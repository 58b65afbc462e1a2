"""Observers' data are read once by a process, for all runs of a study that it does."""

import inspect
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

from fer_xai.errors import UserError
from fer_xai.face.observers.file_names import list_files
from fer_xai.face.observers.pts_files import pts_files

#: So many references are kept: they are as large as the maps of their observers.
_MOST = 4

_KEPT: dict[Hashable, Any] = {}


class ReadOnce(type):
    """The class of references that are read from files: the same settings and unchanged files give the same object.

    Files are known by path, size and time of their last change. References are not changed once they are built.
    """

    @property
    def __signature__(cls) -> inspect.Signature:
        """What the class is built of; without this it would be what `__call__` takes."""
        built = inspect.signature(cls.__init__)  # type: ignore[misc]
        return built.replace(parameters=[*built.parameters.values()][1:])

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Build the reference, or take the one that was built of the same files."""
        key = _key(cls, args, kwargs)
        if key is None:
            return super().__call__(*args, **kwargs)
        if key not in _KEPT:
            _KEPT[key] = super().__call__(*args, **kwargs)
            while len(_KEPT) > _MOST:
                del _KEPT[next(iter(_KEPT))]
        return _KEPT[key]


def _key(cls: type, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Hashable | None:
    """What the reference hangs on; None where files are not there, of which the reference itself will complain."""
    try:
        settings = inspect.signature(cls).bind(*args, **kwargs).arguments
        files = list_files(settings.get("files"), "files")
        for table in (settings[name] for name in ("stimuli", "file_table") if settings.get(name)):
            files += pts_files(table) or [Path(str(table)).expanduser()]
        if settings.get("pictures"):
            files += sorted(Path(str(settings["pictures"])).expanduser().iterdir())
        stamps = [(str(file.resolve()), (told := file.stat()).st_size, told.st_mtime_ns) for file in files]
    except (OSError, TypeError, UserError):
        return None
    return cls, repr(settings), tuple(stamps)
