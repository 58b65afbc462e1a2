"""CK+48: a common derivative of CK+, faces of 48 pixels in folders named by expressions."""

import pandas as pd

from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.reader import Reader, ReaderResult, match_names

_NAME = r"(?P<word>[^/]+)/(?P<subject>S\d{2,4})[_ -]+(?P<sequence>\d{3})[_ -]+(?P<frame>\d{3,})\.\w+(?:\.\w+)?"


class CKPlus48Reader(Reader):
    """CK+48: three frames of each labelled sequence of CK+, cut out and scaled to 48 x 48 pixels. See `Reader`."""

    NAME = "ckplus48"
    LAYOUT = "CK+48/anger/S010_004_00000017.png (expression; subject, sequence, frame)"
    EXACT = r"[a-z]+/S\d{3}_\d{3}_\d{8}\.png"
    WHOLE = 981
    CROPPED = True

    def find(self, listing: Listing) -> ReaderResult:
        """Expressions by folder; see `Reader.find`."""
        matched, left_out = match_names(listing.images, _NAME, "anger/S010_004_00000017.png")
        rows = [
            (match["id"], path, match["word"], match["subject"].upper(), match["sequence"], int(match["frame"]), path)
            for path, match in matched
        ]
        columns = ["image", "path", "expression", "subject", "sequence", "frame", "origin"]
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out)
