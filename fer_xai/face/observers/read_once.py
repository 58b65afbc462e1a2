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

#: Annotations of settings that are words or paths.
_WORDS = (str, str | None, str | Path | None)

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
        settings = _settings(cls, args, kwargs)
        key = _key(cls, settings)
        if key is None:
            return super().__call__(**settings)
        if key not in _KEPT:
            _KEPT[key] = super().__call__(**settings)
            while len(_KEPT) > _MOST:
                del _KEPT[next(iter(_KEPT))]
        return _KEPT[key]


def _settings(cls: type, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The settings by name; numbers where words are meant become these, as columns may be called by a number.

    Raises:
        UserError: something else than a word, or than true or false, where one is meant.
    """
    taken = inspect.signature(cls).parameters
    settings = dict(inspect.signature(cls).bind(*args, **kwargs).arguments)
    node = f"reference.{taken['name'].default}"
    for name, value in settings.items():
        kind = taken[name].annotation
        if kind is bool and not isinstance(value, bool):
            raise UserError(f"{node}.{name}={value}: it is true or false")
        if kind in _WORDS and value is not None and not isinstance(value, str | Path):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise UserError(f"{node}.{name}={value}: a single word or path is needed")
            settings[name] = str(value)
    return settings


def _key(cls: type, settings: Mapping[str, Any]) -> Hashable | None:
    """What the reference hangs on; None where files are not there, of which the reference itself will complain."""
    try:
        files = list_files(settings.get("files"), "files")
        for table in (settings[name] for name in ("stimuli", "file_table") if settings.get(name)):
            files += pts_files(table) or [Path(str(table)).expanduser()]
        if settings.get("pictures"):
            files += sorted(Path(str(settings["pictures"])).expanduser().iterdir())
        stamps = [(str(file.resolve()), (told := file.stat()).st_size, told.st_mtime_ns) for file in files]
    except (OSError, TypeError, UserError):
        return None
    return cls, repr(settings), tuple(stamps)
