"""Where a user's own modules are looked for: `_target_: mynet.Net` finds `mynet.py` beside the user or the configs."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

#: Folders of a user's modules, for the processes that a command starts.
MODULES_VARIABLE = "FER_XAI_MODULES"
#: The same places in words.
PLACES = "the current folder, in and beside --config-dir, and in the folders of PYTHONPATH"


def look_beside(arguments: Sequence[str]) -> None:
    """Make modules importable that lie in the current folder, in the folder of own configs, or beside that folder.

    They come last, so that they hide nothing. The processes that this one starts find them, too.

    Args:
        arguments: of the command line.
    """
    folders = [Path.cwd()]
    for number, text in enumerate(arguments):
        switch, equals, value = text.partition("=")
        if switch in {"--config-dir", "-cd"}:
            folder = value if equals else "".join(arguments[number + 1 : number + 2])
            folders += [Path(folder).absolute(), Path(folder).absolute().parent]
    os.environ[MODULES_VARIABLE] = os.pathsep.join(dict.fromkeys(map(str, folders)))
    extend_path()


def extend_path() -> None:
    """Look for modules in the folders that the starting command has named, after all others."""
    folders = [folder for folder in os.environ.get(MODULES_VARIABLE, "").split(os.pathsep) if folder]
    sys.path.extend(folder for folder in folders if folder not in sys.path)
