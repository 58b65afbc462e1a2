"""The table of faces that every source reads: which image shows which expression of whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fer_xai.errors import UserError
from fer_xai.face.canonical import N_LANDMARKS

#: Columns that every table has, in this order; what a source knows beyond them follows.
COLUMNS: tuple[str, ...] = ("image", "path", "expression", "subject", "dataset")


#: Kinds of reasons that are no loss: nobody asked for these images, or they are there already.
NOT_ASKED_FOR = frozenset(
    {
        "expression not in the study",
        "angle not in data.angles",
        "highest rating below data.min_rating",
        "another file of the same image",
        "listed twice",
    }
)


def no_rows() -> pd.DataFrame:
    """An empty list of images that were left out."""
    return left_out_rows([], [])


def left_out_rows(images: list[str], reasons: list[str]) -> pd.DataFrame:
    """A list of images that were left out, as columns image, reason.

    Args:
        images: ids of the images.
        reasons: one for each image; what comes before the first colon is the kind of reason, by which it is counted.
    """
    return pd.DataFrame({"image": pd.Series(images, dtype=str), "reason": pd.Series(reasons, dtype=str)})


@dataclass(frozen=True)
class FaceTable:
    """Labelled images as a source found them, before any of them is opened.

    Attributes:
        frame: one row per image, index 0..n-1, with the columns `image` (id, unique in the table), `path` (absolute
            path of the file), `expression`, `subject` (empty where unknown; named per data set) and `dataset`;
            further columns as they come: `cropped` (bool: the picture is a face cut out
            already), `usage` (train, validation, test or empty: the official split), `intensity`, `angle`, `frame` ...
        landmarks: float32 (n, 68, 2), x before y, in pixels of the image files as they are displayed (after EXIF
            orientation), pixel centres at whole numbers; rows of NaN where an image has none. None if none are known.
        left_out: columns image, reason: what the source has already set aside.
        notes: what the source assumed about the files, one sentence each.
        warnings: what a user should know before any result is trusted, one sentence each.
        settings: name of a data set (column `dataset`) -> the config node that it comes from, where that is not `data`.
        neutral: neutral faces of the same people, which are shown in place of what is hidden and are no images of the
            data set; None if none were asked for.

    Raises:
        UserError: no row is left, or an id occurs twice.
        ValueError: columns are missing, or the landmarks have another shape (a mistake in a source, not of a user).
    """

    frame: pd.DataFrame
    landmarks: np.ndarray | None = None
    left_out: pd.DataFrame = field(default_factory=no_rows)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    neutral: "FaceTable | None" = None

    def __post_init__(self) -> None:
        missing = [name for name in COLUMNS if name not in self.frame.columns]
        if missing:
            raise ValueError(f"a table of faces needs the columns {', '.join(missing)}")
        if self.landmarks is not None and self.landmarks.shape != (len(self.frame), N_LANDMARKS, 2):
            raise ValueError(f"landmarks must be ({len(self.frame)}, {N_LANDMARKS}, 2), not {self.landmarks.shape}")
        if self.frame.empty:
            raise UserError(f"no image of the expressions of the study {why_left_out(self.left_out)}".strip())
        twice = self.frame["image"].duplicated()
        if twice.any():
            raise UserError(f"image '{self.frame['image'][twice].iloc[0]}' occurs twice: ids of images must be unique")

    def __len__(self) -> int:
        return len(self.frame)


def count_reasons(left_out: pd.DataFrame) -> dict[str, int]:
    """How many images were left out for each kind of reason (what comes before the first colon), the worst first.

    Images that were asked for and could not be used come before those that nobody asked for, each kind by its number.

    Args:
        left_out: columns image, reason.

    Returns:
        Kind of reason -> number of images.

    Examples:
        >>> count_reasons(left_out_rows(["a.png", "b.png"], ["no face found", "cannot be read: empty file"]))
        {'no face found': 1, 'cannot be read': 1}
    """
    counts = reason_kinds(left_out).value_counts(sort=True)
    return {str(kind): int(counts[kind]) for kind in sorted(counts.index, key=lambda kind: kind in NOT_ASKED_FOR)}


def reason_kinds(left_out: pd.DataFrame) -> pd.Series:
    """The kind of reason of each row of columns image, reason."""
    return left_out["reason"].str.split(":").str[0]


def why_left_out(left_out: pd.DataFrame) -> str:
    """How many images were left out for each kind of reason, the worst first, and one of each: for messages.

    Args:
        left_out: columns image, reason.

    Returns:
        Empty if nothing was left out.

    Examples:
        >>> why_left_out(left_out_rows(["a.png", "b.png", "c.png"], ["no face", "bad: empty file", "no face"]))
        '(left out: 2 no face, 1 bad), e.g. a.png: no face; b.png: bad: empty file'
    """
    if left_out.empty:
        return ""
    counts = ", ".join(f"{number} {kind}" for kind, number in count_reasons(left_out).items())
    return f"(left out: {counts}), e.g. {examples_of_reasons(left_out)}"


def examples_of_reasons(left_out: pd.DataFrame) -> str:
    """One image of each kind of reason with the whole of its reason, the worst kind first: for messages."""
    kinds = reason_kinds(left_out)
    first = [left_out[(kinds == kind).to_numpy()].iloc[0] for kind in count_reasons(left_out)]
    return "; ".join(f"{row['image'] or 'a row'}: {row['reason']}" for row in first)
