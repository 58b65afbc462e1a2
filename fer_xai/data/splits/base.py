"""What all ways to split have in common."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from fer_xai.errors import UserError

#: The parts of a split, as tables call them.
TRAIN, VALIDATION, TEST, LEFT_OUT = "train", "validation", "test", "left_out"
#: Columns of the table that says where each image went.
TABLE_COLUMNS: tuple[str, ...] = ("image", "content", "dataset", "subject", "expression", "fold", "part")


@dataclass(frozen=True, eq=False)
class Parts:
    """Rows of a frame when one fold is tested: int64 row numbers, ascending. Rows in none of them are left out.

    Attributes:
        train: rows to learn from.
        val: rows to choose by; may be none.
        test: rows to test on.
        notes: what a user should know of them, one line each.
    """

    train: np.ndarray
    val: np.ndarray
    test: np.ndarray
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: np.ndarray, notes: Sequence[str] = ()) -> Self:
        """From the word of each row: train, validation, test, left_out."""
        train, val, test = (np.flatnonzero(words == word) for word in (TRAIN, VALIDATION, TEST))
        return cls(train, val, test, tuple(notes))

    def words(self, n: int) -> np.ndarray:
        """The word of each of `n` rows: (n,) strings."""
        words = np.full(n, LEFT_OUT, dtype=object)
        for rows, word in ((self.train, TRAIN), (self.val, VALIDATION), (self.test, TEST)):
            words[rows] = word
        return words

    def fingerprint(self) -> str:
        """SHA-256 of the assignment itself, however it was made: 64 hexadecimal digits."""
        digest = hashlib.sha256()
        for rows in (self.train, self.val, self.test):
            digest.update(f"{len(rows)}\n".encode() + rows.astype("<i8").tobytes())
        return digest.hexdigest()

    def table(self, frame: pd.DataFrame, fold: int) -> pd.DataFrame:
        """Where each image went: columns `TABLE_COLUMNS`, one row per image in the order of `frame`."""
        table = frame.reindex(columns=list(TABLE_COLUMNS)).assign(fold=fold, part=self.words(len(frame)))
        return table.fillna({"content": ""})


#: Nothing is trained on or tested.
NO_PARTS = Parts.of(np.empty(0, dtype=object))


class Splitter(ABC):
    """A way to split images into folds, each of which is tested once.

    The frames that its methods take have the columns image, dataset, subject (empty where unknown), expression and,
    where they are known, content (hash of the file), copies (name of a group of copies), kept_together (what stays in
    one fold where people are unknown), near (names of near-identical pairs), usage (official part) and shown_in (which
    parts may have the image: `train`, with validation, `test`, both, or `none`; empty for any).
    """

    #: The choice in the configuration, `split=WORD`.
    word: str
    #: Whether it leaves images to learn from.
    trains: bool = True

    @abstractmethod
    def folds(self, frame: pd.DataFrame) -> int:
        """Number of folds, which are numbered from 0.

        Raises:
            UserError: these data cannot be split in this way.
        """

    @abstractmethod
    def _words(self, frame: pd.DataFrame, fold: int) -> np.ndarray:
        """The word of each row (train, validation, test, left_out) when `fold`, which there is, is tested."""

    def _remarks(self, frame: pd.DataFrame, fold: int) -> list[str]:
        """What a user should know beside what holds for all ways to split."""
        return []

    def fold_name(self, frame: pd.DataFrame, fold: int) -> str:
        """What a fold is called in messages and records."""
        return f"fold {fold}"

    def facts(self, frame: pd.DataFrame, fold: int) -> dict[str, Any]:
        """For a run's record: the way to split, the number of folds, the name of the one that is tested."""
        return {"split": self.word, "folds": self.folds(frame), "tested": self.fold_name(frame, fold)}

    def check_fold(self, frame: pd.DataFrame, fold: int) -> None:
        """Refuse a fold that there is not; a list of images tells that before any of them is opened.

        Args:
            frame: see the class.
            fold: the fold that is to be tested.

        Raises:
            UserError: no such fold, or data that cannot be split in this way.
        """
        folds = self.folds(frame)
        if not 0 <= fold < folds:
            numbers = "there is fold 0 only" if folds == 1 else f"the folds are numbered 0 to {folds - 1}"
            raise UserError(f"fold={fold}: {numbers} (split={self.word})")

    def parts(self, frame: pd.DataFrame, fold: int) -> Parts:
        """Who is trained on, validated on and tested.

        Copies of tested images and pictures that are nearly the same as these, and those of images kept for validation,
        are never trained on: where the way to split alone would do that (one picture under two subjects, in two data
        sets, in two official parts) they are left out of the part that comes first in the order training, validation,
        test.

        Args:
            frame: see the class.
            fold: the fold that is tested.

        Raises:
            UserError: no such fold, data that cannot be split in this way, or a training part without images of an
                expression. A test part without one is told in `notes`: its scores for that expression are empty.
        """
        self.check_fold(frame, fold)
        words = self._words(frame, fold)
        words = np.where(_may_be_shown(frame, words), words, LEFT_OUT)
        leaks = leaking_copies(frame, words)
        words = np.where(leaks, LEFT_OUT, words)
        notes = self._remarks(frame, fold) + self._check(frame, fold, words)
        if leaks.any():
            notes.append(
                f"split={self.word}, {self.fold_name(frame, fold)}: {leaks.sum()} images are left out of training and "
                "validation, because copies of them are tested or validated on, or pictures that are nearly the same "
                "(see duplicates.csv)"
            )
        return Parts.of(words, notes)

    def table(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Where each image goes in each fold: columns `TABLE_COLUMNS`, fold by fold."""
        tables = [self.parts(frame, fold).table(frame, fold) for fold in range(self.folds(frame))]
        return pd.concat(tables, ignore_index=True)

    def _check(self, frame: pd.DataFrame, fold: int, words: np.ndarray) -> list[str]:
        """Refuse parts from which nothing can be learned or said; notes on what is doubtful."""
        name, notes = f"split={self.word}, {self.fold_name(frame, fold)}", []
        leaks = int((words == LEFT_OUT).sum())
        copies = f" ({leaks} images are left out of it, as copies of others or by the split)" if leaks else ""
        for part in (TRAIN, TEST):
            missing = sorted(set(frame["expression"]) - set(frame["expression"][words == part]))
            if missing and part == TRAIN and not self.trains:
                continue
            if missing and part == TRAIN:
                raise UserError(
                    f"{name}: no training image of {', '.join(missing)}{copies}: add images, choose another "
                    "split (split.folds, split.seed), or leave the expression out of `classes`"
                )
            if missing:
                notes.append(f"{name}: no test image of {', '.join(missing)}: scores are empty there")
        if not (words == TEST).any():
            raise UserError(f"{name}: no image to test on")
        shared = straddling_people(frame, words)
        if shared:
            notes.append(
                f"{name}: {len(shared)} people are in more than one part, e.g. {shared[0]}: its accuracy is not that "
                "of unseen people"
            )
        return notes


def leaking_copies(frame: pd.DataFrame, words: np.ndarray) -> np.ndarray:
    """Rows for training or validation that show the same picture as a row of a later part (validation, test).

    Args:
        frame: with columns content, copies and near where they are known.
        words: (n,) part of each row.

    Returns:
        (n,) bool.
    """
    leaks = showing_same_picture_as(frame, words == TEST) & ((words == TRAIN) | (words == VALIDATION))
    return leaks | (showing_same_picture_as(frame, (words == VALIDATION) & ~leaks) & (words == TRAIN))


def showing_same_picture_as(frame: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
    """Which rows show the same picture as some of `rows`, or one that is nearly the same; these rows themselves do.

    Args:
        frame: with the columns, where they are known, content (hash of the file), copies (name of a group of copies)
            and near (names of near-identical pairs, with blanks between them); empty where there is none.
        rows: (n,) bool.

    Returns:
        (n,) bool.
    """
    same = rows.copy()
    for column in ("content", "copies", "near"):
        if column in frame.columns:
            name = frame[column].str.split().reset_index(drop=True).explode().dropna()
            same[name.index[name.isin(name[rows[name.index]])]] = True
    return same


def straddling_people(frame: pd.DataFrame, words: np.ndarray) -> list[str]:
    """People of whom two parts have images: sorted names, `DATASET/SUBJECT`."""
    used = (frame["subject"] != "").to_numpy() & (words != LEFT_OUT)
    person = (frame["dataset"] + "/" + frame["subject"])[used]
    parts = pd.Series(words[used], index=person.index).groupby(person).nunique()
    return sorted(parts.index[parts > 1])


def _may_be_shown(frame: pd.DataFrame, words: np.ndarray) -> np.ndarray:
    """Whether each image may stand in the part that it fell into, bool (n,)."""
    if "shown_in" not in frame.columns:
        return np.ones(len(frame), dtype=bool)
    parts = np.where(words == VALIDATION, TRAIN, words)
    allowed = frame["shown_in"].fillna("").astype(str)
    return np.array([not said or part in said.split() for said, part in zip(allowed, parts, strict=True)], dtype=bool)
