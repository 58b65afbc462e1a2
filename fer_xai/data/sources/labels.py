"""From words as data sets have them to a table of the study's expressions; common to all sources."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.data.face_table import COLUMNS, FaceTable, left_out_rows
from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError
from fer_xai.expressions import SYNONYMS, expression_name, is_known_word, word_key

#: Columns by which readers tell `make_table` something, and which no user's table has a say in.
INTERNAL = ("rest_only",)
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
    keep_rest: bool = False,
) -> FaceTable:
    """Translate the words of a data set and set aside what the study does not use.

    Left out, with the reason: expressions that are not in the study, rows that repeat another, images with two
    different expressions, rows without a file name or without an expression.

    Args:
        rows: columns image, path, expression (words of the data set), subject, dataset, and any others. Rows that are
            true in the column `rest_only`, if there is one, are read for `keep_rest` alone.
        words: words of the data set beyond those that are known.
        expressions: the expressions of the study.
        where: says where a row of `rows` stands, by its index, for messages.
        landmarks: (n, 68, 2) float32 for the rows, or None.
        left_out: columns image, reason: what has been set aside before.
        notes: what was assumed about the files.
        warnings: what a user should know before any result is trusted; that people are unknown is added here.
        subject_hint: what to do where people are unknown.
        keep_rest: keep the neutral images of known people apart, whether neutral is in the study or not.

    Returns:
        The table.

    Raises:
        UserError: a word that means no known expression, no row left, or no neutral image where they are to be kept.
    """
    meaning = _translate(rows["expression"], words, expressions, where)
    reason = pd.Series("", index=rows.index, dtype=object)
    neutral = (keep_rest & (meaning == "neutral") & (rows["subject"] != "")).to_numpy(bool)
    rest_only = rows["rest_only"].to_numpy(bool) if "rest_only" in rows.columns else np.zeros(len(rows), bool)
    shown = meaning.isin(list(expressions)).to_numpy() & ~rest_only
    dropped = ~shown & ~neutral
    reason[dropped] = "expression not in the study: " + rows["expression"][dropped].astype(str)
    reason[rows["expression"] == ""] = "no expression given"
    twice = rows["image"].duplicated()
    reason[twice] = "listed twice"
    several = meaning.groupby(rows["image"].to_numpy()).transform("nunique") > 1
    reason[several] = "listed with different expressions"
    reason[rows["image"] == ""] = "no file name"
    usable = (reason == "").to_numpy()
    dropped_here = left_out_rows(rows["image"][~usable].tolist(), reason[~usable].tolist())
    all_left_out = dropped_here if left_out is None else pd.concat([left_out, dropped_here], ignore_index=True)
    others = [name for name in rows.columns if name not in (*COLUMNS, "rest_only")]
    rows = rows.assign(expression=meaning)[[*COLUMNS, *others]]
    frame = rows[usable & shown].reset_index(drop=True)
    all_warnings = [*warnings, *unknown_people(frame, subject_hint)]
    table = FaceTable(frame, _some(landmarks, usable & shown), all_left_out, tuple(notes), tuple(all_warnings))
    if not keep_rest:
        return table
    return replace(table, neutral=_neutral(rows, usable & neutral, landmarks))


def _some(landmarks: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if landmarks is None else landmarks[rows]


def _neutral(rows: pd.DataFrame, kept: np.ndarray, landmarks: np.ndarray | None) -> FaceTable | None:
    """The neutral images of known people; None where faces are drawn ones, which can be drawn at rest."""
    if not kept.any():
        if (rows.get("drawing", pd.Series(dtype=str)) != "").any():
            return None
        name = rows["dataset"].iloc[0]
        why = "no neutral image" if (rows["subject"] != "").any() else "no image of a known person"
        raise UserError(f"{setting('keep_rest')}=true: {name} has {why}, so none can be kept: set it to false")
    return FaceTable(rows[kept].assign(expression="neutral").reset_index(drop=True), _some(landmarks, kept))


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
    return is_known_word(word)


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
