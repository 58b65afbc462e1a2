"""One process that holds MediaPipe, for each that asks it: started with the first picture, ended with its asker."""

import atexit
import os
import pickle
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from threading import Lock
from typing import IO

import numpy as np

from fer_xai.errors import UserError

_PROGRAM = Path(__file__).with_name("mesh_program.py")
_TURN = Lock()


def ask(packages: str, what: str, image: np.ndarray, least: float) -> np.ndarray:
    """Ask about a picture.

    Args:
        packages: folder that holds MediaPipe and its protobuf.
        what: `faces` or `mesh`; the answers are described in `mesh_program`.
        image: uint8 (height, width, 3).
        least: least confidence of a detection, 0 to 1.

    Raises:
        UserError: the process has ended, with the last that it said.
    """
    # A process that was forked must not share its parent's: answers would go to whom did not ask.
    process, said = _started(packages, os.getpid())
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with _TURN:
            pickle.dump((what, image, least), process.stdin)
            process.stdin.flush()
            return pickle.load(process.stdout)
    except (OSError, EOFError):
        _started.cache_clear()
        said.seek(0)
        last = (said.read().decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        raise UserError(f"landmarks=mediapipe: MediaPipe in {packages} has ended: {last}") from None


@cache
def _started(packages: str, asker: int) -> tuple["subprocess.Popen[bytes]", IO[bytes]]:
    """The process, and the file that it writes its messages to."""
    said = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process lives
    # -P: files beside the program are no modules of it.
    process = subprocess.Popen(
        [sys.executable, "-P", str(_PROGRAM), packages],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=said,
        env=os.environ | {"GLOG_minloglevel": "2", "OMP_NUM_THREADS": "1"},
    )
    atexit.register(_end, process)
    return process, said


def _end(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    if process.poll() is None:
        process.stdin.close()
        process.wait()
