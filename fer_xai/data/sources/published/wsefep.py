"""Warsaw Set of Emotional Facial Expression Pictures (WSEFEP)."""

from collections.abc import Mapping
from typing import ClassVar

from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.names import find_by_name
from fer_xai.data.sources.reader import Reader, ReaderResult


class WSEFEPReader(Reader):
    """WSEFEP: 210 photographs, seven expressions of 30 people. See `Reader`.

    Olszanowski et al., "Warsaw Set of Emotional Facial Expression Pictures", Frontiers in Psychology 2015.
    """

    NAME = "wsefep"
    LAYOUT = "AD_anger_3045_p.jpg (person, expression, number)"
    EXACT = r"(.*/)?[A-Z]+\d*_[a-z]+_\d+(_p)?\.jpg"
    WHOLE = 210
    WORDS: ClassVar[Mapping[str, str | None]] = {"joy": "happiness", "enjoyment": "happiness", "neutrality": "neutral"}

    def find(self, listing: Listing) -> ReaderResult:
        """Everything by file name; see `Reader.find`."""
        return find_by_name(listing, self.meanings, like="AD_anger_3045_p.jpg")
