"""Facial Expression, Gender and Age (FEGA)."""

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.names import find_by_name
from fer_xai.data.sources.reader import Reader, ReaderResult
from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS


class FEGAReader(Reader):
    """FEGA: 51 people, several images of each expression; person and expression stand in the file name.

    Copies differ in how their files are called. The person is what stands in front of the word for the expression, or
    what `pattern` says.

    Args:
        root: the folder with the images.
        pattern: regular expression with the groups `subject` and `expression`, searched in the path from the folder on;
            None reads names such as `S01_anger_2.jpg`.
        words: see `Reader`, as for all that follows.
        expressions: of the study.
        cropped: see `Reader`.
        keep_rest: see `Reader`.
        name: of the data set.
    """

    NAME = "fega"
    LAYOUT = "S01_anger_2.jpg (person, expression, number)"

    def __init__(
        self,
        root: str | None = None,
        pattern: str | None = None,
        words: dict[Any, str | None] | None = None,
        expressions: Sequence[str] = EXPRESSIONS,
        cropped: bool | None = None,
        keep_rest: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__(root, words, expressions, cropped, keep_rest, name)
        try:
            self.pattern = re.compile(pattern, re.IGNORECASE) if pattern else None
        except re.error as error:
            raise UserError(f"{setting('pattern')}={pattern} is no regular expression: {error}") from None
        if self.pattern and not {"subject", "expression"} <= self.pattern.groupindex.keys():
            raise UserError(f"{setting('pattern')}={pattern} needs the groups (?P<subject>...) and (?P<expression>...)")

    def layout(self) -> str:
        """How the folder looks, and how it may."""
        return f"{self.LAYOUT}; other names are read with {setting('pattern')}"

    def find(self, listing: Listing) -> ReaderResult:
        """Everything by file name; see `Reader.find`."""
        if self.pattern is None:
            return find_by_name(listing, self.words, like="S01_anger_2.jpg")
        rows, left_out = [], []
        for path in listing.images:
            image = path.removeprefix(f"{listing.root.as_posix()}/")
            match = self.pattern.search(image)
            if match:
                rows.append((image, path, match["expression"] or "", (match["subject"] or "").upper(), path))
            else:
                left_out.append((image, f"data.pattern does not match: {self.pattern.pattern}"))
        return ReaderResult(pd.DataFrame(rows, columns=["image", "path", "expression", "subject", "origin"]), left_out)
