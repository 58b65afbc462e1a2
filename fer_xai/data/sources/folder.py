"""A data set with a folder for each expression."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fer_xai.data.sources.files import IMAGE_SUFFIXES, list_files
from fer_xai.data.sources.labels import Words, is_expression, make_table, text_of
from fer_xai.data.sources.parts import part_of, parts_of
from fer_xai.data.sources.reader import MissingDataSet
from fer_xai.data.sources.table import subjects_by_regex
from fer_xai.data.table import FaceTable, left_out_rows
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS


class FolderSource:
    """Images in folders named by expressions, at any one depth: `anger/1.png`, or `S005/anger/1.png`.

    Folders above these that are called train, validation or test (or val, test_set ...) give the official split.

    Args:
        root: the folder that holds them.
        subject_regex: takes the subject from the file name: its first group, or all that matches. It is searched in the
            name without folders, or in the name from `root` on if it contains a slash.
        words: words for expressions beyond those that are known, e.g. {smile: happiness, other: null}; null drops.
        expressions: the expressions of the study.
        cropped: whether the images are faces cut out already, with landmarks to be placed in the whole square.
        name: of the data set.
    """

    def __init__(
        self,
        root: str | None = None,
        subject_regex: str | None = None,
        words: dict[Any, str | None] | None = None,
        expressions: Sequence[str] = EXPRESSIONS,
        cropped: bool | None = None,
        name: str = "folder",
    ) -> None:
        self.root = Path(root).expanduser().absolute() if root else None
        self.subject_regex = subject_regex
        self.words: Words = words or {}
        self.expressions, self.cropped, self.name = tuple(expressions), cropped, name

    def read(self) -> FaceTable:
        """List the images, in the order of their names; none is opened.

        Raises:
            MissingDataSet: no such folder.
            UserError: no images, a folder whose name means no known expression, or a regular expression that finds
                nothing.
        """
        if self.root is None:
            raise MissingDataSet("data.root must be set to the folder that holds a folder for each expression")
        if not self.root.is_dir():
            raise MissingDataSet(f"data.root={self.root} is no folder")
        root, listing = self.root, list_files(self.root)
        if not listing.images:
            raise UserError(f"data.root={root} holds no images ({', '.join(sorted(IMAGE_SUFFIXES))})")
        paths = sorted(map(Path, listing.images))
        names = [path.relative_to(root).parts for path in paths]
        depth = self._depth([parts[:-1] for parts in names])
        images = [text_of("/".join(parts)) for parts in names]
        rows = pd.DataFrame(
            {
                "image": images,
                "path": pd.Series([str(path) for path in paths], dtype=object),
                "expression": [parts[depth] if len(parts) > depth + 1 else "" for parts in names],
                "subject": "",
                "dataset": self.name,
            }
        )
        parts = [next((folder for folder in above[:depth] if part_of(folder)), "") for above in names]
        if any(parts):
            rows["usage"] = parts_of(parts)
        if self.cropped is not None:
            rows["cropped"] = self.cropped
        if self.subject_regex is not None:
            rows["subject"] = subjects_by_regex(rows["image"], self.subject_regex)
        closed = [f"folder cannot be read: {reason}" for _, reason in listing.closed]
        return make_table(
            rows,
            self.words,
            self.expressions,
            lambda row: f"{root}, file {images[row]}",
            left_out=left_out_rows([text_of(folder) for folder, _ in listing.closed], closed),
        )

    def _depth(self, folders: list[tuple[str, ...]]) -> int:
        """At which depth the folders are named by expressions: where most are, the upper one of equals."""
        deepest = max(map(len, folders))
        known = [
            sum(len(parts) > depth and self._is_expression(parts[depth]) for parts in folders)
            for depth in range(deepest)
        ]
        if not any(known):
            example = sorted({parts[0] for parts in folders if parts})
            raise UserError(
                f"data.root={self.root}: no folder is named by an expression"
                + (f" (there are: {', '.join(example[:8])})" if example else "; images lie in folders like anger/")
            )
        return known.index(max(known))

    def _is_expression(self, word: str) -> bool:
        return word.strip().casefold() in {str(key).strip().casefold() for key in self.words} or is_expression(word)
