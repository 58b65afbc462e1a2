"""Radboud Faces Database (RaFD)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.reader import Reader, ReaderResult, match_names, reasons_of
from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError

ANGLES = (0, 45, 90, 135, 180)
_NAME = (
    r" *Rafd[_ -]*(?P<angle>\d{2,3})[_ -]+(?P<number>\d{1,3})[_ -]+(?P<group>[A-Z]+)[_ -]+(?P<sex>female|male)[_ -]+"
    r"(?P<word>[A-Z]+)[_ -]+(?P<gaze>frontal|left|right)[^/]*\.\w+"
)


@dataclass(eq=False)
class RaFDReader(Reader):
    """RaFD: 67 people, eight expressions, five angles, three directions of gaze.

    Langner et al., "Presentation and validation of the Radboud Faces Database", Cognition and Emotion 2010.

    Args:
        root: the folder with the images.
        angles: the angles that are taken, degrees: 0 45 90 (straight) 135 180; None takes all.
    """

    NAME = "rafd"
    LAYOUT = "Rafd090_01_Caucasian_female_angry_frontal.jpg (angle, person, group, sex, expression, gaze)"
    EXACT = r"Rafd\d{3}_\d{2}_[A-Z][a-z]+_(female|male)_[a-z]+_(frontal|left|right)\.jpg"

    angles: Sequence[int | str] | None = (90,)

    def __post_init__(self) -> None:
        super().__post_init__()
        known = {str(angle): angle for angle in ANGLES}
        asked = ANGLES if self.angles is None else [known.get(str(angle).lstrip("0") or "0") for angle in self.angles]
        self.wanted = tuple(angle for angle in asked if angle is not None)
        if not self.wanted or None in asked:
            raise UserError(
                f"{setting('angles')}={list(self.angles or [])}: choose among {', '.join(known)}, or null for all"
            )

    def find(self, listing: Listing) -> ReaderResult:
        """Everything by file name; see `Reader.find`."""
        matched, left_out = match_names(listing.images, _NAME, "Rafd090_01_Caucasian_female_angry_frontal.jpg")
        rows: list[tuple[Any, ...]] = []
        for path, match in matched:
            image, angle, subject = match["id"].strip(), int(match["angle"]), f"{int(match['number']):02d}"
            if angle in self.wanted:
                facts = (match[part].casefold() for part in ("gaze", "sex", "group"))
                rows.append((image, path, match["word"], subject, angle, *facts, path))
            else:
                left_out.append((image, f"angle not in data.angles: {angle:03d}"))
        if matched and not rows:
            raise UserError(
                f"{setting('angles')}={list(self.wanted)}: {setting('root')}={listing.root} has no image "
                f"at such an angle {reasons_of(left_out)}"
            )
        columns = ["image", "path", "expression", "subject", "angle", "gaze", "sex", "group", "origin"]
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out)
