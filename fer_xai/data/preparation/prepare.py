"""From a table of image files to crops of faces with landmarks, once, in parallel, cached by content."""

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import filelock
import numpy as np
import pandas as pd

from fer_xai.data.advice import cropping_advice
from fer_xai.data.face_table import FaceTable, count_reasons, examples_of_reasons, left_out_rows, no_rows, why_left_out
from fer_xai.data.preparation.hashing import Scanned, scan
from fer_xai.data.preparation.head_pose import head_pose
from fer_xai.data.preparation.preparer import Preparer, Task
from fer_xai.data.preparation.records import FIGURES, Crops, Stored
from fer_xai.data.preparation.store import VERSION, FaceStore, open_store
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.landmarks import Finder, GivenOrFound
from fer_xai.parallel import run_parallel

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PreparedFaces:
    """Faces that can be learnt from.

    Attributes:
        frame: rows of the table that were kept, index 0..n-1, in the order of the table: its columns, and `content`
            (SHA-256 of the file), `score` (of the detector), `size` (of the face, pixels of the file), `sharpness`,
            `inside` (share of the crop inside the picture), `turned` (degrees by which the crop is turned in the
            picture), `outside` (number of landmarks outside the picture), `crop_left`, `crop_top`, `crop_side` (where
            it was cut out, pixels of the picture), `yaw`, `pitch`, `roll` (of the head in the picture, degrees).
        crops: `crops[i]` is uint8 (S, S, 3), read from the disk.
        landmarks: float32 (n, 68, 2) in pixels of the crop.
        left_out: columns image, reason: everything that was set aside, by the source or here.
        unusable: columns image, path, reason: what was set aside here, and where it lies.
        fingerprint: SHA-256 in hexadecimal digits over contents, labels and settings, not over paths or names of files.
        expressions: names of the classes, in the order of the labels.
        notes: what the source assumed about the files, one sentence each.
        warnings: what a user should know before any result is trusted, one sentence each.
    """

    frame: pd.DataFrame
    crops: Crops
    landmarks: np.ndarray
    left_out: pd.DataFrame
    fingerprint: str
    expressions: tuple[str, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unusable: pd.DataFrame = field(default_factory=lambda: no_rows().assign(path=""))

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def labels(self) -> np.ndarray:
        """(n,) int64, place of each row's expression in `expressions`."""
        return pd.Categorical(self.frame["expression"], list(self.expressions)).codes.astype(np.int64)

    def summary(self) -> str:
        """One line: how many faces there are, how many images were left out, and why."""
        reasons = ", ".join(f"{kind} {number}" for kind, number in count_reasons(self.left_out).items())
        out = f"{len(self.left_out)} images left out" + (f" ({reasons})" if reasons else "")
        return f"{len(self)} faces, {out}"


def prepare(
    table: FaceTable,
    finder: Finder,
    cache: Path,
    crop_size: int = 224,
    align: bool = True,
    margin: float = 0.06,
    min_face: int = 24,
    max_yaw: float | None = 50.0,
    workers: int | None = None,
    expressions: Sequence[str] = EXPRESSIONS,
    all_there: bool = True,
) -> PreparedFaces:
    """Find, cut out and cache the face of every image of a table; images without one are left out.

    What has been done before, also by a run that was killed, is not done again. Another process that prepares the same
    images is waited for.

    Pictures that are faces cut out already (column `cropped` of the table) are taken whole: their landmarks are placed
    in the whole square, without detection, margin or alignment.

    Args:
        table: the images.
        finder: finds the face and its landmarks.
        cache: the cache folder.
        crop_size: side of a crop in pixels, 32 to 2048.
        align: turn crops so that the line between the middles of the eyes is level.
        margin: around the face, as a share of its longer side, 0 to 2.
        min_face: faces whose longer side is shorter (pixels of the file, between outermost landmarks) are left out.
        max_yaw: heads turned further to a side (degrees, as the landmarks tell, either way) are left out as profile
            views; None keeps all.
        workers: processes; None takes all cores.
        expressions: the expressions of the study.
        all_there: every expression must have a usable image; False to look at data as they are.

    Returns:
        The faces.

    Raises:
        UserError: settings out of range, no landmarks where the finder needs them, a landmark model that is none, an
            expression without any usable image (or no usable image at all), a cache that cannot be written.
    """
    if isinstance(finder, GivenOrFound):
        finder = finder.finder_for(table.landmarks)
    _check(table, finder, crop_size, margin, max_yaw, workers)
    settings = {"align": align, "margin": margin, **finder.settings()}
    cropped = table.frame["cropped"].to_numpy(bool) if "cropped" in table.frame.columns else np.zeros(len(table), bool)
    given = table.landmarks if finder.uses_given else None
    with open_store(cache, settings, crop_size) as store:
        scanned = scan(table.frame["path"].tolist(), store, workers)
        keys = [_key(file.content, given, bool(cropped[row]), row) for row, file in enumerate(scanned)]
        _compute(keys, scanned, given, cropped, Preparer(finder, crop_size, margin, align), store, workers)
        stored = store.read(keys)
    pose = head_pose(stored.landmarks)
    pose[:, 2] += stored.figures[:, FIGURES.index("turned")]
    reason = _reasons(scanned, stored, pose, min_face, max_yaw)
    _check_expressions(table, reason, expressions, all_there)
    kept = np.flatnonzero(reason == "")
    frame = _frame(table.frame.iloc[kept], [scanned[i].content for i in kept], stored.figures[kept], pose[kept])
    unusable = table.frame.loc[reason != "", ["image", "path"]].assign(reason=reason[reason != ""])
    faces = PreparedFaces(
        frame=frame,
        crops=Crops(store.crops_path, stored.start[kept], stored.length[kept], crop_size),
        landmarks=stored.landmarks[kept],
        left_out=pd.concat([table.left_out, unusable[["image", "reason"]]], ignore_index=True),
        fingerprint=_fingerprint(frame, [keys[i] for i in kept], settings | {"crop_size": crop_size}),
        expressions=tuple(expressions),
        notes=table.notes,
        warnings=(*table.warnings, *_lost(unusable), *cropping_advice(frame, table.settings)),
        unusable=unusable.reset_index(drop=True),
    )
    log.info("%s", faces.summary())
    return faces


def _check(
    table: FaceTable, finder: Finder, crop_size: int, margin: float, max_yaw: float | None, workers: int | None
) -> None:
    """Refuse settings that cannot work, before any work."""
    if not 32 <= crop_size <= 2048:
        raise UserError(f"prepare.crop_size is {crop_size}: it is a number of pixels from 32 to 2048")
    if not 0 <= margin <= 2:
        raise UserError(f"prepare.margin is {margin}: it is a share of the face from 0 to 2")
    if max_yaw is not None and not 0 < max_yaw <= 180:
        raise UserError(f"prepare.max_yaw is {max_yaw}: it is a number of degrees up to 180, or null for no limit")
    if workers is not None and workers < 1:
        raise UserError(f"prepare.workers is {workers}: it is a number of processes, or null for all cores")
    if finder.uses_given and table.landmarks is None:
        raise UserError(
            "landmarks=given, but the data come without landmarks: a table needs columns x0, y0 ... x67, y67 or "
            "a landmarks.csv beside it; or set landmarks=dlib"
        )


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


def _reasons(
    scanned: Sequence[Scanned], stored: Stored, pose: np.ndarray, min_face: int, max_yaw: float | None
) -> np.ndarray:
    """Why each image is left out: (n,) strings, empty for those that are kept."""
    reason = np.array([file.reason for file in scanned], dtype=object) + stored.reason
    size = stored.figures[:, FIGURES.index("size")]
    reason[(reason == "") & (size < min_face)] = f"face smaller than {min_face} pixels"
    if max_yaw is not None:
        profile = np.abs(pose[:, 0]) > max_yaw
        reason[(reason == "") & profile] = f"profile view: turned by more than {max_yaw:g} degrees"
    return reason


def _lost(left_out: pd.DataFrame) -> list[str]:
    """What to say of files that are missing or broken: no choice left these out."""
    lost = left_out[left_out["reason"].str.match("file missing|cannot be read")]
    if lost.empty:
        return []
    return [f"{len(lost)} images could not be read {_why(lost['image'].to_numpy(), lost['reason'].to_numpy())}"]


def _check_expressions(table: FaceTable, reason: np.ndarray, expressions: Sequence[str], all_there: bool) -> None:
    """Every expression of the study needs an image, or at least one of them does."""
    frame = table.frame
    # Of a file that is missing the path is told that was tried.
    names = frame["image"].where(~pd.Series(reason).str.startswith("file missing"), frame["path"]).to_numpy(object)
    if not (reason == "").any():
        raise UserError(f"none of {len(reason)} images can be used {_why(names, reason)}")
    for expression in expressions if all_there else ():
        rows = (frame["expression"] == expression).to_numpy()
        if not (reason[rows] == "").any():
            why = (
                _why(names[rows], reason[rows]) if rows.any() else f"(none in the table) {why_left_out(table.left_out)}"
            )
            raise UserError(f"no usable image of {expression} {why.strip()}; add images, or leave it out of `classes`")


def _why(names: np.ndarray, reason: np.ndarray) -> str:
    """Reasons with their numbers, and an example of each."""
    left_out = left_out_rows(names.tolist(), reason.tolist())
    counts = ", ".join(f"{kind} {number}" for kind, number in count_reasons(left_out).items())
    return f"({counts}), e.g. {examples_of_reasons(left_out)}"


def _frame(rows: pd.DataFrame, content: list[str], figures: np.ndarray, pose: np.ndarray) -> pd.DataFrame:
    """The rows that were kept, with what preparation found out about them."""
    quality = dict(zip((*FIGURES, "yaw", "pitch", "roll"), np.hstack([figures, pose]).T, strict=True))
    return rows.assign(content=content, **quality).reset_index(drop=True)


def _fingerprint(frame: pd.DataFrame, keys: list[str], settings: dict[str, object]) -> str:
    """Hash of what is learnt from: contents, labels and settings in the order of the rows, but no names of files."""
    digest = hashlib.sha256(json.dumps({"version": VERSION, **settings}, sort_keys=True).encode())
    labels = zip(keys, frame["expression"], frame["subject"], frame["dataset"], strict=True)
    for row in labels:
        digest.update(json.dumps(row).encode())
    return digest.hexdigest()
