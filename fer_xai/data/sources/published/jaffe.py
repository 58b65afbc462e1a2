"""Japanese Female Facial Expression (JAFFE)."""

import pandas as pd

from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.reader import Reader, ReaderResult, match_names

_NAME = (
    r" *(?P<subject>[A-Z]{2})[._ -]*(?P<code>AN|DI|FE|HA|NE|SA|SU)(?P<take>\d*)[._ -]+(?P<number>\d+) *\.\w+(?:\.\w+)?"
)


class JaffeReader(Reader):
    """JAFFE: 213 grey photographs of ten women. See `Reader`.

    Lyons, Kamachi, Gyoba, "The Japanese Female Facial Expression (JAFFE) Dataset", 1998.
    """

    NAME = "jaffe"
    LAYOUT = "KA.AN1.39.tiff (poser, expression AN DI FE HA NE SA SU with take, number)"
    EXACT = r"[A-Z]{2}\.(AN|DI|FE|HA|NE|SA|SU)\d\.\d+\.tiff"
    WHOLE = 213

    def find(self, listing: Listing) -> ReaderResult:
        """Everything by file name; see `Reader.find`."""
        matched, left_out = match_names(listing.images, _NAME, "KA.AN1.39.tiff")
        rows = [
            (match["id"].strip(), path, match["code"], match["subject"].upper(), match["take"], path)
            for path, match in matched
        ]
        columns = ["image", "path", "expression", "subject", "take", "origin"]
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out)
