"""A run in a process of its own, side by side with others: what it prints and how far it is, another process shows."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fer_xai.parallel import end_with
from fer_xai.progress import FILE_VARIABLE, tell

#: Environment variables by which a launcher's process knows that its runs are shown, in which folder, and by whom.
FOLDER_VARIABLE, PARENT_VARIABLE = "FER_XAI_SHOWN", "FER_XAI_SHOWN_BY"
#: What a run tells last.
ENDED = "ended"


def is_shown() -> bool:
    """Whether this process does runs for one that shows them."""
    return FOLDER_VARIABLE in os.environ and os.environ[PARENT_VARIABLE] != str(os.getpid())


@contextmanager
def shown_run(key: str, threads: int | None) -> Iterator[None]:
    """Do a run so that the process that shows it has its words and its progress; elsewhere nothing changes.

    Args:
        key: of the run's job.
        threads: what is said of the run's threads; None for its share of the cores.
    """
    if not is_shown():
        yield
        return
    folder = Path(os.environ[FOLDER_VARIABLE])
    end_with(int(os.environ[PARENT_VARIABLE]), folder)
    # An interruption at the terminal reaches all its processes: the one that shows the runs ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _write_into(folder / f"{key}.out")
    os.environ[FILE_VARIABLE] = str(folder / f"{key}.json")
    tell("starting")
    from fer_xai.run.threads import limited_threads

    cores = os.environ.get("OMP_NUM_THREADS", "")
    try:
        # The launcher has said it by variables, which OpenCV does not look at.
        with limited_threads(int(cores) if threads is None and cores.isdigit() else None):
            yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        tell(ENDED)


def _write_into(path: Path) -> None:
    """Let everything that this process and its children print go into a file, whatever prints it."""
    sys.stdout.flush()
    sys.stderr.flush()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(file, descriptor)
    os.close(file)
