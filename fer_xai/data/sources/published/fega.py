"""Facial Expression, Gender and Age (FEGA)."""

import re
from dataclasses import dataclass

import pandas as pd

from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.names import find_by_name
from fer_xai.data.sources.reader import Reader, ReaderResult
from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError


@dataclass(eq=False)
class FEGAReader(Reader):
    """FEGA: 51 people, several images of each expression; person and expression stand in the file name.

    Copies differ in how their files are called. The person is what stands in front of the word for the expression, or
    what `pattern` says.

    Args:
        root: the folder with the images.
        pattern: regular expression with the groups `subject` and `expression`, searched in the path from the folder on;
            None reads names such as `S01_anger_2.jpg`.
    """

    NAME = "fega"
    LAYOUT = "S01_anger_2.jpg (person, expression, number)"

    pattern: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            self.compiled = re.compile(self.pattern, re.IGNORECASE) if self.pattern else None
        except re.error as error:
            raise UserError(f"{setting('pattern')}={self.pattern} is no regular expression: {error}") from None
        if self.compiled and not {"subject", "expression"} <= self.compiled.groupindex.keys():
            raise UserError(
                f"{setting('pattern')}={self.pattern} needs the groups (?P<subject>...) and (?P<expression>...)"
            )

    def layout(self) -> str:
        """How the folder looks, and how it may."""
        return f"{self.LAYOUT}; other names are read with {setting('pattern')}"

    def find(self, listing: Listing) -> ReaderResult:
        """Everything by file name; see `Reader.find`."""
        if self.compiled is None:
            return find_by_name(listing, self.meanings, like="S01_anger_2.jpg")
        rows, left_out = [], []
        for path in listing.images:
            image = path.removeprefix(f"{listing.root.as_posix()}/")
            match = self.compiled.search(image)
            if match:
                rows.append((image, path, match["expression"] or "", (match["subject"] or "").upper(), path))
            else:
                left_out.append((image, f"data.pattern does not match: {self.pattern}"))
        return ReaderResult(pd.DataFrame(rows, columns=["image", "path", "expression", "subject", "origin"]), left_out)
