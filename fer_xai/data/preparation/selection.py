"""Which prepared pictures are kept, and what to say of the others."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_xai.data.face_table import FaceTable, count_reasons, examples_of_reasons, left_out_rows, why_left_out
from fer_xai.data.preparation.cutting import CutFaces
from fer_xai.data.preparation.records import FIGURES
from fer_xai.errors import UserError


def reasons_to_leave_out(faces: CutFaces, min_face: int, max_yaw: float | None) -> np.ndarray:
    """Why each image is left out: (n,) strings, empty for those that are kept."""
    reason = np.array([file.reason for file in faces.files], dtype=object) + faces.stored.reason
    size = faces.stored.figures[:, FIGURES.index("size")]
    reason[(reason == "") & (size < min_face)] = f"face smaller than {min_face} pixels"
    if max_yaw is not None:
        profile = np.abs(faces.pose[:, 0]) > max_yaw
        reason[(reason == "") & profile] = f"profile view: turned by more than {max_yaw:g} degrees"
    return reason


def unreadable_files(left_out: pd.DataFrame) -> list[str]:
    """What to say of files that are missing or broken: no choice left these out."""
    lost = left_out[left_out["reason"].str.match("file missing|cannot be read")]
    if lost.empty:
        return []
    return [f"{len(lost)} images could not be read {_why(lost['image'].to_numpy(), lost['reason'].to_numpy())}"]


def check_expressions(table: FaceTable, reason: np.ndarray, expressions: Sequence[str], all_there: bool) -> None:
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
