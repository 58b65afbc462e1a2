"""FER+: the pictures of FER2013 with ten people's votes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from fer_xai.data.cache import cache_dir as cache_folder
from fer_xai.data.sources.file_listing import Listing, list_files, stem
from fer_xai.data.sources.pixel_csv import unpack
from fer_xai.data.sources.published.fer2013 import SIZE, FER2013Reader, holds_pixels
from fer_xai.data.sources.ratings import rated
from fer_xai.data.sources.reader import ReaderResult
from fer_xai.data.sources.setting import setting
from fer_xai.data.sources.split_parts import part_of
from fer_xai.data.sources.table_columns import need_column
from fer_xai.errors import UserError
from fer_xai.tables.csv import read_csv

_VOTES = "fer2013new.csv"
_NAMES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
_NO_EXPRESSION = _NAMES[8:]


@dataclass(eq=False)
class FERPlusReader(FER2013Reader):
    """FER+: the faces of FER2013, each labelled by ten people. People are unknown.

    Read from `fer2013new.csv` beside `fer2013.csv`, whose rows it follows, or beside images that are called as it says
    (`FER2013Train/fer0000000.png`). The expression with most votes counts; where two have as many, or most say that it
    is unknown or no face, the image is left out. Columns beside the usual ones: `agreement`, the share of the votes for
    that expression, and `votes_NAME`, how many people said each.

    Barsoum et al., "Training deep networks for facial expression recognition with crowd-sourced label distribution",
    ICMI 2016.

    Args:
        root: the folder, or one of the csv files.
        cache_dir: the cache folder; None takes what `fer_xai.data.cache` says.
        min_rating: images are left out where the expression with most votes has fewer, of ten.
    """

    NAME = "ferplus"
    LAYOUT = f"{_VOTES} beside fer2013.csv, or beside FER2013Train/fer0000000.png"
    EXACT = ""
    WORDS: ClassVar[Mapping[str, str | None]] = {}

    min_rating: float | None = None

    def look(self, root: Path) -> Listing:
        """All files of the folder, also where one of them was given."""
        return list_files(root)

    def find(self, listing: Listing) -> ReaderResult:
        """Votes, and the pictures that they are about; see `Reader.find`."""
        tables = [path for path in listing.others if path.rsplit("/", 1)[1].casefold() == _VOTES]
        if not tables:
            return ReaderResult(pd.DataFrame())
        file = Path(tables[0])
        votes = read_csv(file, setting("root"))
        columns = [need_column(votes, name, file, setting("root")) for name in _NAMES]
        usage = need_column(votes, "usage", file, setting("root"))
        pictures = [Path(path) for path in listing.others if holds_pixels(path)]
        left_out: list[tuple[str, str]] = []
        if pictures:
            named = self._of_pixels(pictures[0], file, votes)
        else:
            named = _of_images(listing, votes[need_column(votes, "image name", file, setting("root"))], left_out)
        kept = votes[(named["image"] != "").to_numpy()]
        # Names may be empty or the same: each row is an image of its own.
        rows = kept.assign(row=[str(line) for line in kept.index])
        counted, reasons = rated(rows, "row", dict(zip(columns, _NAMES, strict=True)), self.min_rating, file)
        none = counted["expression"].isin(_NO_EXPRESSION)
        passed = counted["expression"][none]
        reasons |= dict(zip(passed.index, "most votes for no expression: " + passed, strict=True))
        numbers = counted[columns].apply(pd.to_numeric)
        frame = named.loc[counted.index].assign(
            expression=counted["expression"].to_numpy(),
            subject="",
            usage=[part_of(word) for word in counted[usage]],
            agreement=(counted["rating"] / numbers.sum(axis=1)).to_numpy(),
            **{f"votes_{name}": numbers[column].to_numpy() for name, column in zip(_NAMES[:8], columns, strict=False)},
            origin=[f"{file}, row {line}" for line in counted.index],
        )
        left_out += [(str(frame["image"][line]), reason) for line, reason in reasons.items()]
        return ReaderResult(frame.drop(index=list(reasons)).reset_index(drop=True), left_out, [f"{file.name} was read"])

    def _of_pixels(self, pictures: Path, file: Path, votes: pd.DataFrame) -> pd.DataFrame:
        """Columns image and path for each row of the votes; empty where the pixels are no picture.

        Raises:
            UserError: the two files do not have as many rows.
        """
        index, folder = unpack(pictures, cache_folder(self.cache_dir), SIZE)
        if len(index) != len(votes):
            raise UserError(
                f"{pictures} has {len(index)} rows and {file} {len(votes)}: the votes follow the pictures row by row"
            )
        names = index["picture"].tolist()
        return pd.DataFrame({"image": names, "path": [f"{folder}/{name}" for name in names]}, index=votes.index)


def _of_images(listing: Listing, names: pd.Series, left_out: list[tuple[str, str]]) -> pd.DataFrame:
    """Columns image and path for each row of the votes; empty where there is no such image."""
    files = {stem(path).casefold(): path for path in listing.images}
    found = [files.get(stem(name).casefold(), "") if name else "" for name in names]
    left_out += [(name, "label without an image") for name, path in zip(names, found, strict=True) if name and not path]
    unlabelled = set(files.values()) - set(found)
    left_out += [(path.rsplit("/", 1)[1], "image without a label") for path in sorted(unlabelled)]
    return pd.DataFrame({"image": [path.rsplit("/", 1)[-1] for path in found], "path": found}, index=names.index)
