"""Data sets with a folder for each expression, perhaps within folders for the parts of an official split."""

from collections.abc import Iterator

import pandas as pd

from fer_xai.data.sources.files import Listing
from fer_xai.data.sources.parts import part_of, parts_of
from fer_xai.data.sources.reader import Found


def find_by_folder(listing: Listing) -> Found:
    """Read images whose folder names the expression (by a word or a number), and a folder above it the part.

    Args:
        listing: the files.

    Returns:
        Columns beside the usual ones: `usage`. A file's own name is stronger for the part than its folder: FER2013's
        `PublicTest_1.jpg` lies in `test`.
    """
    rows, words = [], []
    for path in listing.images:
        # Above the given folder, too: it may be the one of a part.
        *above, label, file = path.split("/")[-4:]
        image = path.removeprefix(f"{listing.root.as_posix()}/")
        words.append(next(_part_words(file, above), ""))
        rows.append((image, path, label, "", path))
    found = pd.DataFrame(rows, columns=["image", "path", "expression", "subject", "origin"])
    return Found(found.assign(usage=parts_of(words)))


def _part_words(file: str, folders: list[str]) -> Iterator[str]:
    """Words that mean a part, the strongest first."""
    for word in (file.split("_")[0], *reversed(folders)):
        if part_of(word):
            yield word
