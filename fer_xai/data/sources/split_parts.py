"""Official splits: the words that data sets have for the parts for training, validation and test."""

import logging
import re
from collections.abc import Iterable

log = logging.getLogger(__name__)

#: The part that a word means: what the column `usage` holds; it is empty for images in none of them.
PARTS: dict[str, tuple[str, ...]] = {
    "train": ("train", "training", "tr", "trn"),
    "validation": ("validation", "val", "valid", "dev", "development", "publictest"),
    "test": ("test", "testing", "privatetest"),
}

_BY_WORD = {word: part for part, words in PARTS.items() for word in words}


def part_of(word: str) -> str:
    """The part that a word, or the name of a folder, means; empty if none.

    Examples:
        >>> part_of("PublicTest"), part_of("train_set"), part_of("faces")
        ('validation', 'train', '')
    """
    plain = re.sub(r"([_\- ]?(set|class|data|images|faces|part))+$", "", word.strip().casefold())
    return _BY_WORD.get(plain, "")


def parts_of(words: Iterable[str]) -> list[str]:
    """The parts that words mean.

    A data set with a part for validation and none for test is tested on that part: so do those who publish on such
    data sets, whose test part is kept back (AffectNet).

    Args:
        words: one for each image.
    """
    parts = [part_of(word) for word in words]
    if "validation" in parts and "test" not in parts:
        parts = ["test" if part == "validation" else part for part in parts]
    return parts
