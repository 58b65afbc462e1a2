"""Karolinska Directed Emotional Faces (KDEF)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.reader import Reader, ReaderResult, match_names, reasons_of
from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError

#: Full left, half left, straight, half right, full right.
ANGLES = ("FL", "HL", "S", "HR", "FR")
_NAME = (
    r" *(?P<session>[AB])(?P<sex>[FM])(?P<number>\d{2})[._ -]*(?P<code>AF|AN|DI|HA|NE|SA|SU)[._ -]*"
    r"(?P<angle>FL|FR|HL|HR|S) *\.\w+(?:\.\w+)?"
)


@dataclass(eq=False)
class KDEFReader(Reader):
    """KDEF: 70 people, seven expressions, two sessions, five angles.

    Files whose names do not tell expression and angle (the data set has some, such as AF31V.JPG) are left out, and so
    are the averaged faces of AKDEF.

    Lundqvist, Flykt, Ohman, "The Karolinska Directed Emotional Faces", 1998.

    Args:
        root: the folder with `AF01` and so on.
        angles: the angles that are taken: FL HL S HR FR (full and half profile left, straight, right); None takes all.
    """

    NAME = "kdef"
    LAYOUT = "KDEF/AF01/AF01ANS.JPG (session, sex, number, expression AF AN DI HA NE SA SU, angle S HL HR FL FR)"
    EXACT = r"[AB][FM]\d{2}(AF|AN|DI|HA|NE|SA|SU)(FL|FR|HL|HR|S)\.JPG"
    WHOLE = 4900

    angles: Sequence[str] | None = ("S",)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.wanted = ANGLES if self.angles is None else tuple(str(angle).strip().upper() for angle in self.angles)
        unknown = [angle for angle in self.wanted if angle not in ANGLES]
        if unknown or not self.wanted:
            raise UserError(
                f"{setting('angles')}={list(self.wanted)}: choose among {', '.join(ANGLES)}, or null for all"
            )

    def find(self, listing: Listing) -> ReaderResult:
        """Everything by file name; see `Reader.find`."""
        matched, left_out = match_names(listing.images, _NAME, "AF01ANS.JPG")
        rows: list[tuple[Any, ...]] = []
        for path, match in matched:
            image, angle, sex = match["id"].strip(), match["angle"].upper(), match["sex"].upper()
            if angle in self.wanted:
                subject = sex + match["number"]
                rows.append((image, path, match["code"], subject, angle, match["session"].upper(), sex, path))
            else:
                left_out.append((image, f"angle not in data.angles: {angle}"))
        if matched and not rows:
            raise UserError(
                f"{setting('angles')}={list(self.wanted)}: {setting('root')}={listing.root} has no image "
                f"at such an angle {reasons_of(left_out)}"
            )
        columns = ["image", "path", "expression", "subject", "angle", "session", "sex", "origin"]
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out)
