"""One process at a time does a run or trains a network; who died doing so leaves it to the next."""

import json
import logging
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from fer_xai.errors import UserError
from fer_xai.files import as_user_error, write_json
from fer_xai.results.paths import StudyPaths

log = logging.getLogger(__name__)

_LOCK, _HOLDER = ".lock", "running.json"
#: What folders in a study's own begin with that tell who prepares data.
_PREPARING = "preparing-"


@dataclass(frozen=True)
class Holder:
    """Who works in a folder.

    Attributes:
        host: name of the machine.
        pid: number of the process there.
        started: ISO time.
        device: what it works on, as far as it was known at the start.
        jobs: keys of the jobs of a sweep that it does.
    """

    host: str
    pid: int
    started: str
    device: str = ""
    jobs: tuple[str, ...] = ()


@contextmanager
def claimed(folder: Path, wait: bool = True, device: str = "", jobs: tuple[str, ...] = ()) -> Iterator[bool]:
    """Work in `folder` alone. The operating system frees what a dead process held; its leftovers are removed.

    Who is interrupted leaves word of it, as who is killed does: see `last_holder`.

    Args:
        folder: of a run or of a trained network; made if it is not there.
        wait: whether to wait for another process that works there.
        device: what this process works on, for those who look.
        jobs: keys of the jobs of a sweep that it does, likewise.

    Yields:
        Whether the folder is ours; False only where `wait` is.

    Raises:
        UserError: the folder cannot be written, or is a link to another one.
    """
    refuse_link(folder)
    with as_user_error(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not wait:
                yield False
                return
            log.info("another process works in %s: waiting for it", folder)
            lock.acquire()
    interrupted = False
    try:
        remove_leftovers(folder)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        write_json(folder / _HOLDER, asdict(Holder(socket.gethostname(), os.getpid(), now, device, jobs)))
        yield True
    except KeyboardInterrupt:
        interrupted = True
        raise
    finally:
        if not interrupted:
            (folder / _HOLDER).unlink(missing_ok=True)
        # While it is held, so that nobody waits for a file that is no longer there: see filelock's check of the inode.
        (folder / _LOCK).unlink(missing_ok=True)
        lock.release()


def refuse_link(folder: Path) -> None:
    """Refuse to write into a study's folder that is a link: it may have come with the study, and lead anywhere.

    Raises:
        UserError: it is one.
    """
    if folder.is_symlink():
        raise UserError(f"{folder} is a link to {folder.readlink()}: put the folder itself there, or delete the link")


@contextmanager
def study_claimed(study: StudyPaths) -> Iterator[None]:
    """Write what tells of a whole study (plan, analysis, report) alone, waiting for whoever is at it.

    Args:
        study: the study; its folder is made if it is not there.

    Raises:
        UserError: the folder cannot be written.
    """
    # The study as a whole may lie elsewhere, such as on a larger disk.
    with claimed(study.root.resolve()):
        for folder in (study.analysis, study.report):
            for path in folder.rglob(".*.part"):
                path.unlink(missing_ok=True)
        yield


@contextmanager
def preparing(study: StudyPaths) -> Iterator[None]:
    """Leave word that this process prepares data: the run that it does them for has no folder yet.

    Args:
        study: the study; its folder is there.
    """
    folder = study.root / f"{_PREPARING}{socket.gethostname()}-{os.getpid()}"
    try:
        with claimed(folder):
            yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def preparers(study: StudyPaths) -> list[Holder]:
    """The processes that prepare data now."""
    holders = [holder(folder) for folder in sorted(study.root.glob(f"{_PREPARING}*"))]
    return [worker for worker in holders if worker is not None]


def release_finished(study: StudyPaths) -> None:
    """Remove the claims of processes that died when they were finished, or prepared data: nobody else would."""
    for folder in study.root.glob(f"{_PREPARING}*"):
        # Without the second, it may be of a process that is just about to hold it.
        if holder(folder) is None and last_holder(folder) is not None:
            shutil.rmtree(folder, ignore_errors=True)
    for record in (*study.runs.glob("*/run.json"), *study.trained.glob("*/record.json")):
        if (record.parent / _HOLDER).exists() or (record.parent / _LOCK).exists():
            with claimed(record.parent, wait=False):
                pass


def holder(folder: Path) -> Holder | None:
    """Who works in `folder` now; None if nobody does, even where a process died there."""
    last = last_holder(folder)
    if last is None:
        return None
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except OSError:
        # Held (a time-out is an OSError), or somebody else's folder, of which only its owner could tell more.
        return last
    lock.release()
    return None


def last_holder(folder: Path) -> Holder | None:
    """Who works in `folder`, or died when at it; None if the last one ended well."""
    try:
        return Holder(**json.loads((folder / _HOLDER).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files that a dead process left; for who holds the folder only."""
    for path in folder.glob(".*.part"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
