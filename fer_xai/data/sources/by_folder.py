"""Data sets with a folder for each expression, perhaps within folders for the parts of an official split."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.labels import is_expression
from fer_xai.data.sources.reader import ReaderResult
from fer_xai.data.sources.split_parts import part_of, parts_of
from fer_xai.data.sources.tables_beside import refuse_numbers
from fer_xai.expressions import word_key


def find_by_folder(listing: Listing, known: Mapping[Any, str | None]) -> ReaderResult:
    """Read images whose folder names the expression (by a word or a number), and a folder above it the part.

    Args:
        listing: the files.
        known: words of the data set for expressions, in small letters.

    Returns:
        Columns beside the usual ones: `usage`. A file's own name is stronger for the part than its folder: FER2013's
        `PublicTest_1.jpg` lies in `test`. No rows where no folder is named by an expression.

    Raises:
        UserError: folders are numbers, and a table beside them says otherwise.
    """
    refuse_numbers(listing, [(path, path.split("/")[-2]) for path in listing.images], known)
    rows, words, left_out, meant = [], [], [], 0
    for path in listing.images:
        # Above the given folder, too: it may be the one of a part.
        *above, label, file = path.split("/")[-4:]
        image = path.removeprefix(f"{listing.root.as_posix()}/")
        expression = word_key(label) in known or is_expression(label)
        if "/" not in image and not expression:
            left_out.append((image, "lies in no folder of an expression"))
            continue
        meant += expression
        words.append(next(_part_words(file, above), ""))
        rows.append((image, path, label, "", path))
    images = pd.DataFrame(rows, columns=["image", "path", "expression", "subject", "origin"])
    return ReaderResult(images.assign(usage=parts_of(words))[: len(rows) if meant else 0], left_out)


def _part_words(file: str, folders: list[str]) -> Iterator[str]:
    """Words that mean a part, the strongest first."""
    for word in (file.split("_")[0], *reversed(folders)):
        if part_of(word):
            yield word
