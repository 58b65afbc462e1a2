"""Where computed things are kept between runs: prepared faces, drawn faces."""

import os
import tempfile
from pathlib import Path

import platformdirs

from fer_xai.errors import UserError

#: Environment variable that names the cache folder where the configuration does not.
CACHE_VARIABLE = "FER_XAI_CACHE"


def cache_dir(configured: str | Path | None = None) -> Path:
    """The cache folder, made if it is not there.

    Args:
        configured: the folder that the configuration names, or None.

    Returns:
        Absolute path: `configured`, else what the environment variable FER_XAI_CACHE says, else the user's cache
        folder of the system with `fer_xai` in it.

    Raises:
        UserError: the folder cannot be made or written to.
    """
    chosen = configured or os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_path("fer_xai")
    return writable_folder(Path(chosen), f"cache folder (cache_dir or {CACHE_VARIABLE})")


def writable_folder(folder: Path, what: str) -> Path:
    """Make a folder, with its parents, and see that files can be written into it.

    Args:
        folder: the folder; `~` means the user's home.
        what: what the folder is for, as the error message calls it.

    Returns:
        The absolute path.

    Raises:
        UserError: the folder cannot be made or written to.
    """
    folder = folder.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Asking for permissions is not enough: a read-only file system grants them to root.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(f"cannot write into the {what} {folder}: {error.strerror or error}") from None
    return folder
