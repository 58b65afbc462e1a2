"""What preparation gives: faces that can be learnt from."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fer_xai.data.face_table import count_reasons, no_rows
from fer_xai.data.neutral_faces import NeutralFaces
from fer_xai.data.preparation.records import Crops


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
        neutral: neutral faces of the same people, which are shown in place of what is hidden; None if none are kept.
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
    neutral: NeutralFaces | None = None

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
