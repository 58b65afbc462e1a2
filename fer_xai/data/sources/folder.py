"""A data set with a folder for each expression."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fer_xai.data.face_table import FaceTable, left_out_rows
from fer_xai.data.sources.file_listing import IMAGE_SUFFIXES, Listing, list_files, unread
from fer_xai.data.sources.labels import Words, is_expression, make_table, own_words, text_of
from fer_xai.data.sources.names import is_word, tokens_of
from fer_xai.data.sources.reader import MissingDataSet
from fer_xai.data.sources.setting import setting
from fer_xai.data.sources.split_parts import part_of, parts_of
from fer_xai.data.sources.subject_folders import Place, subjects_by_folder
from fer_xai.data.sources.table import subjects_by_regex
from fer_xai.data.sources.tables_beside import numbers_beside, refuse_numbers, table_of_numbers
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS, word_key

#: Words that turn the meaning of an expression beside them; so do those of compound ones (`happily surprised`).
_DENIALS = frozenset({"no", "non", "not", "un", "without"})


class FolderSource:
    """Images in folders named by expressions, at any one depth: `anger/1.png`, or `S005/anger/1.png`.

    A folder may be called by more than the expression (`emotion_anger`). The subject is taken from the folder above, or
    the next one that can be called by a person, see `subjects_by_folder`. Folders that are called train, validation or
    test (or val, test_set ...) give the official split.

    Args:
        root: the folder that holds them.
        subject_regex: takes the subject from the file name in place of a folder's: its first group, or all that
            matches. It is searched in the name without folders, or in the name from `root` on if it contains a slash.
            Empty: nobody is known.
        words: words for expressions beyond those that are known, e.g. {smile: happiness, other: null}; null drops.
        expressions: the expressions of the study.
        cropped: whether the images are faces cut out already, with landmarks to be placed in the whole square.
        keep_rest: keep people's neutral images to be shown in place of what is hidden; for that alone they are no
            class.
        name: of the data set.
    """

    def __init__(
        self,
        root: str | None = None,
        subject_regex: str | None = None,
        words: dict[Any, str | None] | None = None,
        expressions: Sequence[str] = EXPRESSIONS,
        cropped: bool | None = None,
        keep_rest: bool = False,
        name: str = "folder",
    ) -> None:
        self.root = Path(root).expanduser().absolute() if root else None
        self.subject_regex = subject_regex
        self.words: Words = own_words(words or {}, expressions)
        self.expressions, self.cropped, self.name = tuple(expressions), cropped, name
        self.keep_rest = keep_rest

    def read(self) -> FaceTable:
        """List the images, in the order of their names; none is opened.

        Raises:
            MissingDataSet: no such folder.
            UserError: no images, a folder whose name means no known expression, or a regular expression that finds
                nothing.
        """
        if self.root is None:
            raise MissingDataSet(f"{setting('root')} must be set to the folder that holds a folder for each expression")
        if not self.root.is_dir():
            raise MissingDataSet(f"{setting('root')}={self.root} is no folder")
        root, listing = self.root, list_files(self.root)
        if not listing.images:
            raise UserError(
                f"{setting('root')}={root} holds no images ({', '.join(sorted(IMAGE_SUFFIXES))}): {listing.describe()}"
            )
        paths = sorted(map(Path, listing.images))
        names = [path.relative_to(root).parts for path in paths]
        places = self._places([parts[:-1] for parts in names], listing)
        labels = [(path.as_posix(), place.expression) for path, place in zip(paths, places, strict=True)]
        refuse_numbers(listing, labels, self.words)
        images = [text_of("/".join(parts)) for parts in names]
        rows = pd.DataFrame(
            {
                "image": images,
                "path": pd.Series([str(path) for path in paths], dtype=object),
                "expression": [place.expression for place in places],
                "dataset": self.name,
            }
        )
        rows["subject"], warnings = self._subjects(rows["image"], places)
        warnings += unread(listing)
        parts = [_part(place, subject) for place, subject in zip(places, rows["subject"], strict=True)]
        if any(parts):
            rows["usage"] = parts_of(parts)
        if self.cropped is not None:
            rows["cropped"] = self.cropped
        closed = [f"folder cannot be read: {reason}" for _, reason in listing.closed]
        return make_table(
            rows,
            self.words,
            self.expressions,
            lambda row: f"{root}, file {images[row]}",
            left_out=left_out_rows([text_of(folder) for folder, _ in listing.closed], closed),
            warnings=[f"{self.name}: {warning}" for warning in warnings],
            subject_hint=f"{setting('subject_regex')}=... takes the subject from the file name or its folders",
            keep_rest=self.keep_rest,
        )

    def _subjects(self, images: pd.Series, places: list[Place]) -> tuple[pd.Series, list[str]]:
        """The subject of each image, and what a user should know of it."""
        if self.subject_regex is not None:
            return subjects_by_regex(images, self.subject_regex), []
        subjects, title = subjects_by_folder(places)
        people = sorted(set(subjects) - {""})
        if not people:
            return pd.Series(subjects, dtype=object), []
        shown = ", ".join(people[:3]) + (" ..." if len(people) > 3 else "")
        taken = f"{title} is taken for the subject ({len(people)}: {shown})"
        other = f"{setting('subject_regex')}=... takes it from elsewhere in the path, and an empty one from nowhere"
        return pd.Series(subjects, dtype=object), [f"{taken}; {other}"]

    def _places(self, folders: list[tuple[str, ...]], listing: Listing) -> list[Place]:
        """Where each image lies, and its expression; its folder's name where that means none, empty without one."""
        depth = self._depth(folders, listing)
        places = []
        for parts in folders:
            level = depth
            if len(parts) <= depth or not self._word(parts[depth])[0]:
                others = [i for i, name in enumerate(parts) if self._word(name)[0]]
                level = others[0] if len(others) == 1 else depth
            if len(parts) <= level:
                places.append(Place(parts, "", (), ""))
                continue
            word, affix = self._word(parts[level])
            places.append(Place(parts[:level], affix, parts[level + 1 :], word or parts[level]))
        return places

    def _depth(self, folders: list[tuple[str, ...]], listing: Listing) -> int:
        """At which depth the folders are named by expressions: where most are, the upper one of equals."""
        deepest = max(map(len, folders))
        for means in (self._is_expression, lambda name: bool(self._word(name)[0])):
            known = [sum(len(parts) > depth and means(parts[depth]) for parts in folders) for depth in range(deepest)]
            if any(known):
                return known.index(max(known))
        nearest = sorted({parts[-1] for parts in folders if parts})
        if table := table_of_numbers(listing, nearest):
            raise UserError(numbers_beside(listing, nearest, table))
        example = sorted({parts[0] for parts in folders if parts})
        raise UserError(
            f"{setting('root')}={self.root}: no folder is named by an expression"
            + (f" (there are: {', '.join(example[:8])})" if example else "; images lie in folders like anger/")
        )

    def _word(self, name: str) -> tuple[str, str]:
        """The word for an expression in the name of a folder, empty where there is none; and what stands beside it."""
        if self._is_expression(name):
            return name, ""
        tokens = tokens_of(name)
        words = [token for token in tokens if is_word(token, frozenset(map(str, self.words)))]
        if len(words) != 1 or any(token.casefold() in _DENIALS or token.endswith("ly") for token in tokens):
            return "", ""
        tokens.remove(words[0])
        return words[0], "_".join(tokens)

    def _is_expression(self, word: str) -> bool:
        return word_key(word) in self.words or is_expression(word)


def _part(place: Place, subject: str) -> str:
    """The word for a part of an official split, empty without one."""
    words = (word for word in (*place.above, place.beside, *place.below) if word != subject)
    return next((word for word in words if part_of(word)), "")
