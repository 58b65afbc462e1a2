"""FER2013."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from fer_xai.data.cache import cache_dir as cache_folder
from fer_xai.data.sources.by_folder import find_by_folder
from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.pixel_csv import unpack
from fer_xai.data.sources.reader import Reader, ReaderResult
from fer_xai.data.sources.split_parts import part_of
from fer_xai.errors import UserError

#: Pixels to a side.
SIZE = 48
#: Files that hold all pictures.
_WHOLE = frozenset({"fer2013.csv", "icml_face_data.csv"})


@dataclass(eq=False)
class FER2013Reader(Reader):
    """FER2013: 35,887 grey faces from the web, with an official split. People are unknown.

    Read from the csv file (`fer2013.csv` or `icml_face_data.csv`, whose pictures are written into the cache once), or
    from folders (`train/angry/Training_3908.jpg`). Images beside a csv file are not looked at.

    Goodfellow et al., "Challenges in Representation Learning", ICONIP 2013.

    Args:
        root: the folder, or the csv file itself.
        cache_dir: the cache folder; None takes what `fer_xai.data.cache` says.
    """

    NAME = "fer2013"
    LAYOUT = "fer2013.csv (columns emotion, pixels, Usage), or train/angry/*.jpg and test/angry/*.jpg"
    CROPPED = True
    WORDS: ClassVar[Mapping[str, str | None]] = {
        "0": "anger",
        "1": "disgust",
        "2": "fear",
        "3": "happiness",
        "4": "sadness",
        "5": "surprise",
        "6": "neutral",
    }

    cache_dir: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.file: Path | None = None
        if self.folder is not None and self.folder.suffix.casefold() == ".csv" and self.folder.is_file():
            self.file, self.folder = self.folder, self.folder.parent

    def look(self, root: Path) -> Listing:
        """Nothing where the csv file itself is given: it may lie among anything."""
        return Listing(root) if self.file else super().look(root)

    def find(self, listing: Listing) -> ReaderResult:
        """Rows of the csv file, or images by folder; see `Reader.find`."""
        files = [self.file] if self.file else [Path(file) for file in listing.others if holds_pixels(file)]
        # `train.csv` and the like hold a part of what `icml_face_data.csv` holds.
        files.sort(key=lambda file: (file.name.casefold() not in _WHOLE, len(file.parts)))
        if not files:
            return find_by_folder(listing, self.meanings)
        index, folder = unpack(files[0], cache_folder(self.cache_dir), SIZE)
        whole = index["picture"] != ""
        name, lines = files[0].name, index["line"].tolist()
        broken = [(f"{name} row {line}", f"not {SIZE} x {SIZE} pixels from 0 to 255") for line in index["line"][~whole]]
        notes = [f"{name} was read"]
        if listing.images:
            notes.append(f"{len(listing.images)} images beside it were not looked at")
        if len(files) > 1:
            notes.append(f"other csv files were not: {', '.join(file.name for file in files[1:])}")
        rows = pd.DataFrame(
            {
                "image": index["picture"],
                "path": [f"{folder}/{picture}" for picture in index["picture"]],
                "expression": index["emotion"],
                "subject": "",
                "usage": index["usage"].map(part_of),
                "origin": [f"{files[0]}, row {line}" for line in lines],
            }
        )
        return ReaderResult(rows[whole.to_numpy()], broken, notes)


def holds_pixels(file: str) -> bool:
    """Whether a csv file has columns for labels and pixels."""
    if not file.casefold().endswith(".csv"):
        return False
    try:
        with Path(file).open(encoding="latin-1") as text:
            header = text.readline(1000).casefold()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    return "pixels" in header and "emotion" in header
