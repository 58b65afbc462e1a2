"""FACES, a data set of three age groups."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd

from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.reader import Reader, ReaderResult, match_names

_NAME = (
    r" *(?P<number>\d{3})[_ -]+(?P<age>[yom])[_ -]+(?P<sex>[fm])[_ -]+(?P<code>[adfhns])[_ -]+(?P<take>[ab]) *"
    r"\.\w+(?:\.\w+)?"
)
_AGES = {"y": "young", "m": "middle", "o": "old"}


class FACESReader(Reader):
    """FACES: 171 people, young, middle-aged and old, six expressions (surprise is not among them), two takes.

    See `Reader`. Columns beside the usual ones: `age` (young, middle, old), `sex`, `take`.

    Ebner, Riediger, Lindenberger, "FACES - a database of facial expressions in young, middle-aged, and older women and
    men", Behavior Research Methods 2010.
    """

    NAME = "faces"
    LAYOUT = "004_o_m_a_a.jpg (person, age group y m o, sex f m, expression a d f h n s, take a b)"
    EXACT = r"\d{3}_[ymo]_[fm]_[adfhns]_[ab]\.jpg"
    WHOLE = 2052
    WORDS: ClassVar[Mapping[str, str | None]] = {
        "a": "anger",
        "d": "disgust",
        "f": "fear",
        "h": "happiness",
        "n": "neutral",
        "s": "sadness",
    }

    def find(self, listing: Listing) -> ReaderResult:
        """Everything by file name; see `Reader.find`."""
        matched, left_out = match_names(listing.images, _NAME, "004_o_m_a_a.jpg")
        rows: list[tuple[Any, ...]] = []
        for path, match in matched:
            code, age, sex = (match[part].casefold() for part in ("code", "age", "sex"))
            facts = (_AGES[age], "female" if sex == "f" else "male", match["take"].casefold())
            rows.append((match["id"].strip(), path, code, match["number"], *facts, path))
        columns = ["image", "path", "expression", "subject", "age", "sex", "take", "origin"]
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out)
