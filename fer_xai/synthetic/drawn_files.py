"""Drawn pictures as PNG files, drawn by several processes at once."""

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer_xai.errors import UserError
from fer_xai.parallel import run_parallel
from fer_xai.synthetic.picture_plan import Picture


@dataclass(frozen=True)
class Job:
    """One file to be drawn."""

    picture: Picture
    path: Path
    size: int
    rest: bool = False


def missing(jobs: Iterable[Job]) -> list[Job]:
    """Those whose file is not there yet; files are whole or absent, see `write_png`."""
    return [job for job in jobs if not job.path.is_file() or job.path.stat().st_size == 0]


def draw_files(jobs: list[Job], workers: int | None, label: str) -> None:
    """Draw files with a progress bar.

    Args:
        jobs: what to draw; existing files are replaced.
        workers: processes; None takes one per core.
        label: stands before the bar.

    Raises:
        UserError: a file cannot be written.
    """
    for folder in {job.path.parent for job in jobs}:
        _make(folder)
    for _ in run_parallel(_draw, jobs, len(jobs), label, workers, threads=False):
        pass


def _draw(job: Job) -> None:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # processes share the cores already
    try:
        write_png(job.path, job.picture.draw(job.size, shown=() if job.rest else None).image)
    finally:
        cv2.setNumThreads(threads)


def write_png(path: Path, image: np.ndarray) -> None:
    """Write an RGB image (h, w, 3) uint8; the file appears under its name when it is whole.

    Raises:
        UserError: the folder is not writable, the disk is full or the like.
    """
    _, content = cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 3])
    write_whole(path, content.tobytes())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name beside it, flush it to the disk, then rename it.

    Raises:
        UserError: the folder is not writable, the disk is full or the like.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            # mkstemp's files are for their owner alone; pictures are as open as other files here.
            Path(name).chmod(0o644)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise _cannot(path, error) from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot(folder, error) from error


def _cannot(path: Path, error: OSError) -> UserError:
    return UserError(f"cannot write {path}: {error.strerror or error}; choose another folder or make room")
