"""Amsterdam Dynamic Facial Expression Set (ADFES), its pictures."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd

from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.reader import Reader, ReaderResult, match_names

_NAME = r" *(?P<subject>[FM]\d{2})[_ -]+(?P<word>[A-Z]+)(?P<apex>[_ -]+Apex)? *\.\w+(?:\.\w+)?"


class ADFESReader(Reader):
    """ADFES: 22 people at the apex of nine expressions and at rest. See `Reader`.

    The films beside the pictures are not read. Pride and embarrassment are left out unless `words` says what they mean.

    van der Schalk, Hawk, Fischer, Doosje, "Moving faces, looking places: validation of the Amsterdam Dynamic Facial
    Expression Set (ADFES)", Emotion 2011.
    """

    NAME = "adfes"
    LAYOUT = "F01-Anger-Apex.jpg and F01-Neutral.jpg (person, expression)"
    EXACT = r"[FM]\d{2}-([A-Z][a-z]+-Apex|Neutral)\.jpg"
    WORDS: ClassVar[Mapping[str, str | None]] = {"embarrass": None, "pride": None}

    def find(self, listing: Listing) -> ReaderResult:
        """Everything by file name; see `Reader.find`."""
        matched, left_out = match_names(listing.images, _NAME, "F01-Anger-Apex.jpg")
        rows: list[tuple[Any, ...]] = []
        for path, match in matched:
            if match["apex"] or match["word"].casefold() == "neutral":
                rows.append((match["id"].strip(), path, match["word"], match["subject"].upper(), path))
            else:
                left_out.append((match["id"], "the name tells no apex: not like F01-Anger-Apex.jpg"))
        return ReaderResult(pd.DataFrame(rows, columns=["image", "path", "expression", "subject", "origin"]), left_out)
