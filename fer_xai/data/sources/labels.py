"""From words as data sets have them to a table of the study's expressions; common to all sources."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.data.face_table import COLUMNS, FaceTable, left_out_rows
from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError
from fer_xai.expressions import SYNONYMS, expression_name, word_key

#: Words with the expressions that they mean in one data set; None drops the images that carry the word.
Words = Mapping[Any, str | None]


def make_table(
    rows: pd.DataFrame,
    words: Words,
    expressions: Sequence[str],
    where: Callable[[Any], str],
    landmarks: np.ndarray | None = None,
    left_out: pd.DataFrame | None = None,
    notes: Sequence[str] = (),
    warnings: Sequence[str] = (),
    subject_hint: str = "",
) -> FaceTable:
    """Translate the words of a data set and set aside what the study does not use.

    Left out, with the reason: expressions that are not in the study, rows that repeat another, images with two
    different expressions, rows without a file name or without an expression.

    Args:
        rows: columns image, path, expression (words of the data set), subject, dataset, and any others.
        words: words of the data set beyond those that are known.
        expressions: the expressions of the study.
        where: says where a row of `rows` stands, by its index, for messages.
        landmarks: (n, 68, 2) float32 for the rows, or None.
        left_out: columns image, reason: what has been set aside before.
        notes: what was assumed about the files.
        warnings: what a user should know before any result is trusted; that people are unknown is added here.
        subject_hint: what to do where people are unknown.

    Returns:
        The table.

    Raises:
        UserError: a word that means no known expression, or no row left.
    """
    meaning = _translate(rows["expression"], words, expressions, where)
    reason = pd.Series("", index=rows.index, dtype=object)
    dropped = ~meaning.isin(list(expressions))
    reason[dropped] = "expression not in the study: " + rows["expression"][dropped].astype(str)
    reason[rows["expression"] == ""] = "no expression given"
    twice = rows["image"].duplicated()
    reason[twice] = "listed twice"
    several = meaning.groupby(rows["image"].to_numpy()).transform("nunique") > 1
    reason[several] = "listed with different expressions"
    reason[rows["image"] == ""] = "no file name"
    kept = (reason == "").to_numpy()
    dropped_here = left_out_rows(rows["image"][~kept].tolist(), reason[~kept].tolist())
    all_left_out = dropped_here if left_out is None else pd.concat([left_out, dropped_here], ignore_index=True)
    frame = rows.assign(expression=meaning)[kept].reset_index(drop=True)
    others = [name for name in frame.columns if name not in COLUMNS]
    points = None if landmarks is None else landmarks[kept]
    all_warnings = [*warnings, *unknown_people(frame, subject_hint)]
    return FaceTable(frame[[*COLUMNS, *others]], points, all_left_out, tuple(notes), tuple(all_warnings))


def unknown_people(frame: pd.DataFrame, hint: str) -> list[str]:
    """What it means that the subjects of images are unknown, for each data set that has such images.

    Args:
        frame: columns subject and dataset.
        hint: what to do about it.
    """
    lines = []
    for name, subjects in frame.groupby("dataset", sort=False)["subject"]:
        unknown = int((subjects == "").sum())
        if unknown:
            lines.append(
                f"{name}: the subject of {unknown} of {len(subjects)} images is unknown, so training and test may show "
                f"the same people, and intervals are over images, not people; {hint}"
            )
    return lines


def text_of(name: str) -> str:
    """A file name as text: what is text in no encoding that the system knows becomes a question mark."""
    return name.encode("utf-8", "replace").decode()


def is_expression(word: str) -> bool:
    """Whether a word means an expression that is known."""
    try:
        expression_name(word)
    except UserError:
        return False
    return True


def own_words(words: Words, expressions: Sequence[str]) -> dict[str, str | None]:
    """Words beyond those that are known, by their keys: those given, and a study's classes beyond the known ones.

    Args:
        words: words with the expressions that they mean; None drops.
        expressions: the classes of the study.
    """
    classes: dict[str, str | None] = {word_key(name): name for name in expressions if name not in SYNONYMS}
    return classes | {word_key(word): meaning for word, meaning in words.items()}


def _translate(labels: pd.Series, words: Words, expressions: Sequence[str], where: Callable[[Any], str]) -> pd.Series:
    """The expression that each word means; empty where the images are to be dropped."""
    known = {"": ""}
    for word, meaning in words.items():
        try:
            known[word_key(word)] = "" if meaning is None else expression_name(meaning, classes=expressions)
        except UserError as error:
            raise UserError(
                f"{setting('words')}: '{word}' is said to mean '{meaning}': {error}; name it "
                "in `classes` to make it one"
            ) from None
    meanings: dict[str, str] = {}
    unknown: dict[str, UserError] = {}
    for word in labels.unique():
        try:
            meanings[word] = expression_name(word, known, expressions)
        except UserError as error:
            unknown[word] = error
    if unknown:
        word, first = next(iter(unknown.items()))
        row = labels.index[int((labels == word).to_numpy().argmax())]
        others = ", ".join(map(str, [*unknown][1:9]))
        also = f" (and {len(unknown) - 1} more: {others})" if others else ""
        raise UserError(f"{where(row)}: {first}{also}; {_mend(word)}")
    return labels.map(meanings)


def _mend(word: str) -> str:
    meaning = f"{setting('words')}={{{word}:EXPRESSION}}"
    # Shells split at spaces, and take some signs for themselves.
    meaning = meaning if re.fullmatch(r"\w+", word) else f"'{meaning}'"
    return f"{meaning} says what it means (null: leave its images out); name it in `classes` to make it a class"
