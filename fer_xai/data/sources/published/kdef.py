"""Karolinska Directed Emotional Faces (KDEF)."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.reader import Reader, ReaderResult, match_names, reasons_of
from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS

#: Full left, half left, straight, half right, full right.
ANGLES = ("FL", "HL", "S", "HR", "FR")
_NAME = (
    r" *(?P<session>[AB])(?P<sex>[FM])(?P<number>\d{2})[._ -]*(?P<code>AF|AN|DI|HA|NE|SA|SU)[._ -]*"
    r"(?P<angle>FL|FR|HL|HR|S) *\.\w+(?:\.\w+)?"
)


class KDEFReader(Reader):
    """KDEF: 70 people, seven expressions, two sessions, five angles.

    Files whose names do not tell expression and angle (the data set has some, such as AF31V.JPG) are left out, and so
    are the averaged faces of AKDEF.

    Lundqvist, Flykt, Ohman, "The Karolinska Directed Emotional Faces", 1998.

    Args:
        root: the folder with `AF01` and so on.
        angles: the angles that are taken: FL HL S HR FR (full and half profile left, straight, right); None takes all.
        words: see `Reader`, as for all that follows.
        expressions: of the study.
        cropped: see `Reader`.
        keep_rest: see `Reader`.
        name: of the data set.
    """

    NAME = "kdef"
    LAYOUT = "KDEF/AF01/AF01ANS.JPG (session, sex, number, expression AF AN DI HA NE SA SU, angle S HL HR FL FR)"
    EXACT = r"[AB][FM]\d{2}(AF|AN|DI|HA|NE|SA|SU)(FL|FR|HL|HR|S)\.JPG"
    WHOLE = 4900

    def __init__(
        self,
        root: str | None = None,
        angles: Sequence[str] | None = ("S",),
        words: dict[Any, str | None] | None = None,
        expressions: Sequence[str] = EXPRESSIONS,
        cropped: bool | None = None,
        keep_rest: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__(root, words, expressions, cropped, keep_rest, name)
        self.angles = ANGLES if angles is None else tuple(str(angle).strip().upper() for angle in angles)
        unknown = [angle for angle in self.angles if angle not in ANGLES]
        if unknown or not self.angles:
            raise UserError(
                f"{setting('angles')}={list(self.angles)}: choose among {', '.join(ANGLES)}, or null for all"
            )

    def find(self, listing: Listing) -> ReaderResult:
        """Everything by file name; see `Reader.find`."""
        matched, left_out = match_names(listing.images, _NAME, "AF01ANS.JPG")
        rows: list[tuple[Any, ...]] = []
        for path, match in matched:
            image, angle, sex = match["id"].strip(), match["angle"].upper(), match["sex"].upper()
            if angle in self.angles:
                subject = sex + match["number"]
                rows.append((image, path, match["code"], subject, angle, match["session"].upper(), sex, path))
            else:
                left_out.append((image, f"angle not in data.angles: {angle}"))
        if matched and not rows:
            raise UserError(
                f"{setting('angles')}={list(self.angles)}: {setting('root')}={listing.root} has no image "
                f"at such an angle {reasons_of(left_out)}"
            )
        columns = ["image", "path", "expression", "subject", "angle", "session", "sex", "origin"]
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out)
