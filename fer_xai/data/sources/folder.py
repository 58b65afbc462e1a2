"""A data set with a folder for each expression."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fer_xai.data.sources.labels import Words, make_table
from fer_xai.data.sources.table import subjects_by_regex
from fer_xai.data.table import FaceTable
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS, expression_name

#: Endings of the files that are taken for images; others are not looked at.
IMAGE_SUFFIXES: frozenset[str] = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".pgm", ".ppm", ".jp2"}
)


class FolderSource:
    """Images in folders named by expressions, at any one depth: `anger/1.png`, or `S005/anger/1.png`.

    Args:
        root: the folder that holds them.
        subject_regex: takes the subject from the file name: its first group, or all that matches. It is searched in the
            name without folders, or in the name from `root` on if it contains a slash.
        words: words for expressions beyond those that are known, e.g. {smile: happiness, other: null}; null drops.
        expressions: the expressions of the study.
        name: of the data set.
    """

    def __init__(
        self,
        root: str,
        subject_regex: str | None = None,
        words: dict[Any, str | None] | None = None,
        expressions: Sequence[str] = EXPRESSIONS,
        name: str = "folder",
    ) -> None:
        self.root = Path(root).expanduser().absolute()
        self.subject_regex = subject_regex
        self.words: Words = words or {}
        self.expressions, self.name = tuple(expressions), name

    def read(self) -> FaceTable:
        """List the images, in the order of their names; none is opened.

        Raises:
            UserError: no such folder, no images, a folder whose name means no known expression, or a regular expression
                that finds nothing.
        """
        if not self.root.is_dir():
            raise UserError(f"data.root={self.root} is no folder")
        paths = sorted(_images(self.root))
        if not paths:
            raise UserError(f"data.root={self.root} holds no images ({', '.join(sorted(IMAGE_SUFFIXES))})")
        names = [path.relative_to(self.root).parts for path in paths]
        depth = self._depth([parts[:-1] for parts in names])
        # Names that are text in no encoding that the system knows are kept as they are in the path only.
        images = ["/".join(parts).encode("utf-8", "replace").decode() for parts in names]
        rows = pd.DataFrame(
            {
                "image": images,
                "path": pd.Series([str(path) for path in paths], dtype=object),
                "expression": [parts[depth] if len(parts) > depth + 1 else "" for parts in names],
                "subject": "",
                "dataset": self.name,
            }
        )
        if self.subject_regex is not None:
            rows["subject"] = subjects_by_regex(rows["image"], self.subject_regex)
        return make_table(rows, self.words, self.expressions, lambda row: f"{self.root}, file {images[row]}")

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
        if word.strip().casefold() in {str(key).strip().casefold() for key in self.words}:
            return True
        try:
            expression_name(word)
        except UserError:
            return False
        return True


def _images(root: Path) -> Iterator[Path]:
    """Paths of all images below a folder; links are followed once."""
    seen = set()
    for folder, names, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        names[:] = [name for name in names if not name.startswith(".") and name != "__MACOSX"]
        if real in seen:
            names.clear()
            continue
        seen.add(real)
        paths = (Path(folder, file) for file in files if not file.startswith("."))
        yield from (path for path in paths if path.suffix.casefold() in IMAGE_SUFFIXES)
