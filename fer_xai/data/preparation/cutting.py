"""Faces that the store does not hold yet are cut out, in parallel, by one process at a time."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import filelock
import numpy as np

from fer_xai.data.face_table import FaceTable
from fer_xai.data.preparation.hashing import Scanned, scan
from fer_xai.data.preparation.head_pose import head_pose
from fer_xai.data.preparation.preparer import Preparer, Task
from fer_xai.data.preparation.records import FIGURES, Stored
from fer_xai.data.preparation.store import FaceStore
from fer_xai.parallel import run_parallel

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CutFaces:
    """The faces of a table's images, those that have none included.

    Attributes:
        files: what is known of each file.
        keys: what each face is stored under; empty for files that cannot be read.
        stored: what the store holds of them.
        pose: (n, 3) yaw, pitch and roll of the head in the picture, degrees.
    """

    files: list[Scanned]
    keys: list[str]
    stored: Stored
    pose: np.ndarray


def cut_faces(table: FaceTable, preparer: Preparer, store: FaceStore, workers: int | None) -> CutFaces:
    """Have the face of every image in the store, and read what there is of it but for the crops.

    Args:
        table: the images.
        preparer: finds and cuts out one face.
        store: where they are kept.
        workers: processes; None takes all cores.
    """
    scanned = scan(table.frame["path"].tolist(), store, workers)
    cropped = table.frame["cropped"].to_numpy(bool) if "cropped" in table.frame.columns else np.zeros(len(table), bool)
    given = table.landmarks if preparer.finder.uses_given else None
    keys = [_key(file.content, given, bool(cropped[row]), row) for row, file in enumerate(scanned)]
    _compute(keys, scanned, given, cropped, preparer, store, workers)
    stored = store.read(keys)
    pose = head_pose(stored.landmarks)
    pose[:, 2] += stored.figures[:, FIGURES.index("turned")]
    return CutFaces(scanned, keys, stored, pose)


def _key(content: str, landmarks: np.ndarray | None, cropped: bool, row: int) -> str:
    """What a prepared face is stored under: the file's content, landmarks where given, and if it is cut out already."""
    if not content or (landmarks is None and not cropped):
        return content
    digest = hashlib.sha256(content.encode())
    if landmarks is not None:
        digest.update(landmarks[row].astype("<f4").tobytes())
    if cropped:
        digest.update(b"cropped")
    return digest.hexdigest()


def _compute(
    keys: list[str],
    scanned: Sequence[Scanned],
    given: np.ndarray | None,
    cropped: np.ndarray,
    preparer: Preparer,
    store: FaceStore,
    workers: int | None,
) -> None:
    """Prepare what the store does not hold yet: files, the keys to store them under, landmarks that came with them."""
    missing = store.missing(keys)
    if not missing:
        return
    preparer.finder.check()
    with _turn(store, keys):
        # While this process waited, another one may have done some of it.
        wanted = set(store.missing(missing))
        rows = {key: row for row, key in enumerate(keys) if key in wanted}
        tasks = (
            Task(key, scanned[row].path, None if given is None else given[row], bool(cropped[row]))
            for key, row in rows.items()
        )
        for key, face in run_parallel(preparer, tasks, len(rows), "Finding faces", workers, threads=False):
            store.add(key, face)


@contextmanager
def _turn(store: FaceStore, keys: Sequence[str]) -> Iterator[None]:
    """Wait until no other process prepares the same images: runs of a study start together and share the work."""
    name = hashlib.sha256("".join(sorted(set(keys))).encode()).hexdigest()[:16]
    lock = filelock.FileLock(store.crops_path.with_name(f"{name}.lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        log.info("another process prepares the same images: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
