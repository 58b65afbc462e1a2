"""From a table of image files to crops of faces with landmarks, once, in parallel, cached by content."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.data.advice import cropping_advice
from fer_xai.data.face_table import FaceTable
from fer_xai.data.preparation.cutting import CutFaces, cut_faces
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.preparation.preparer import Preparer
from fer_xai.data.preparation.records import FIGURES, Crops
from fer_xai.data.preparation.selection import check_expressions, reasons_to_leave_out, unreadable_files
from fer_xai.data.preparation.store import VERSION, open_store
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.landmarks import Finder, GivenOrFound

log = logging.getLogger(__name__)


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
    check_settings(crop_size, margin, min_face, max_yaw, workers)
    _check_landmarks(table, finder)
    settings = {"align": align, "margin": margin, **finder.settings()}
    with open_store(cache, settings, crop_size) as store:
        cut = cut_faces(table, Preparer(finder, crop_size, margin, align), store, workers)
    reason = reasons_to_leave_out(cut, min_face, max_yaw)
    check_expressions(table, reason, expressions, all_there)
    faces = _kept(table, cut, reason, store.crops_path, settings | {"crop_size": crop_size}, expressions)
    log.info("%s", faces.summary())
    return faces


def _kept(
    table: FaceTable,
    cut: CutFaces,
    reason: np.ndarray,
    crops: Path,
    settings: Mapping[str, Any],
    expressions: Sequence[str],
) -> PreparedFaces:
    """The faces without a reason to leave them out."""
    kept = np.flatnonzero(reason == "")
    stored = cut.stored
    frame = _frame(table.frame.iloc[kept], [cut.files[i].content for i in kept], stored.figures[kept], cut.pose[kept])
    unusable = table.frame.loc[reason != "", ["image", "path"]].assign(reason=reason[reason != ""])
    return PreparedFaces(
        frame=frame,
        crops=Crops(crops, stored.start[kept], stored.length[kept], settings["crop_size"]),
        landmarks=stored.landmarks[kept],
        left_out=pd.concat([table.left_out, unusable[["image", "reason"]]], ignore_index=True),
        fingerprint=_fingerprint(frame, [cut.keys[i] for i in kept], settings),
        expressions=tuple(expressions),
        notes=table.notes,
        warnings=(*table.warnings, *unreadable_files(unusable), *cropping_advice(frame, table.settings)),
        unusable=unusable.reset_index(drop=True),
    )


def check_settings(crop_size: int, margin: float, min_face: int, max_yaw: float | None, workers: int | None) -> None:
    """Refuse settings of the preparation that cannot work, before any work.

    Args:
        crop_size: as for `prepare`, like the rest.
        margin: around the face.
        min_face: smallest face.
        max_yaw: largest turn of a head.
        workers: number of processes.

    Raises:
        UserError: naming the key, and what would be right there.
    """
    if not 32 <= crop_size <= 2048:
        raise UserError(f"prepare.crop_size={crop_size}: it is a number of pixels from 32 to 2048")
    if not 0 <= margin <= 2:
        raise UserError(f"prepare.margin={margin}: it is a share of the face from 0 to 2")
    if min_face < 0:
        raise UserError(f"prepare.min_face={min_face}: it is a number of pixels, 0 for no limit")
    if max_yaw is not None and not 0 < max_yaw <= 180:
        raise UserError(f"prepare.max_yaw={max_yaw}: it is a number of degrees up to 180, or null for no limit")
    if workers is not None and workers < 1:
        raise UserError(f"prepare.workers={workers}: it is a number of processes, or null for all cores")


def _check_landmarks(table: FaceTable, finder: Finder) -> None:
    """Refuse a finder that needs landmarks which the table does not have."""
    if finder.uses_given and table.landmarks is None:
        raise UserError(
            "landmarks=given, but the data come without landmarks: a table needs columns x0, y0 ... x67, y67 or "
            "a landmarks.csv beside it; or set landmarks=dlib"
        )


def _frame(rows: pd.DataFrame, content: list[str], figures: np.ndarray, pose: np.ndarray) -> pd.DataFrame:
    """The rows that were kept, with what preparation found out about them."""
    quality = dict(zip((*FIGURES, "yaw", "pitch", "roll"), np.hstack([figures, pose]).T, strict=True))
    return rows.assign(content=content, **quality).reset_index(drop=True)


def _fingerprint(frame: pd.DataFrame, keys: list[str], settings: Mapping[str, Any]) -> str:
    """Hash of what is learnt from: contents, labels and settings in the order of the rows, but no names of files."""
    digest = hashlib.sha256(json.dumps({"version": VERSION, **settings}, sort_keys=True).encode())
    labels = zip(keys, frame["expression"], frame["subject"], frame["dataset"], strict=True)
    for row in labels:
        digest.update(json.dumps(row).encode())
    return digest.hexdigest()
