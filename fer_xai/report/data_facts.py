"""What the page of a data set says, and `summary.json`: counts, reasons, copies, doubtful faces."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fer_xai.data.copies.picture_pairs import NEAR
from fer_xai.data.face_table import count_reasons

if TYPE_CHECKING:
    from fer_xai.data.overview import Overview

#: Why a face may be doubtful: what the page calls it, the figure that tells, its unit, and what puts the worst first.
DOUBTS: tuple[tuple[str, str, str, str], ...] = (
    ("Weakest detections", "score", "detector score", "rising"),
    ("Most blurred", "sharpness", "variance of the Laplacian", "rising"),
    ("Smallest", "size", "pixels of the file", "rising"),
    ("Turned furthest to a side", "yaw", "degrees of yaw", "by size"),
    ("Raised or lowered furthest", "pitch", "degrees of pitch", "by size"),
    ("Tilted furthest before alignment", "roll", "degrees of roll", "by size"),
    ("Least inside the picture", "inside", "share of the crop", "below 1"),
    ("Chins and jaws outside the picture", "outside", "landmarks outside, of 68", "above 0"),
)


def summary(overview: "Overview") -> dict[str, Any]:
    """The content of `summary.json`.

    Returns:
        `images` (kept), `left_out` (number), `left_out_reasons`, `subjects` (number of known people),
        `images_without_subject`, `expressions`, `datasets` and `folds` with their counts, `split_problem`,
        `split_notes`, `duplicates` (number of groups of copies), `duplicate_images` (copies by kind),
        `near_identical_images`, `duplicates_across_subjects` (groups of copies and of near-identical pictures),
        `alike_across` (groups by what they differ in), `cut_off_faces` (with landmarks outside the picture), `quality`
        (medians), `warnings`, `notes`, `fingerprint`.
    """
    faces, frame, copies = overview.faces, overview.faces.frame, overview.duplicates
    counts = frame["expression"].value_counts()
    is_copy = copies.report["kind"] != NEAR
    copied = copies.report["kind"][is_copy].value_counts()
    across = copies.count_across()
    return {
        "images": len(faces),
        "left_out": len(faces.left_out),
        "left_out_reasons": count_reasons(faces.left_out),
        "subjects": len(set(people(frame)) - {""}),
        "images_without_subject": int((frame["subject"] == "").sum()),
        "expressions": {name: int(counts.get(name, 0)) for name in faces.expressions},
        "datasets": {str(name): int(number) for name, number in frame["dataset"].value_counts(sort=False).items()},
        "folds": {str(fold): int((overview.folds == fold).sum()) for fold in range(len(overview.fold_names))},
        "split_problem": overview.split_problem,
        "split_notes": list(overview.split_notes),
        "duplicates": sum(group.kind != NEAR for group in copies.groups),
        "duplicate_images": {str(kind): int(number) for kind, number in copied.items()},
        "near_identical_images": int(copies.report["image"][~is_copy].nunique()),
        "duplicates_across_subjects": across["subjects"],
        "alike_across": {word: number for word, number in across.items() if number},
        "cut_off_faces": int((frame["outside"] > 0).sum()),
        "quality": {name: float(frame[name].median()) for _, name, _, _ in DOUBTS},
        "warnings": list(faces.warnings),
        "notes": list(faces.notes),
        "fingerprint": faces.fingerprint,
    }


def people(frame: pd.DataFrame) -> pd.Series:
    """The person of each row as DATASET/SUBJECT, empty where unknown."""
    return (frame["dataset"] + "/" + frame["subject"]).where(frame["subject"] != "", "")


def counts_by(names: Sequence[str] | pd.Series, frame: pd.DataFrame, expressions: Sequence[str]) -> pd.DataFrame:
    """Images by some name (rows) and expression (columns), with their sum, in the order in which names come."""
    table = pd.crosstab(pd.Series(np.asarray(names, dtype=object)), frame["expression"].to_numpy(object))
    table = table.reindex(columns=list(expressions), fill_value=0).reindex(list(dict.fromkeys(names)))
    return table.assign(all=table.sum(axis=1))


def contact_rows(overview: "Overview", per_expression: int, seed: int) -> dict[str, np.ndarray]:
    """Rows of faces drawn by lot for each expression, people as different as can be.

    Args:
        overview: the data set.
        per_expression: so many at most.
        seed: of the lot.

    Returns:
        Row numbers by expression.
    """
    rng, who = np.random.default_rng(seed), people(overview.faces.frame)
    chosen = {}
    for number, expression in enumerate(overview.faces.expressions):
        rows = rng.permutation(np.flatnonzero(overview.faces.labels == number))
        # The first face of everybody comes before the second of anybody.
        turn = who.iloc[rows].groupby(who.iloc[rows].to_numpy()).cumcount().to_numpy()
        unknown = (who.iloc[rows] == "").to_numpy()
        chosen[expression] = rows[np.argsort(np.where(unknown, 0, turn), kind="stable")][:per_expression]
    return chosen


def doubtful_rows(frame: pd.DataFrame, most: int) -> list[tuple[str, str, str, np.ndarray]]:
    """The faces of the worst quality.

    Args:
        frame: of the prepared faces.
        most: so many faces for each kind of doubt.

    Returns:
        Heading, column of the figure, its unit, and row numbers, the worst first; kinds without a face are missing.
    """
    doubtful = []
    for heading, name, unit, order in DOUBTS:
        values = frame[name].abs() if order == "by size" else frame[name]
        values = values[values < 0.999] if order == "below 1" else values.dropna()
        values = values[values > 0] if order == "above 0" else values
        rows = values.sort_values(ascending=order not in {"by size", "above 0"}, kind="stable").index[:most].to_numpy()
        if len(rows):
            doubtful.append((heading, name, unit, rows))
    return doubtful


def fold_words(overview: "Overview") -> str:
    """What holds for people and folds: a sentence that is true of these data."""
    frame = overview.faces.frame
    tested = frame.assign(fold=overview.folds)[overview.folds >= 0]
    unknown = int((tested["subject"] == "").sum())
    if unknown == len(tested):
        text = "Nobody is known by name here: pictures that are alike stay in one fold, but a person may be in several"
        return f"{text} folds."
    folds = tested[tested["subject"] != ""].groupby(["dataset", "subject"])["fold"].nunique()
    several = int((folds > 1).sum())
    text = f"{several} people are in several folds" if several else "No person is in two folds"
    if unknown:
        text = text.replace("No person", "No known person")
        text += f"; {unknown} images are of people who are not known by name and may be in several folds"
    return text + "."
