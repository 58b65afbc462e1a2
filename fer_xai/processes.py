"""Processes that work for another one end when it ends, however it does."""

import os
import shutil
import threading
import time
from functools import cache
from pathlib import Path


@cache
def end_with(parent: int, leftovers: Path | None = None) -> None:
    """End this process, once in its life, when the process that it works for is gone.

    Args:
        parent: number of that process.
        leftovers: a folder of temporary files of that process, which would have removed it.
    """

    def watch() -> None:
        while _is_alive(parent):
            time.sleep(0.5)
        if leftovers is not None:
            shutil.rmtree(leftovers, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    # A dead process whose parent has not looked yet still has its number.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True
