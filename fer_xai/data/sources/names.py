"""File names that hold a person and a word for an expression between separators: `AD_anger_3045_p.jpg`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import Listing, stem
from fer_xai.data.sources.labels import is_expression
from fer_xai.data.sources.reader import ReaderResult
from fer_xai.expressions import word_key

#: Shorter words are codes (AN, SA), which may as well be somebody's initials.
_SHORTEST = 3


@dataclass(frozen=True)
class Named:
    """What a name tells: `subject` is empty where it does not tell the person."""

    word: str
    subject: str


def find_by_name(listing: Listing, words: Mapping[Any, str | None], like: str) -> ReaderResult:
    """Read a data set whose file names hold person and expression.

    Args:
        listing: the files.
        words: further words for expressions.
        like: an example of a name, for messages.

    Returns:
        Images whose names tell no expression, or no person, are left out.
    """
    rows, left_out = [], []
    further = frozenset(map(word_key, words))
    for path in listing.images:
        image = path.removeprefix(f"{listing.root.as_posix()}/")
        named = read_name(image, further)
        if named is None:
            left_out.append((image, f"the name tells no expression: not like {like}"))
        elif not named.subject:
            left_out.append((image, f"the name tells no person: not like {like}"))
        else:
            rows.append((image, path, named.word, named.subject, path))
    return ReaderResult(pd.DataFrame(rows, columns=["image", "path", "expression", "subject", "origin"]), left_out)


def read_name(path: str, words: frozenset[str] = frozenset()) -> Named | None:
    """Take person and expression from a path.

    The expression is a word in the file name, or the name of a folder. The person is what stands in front of the word
    in the file name; or else what follows it, but for a last running number; or else the nearest folder with a number
    in its name.

    Args:
        path: from the data set's folder on.
        words: further words that mean expressions, in small letters.

    Returns:
        None where there is no word for an expression. The subject is in capitals, so that `ad` and `AD` are one.

    Examples:
        >>> read_name("AD_anger_3045_p.jpg"), read_name("Happy/07_2.png"), read_name("s3/sad (1).jpg")
        (Named(word='anger', subject='AD'), Named(word='Happy', subject='07'), Named(word='sad', subject='S3'))
    """
    tokens = tokens_of(stem(path))
    folders = list(reversed(PurePosixPath(path).parts[:-1]))
    place = next((i for i, token in enumerate(tokens) if is_word(token, words)), None)
    if place is not None:
        before, after = tokens[:place], tokens[place + 1 :]
        # A single thing behind the word is as likely a running number: taking it for a person would let people leak.
        person = before or (after[:-1] if after and after[-1].isdigit() else after if len(after) > 1 else [])
        return Named(tokens[place], _name(person) or _folder(folders, words))
    for level, folder in enumerate(folders):
        if is_word(folder, words):
            person = tokens[:-1] if tokens[-1:] and tokens[-1].isdigit() else tokens[:1] if len(tokens) > 1 else []
            return Named(folder, _folder(folders[:level] + folders[level + 1 :], words) or _name(person))
    return None


def _folder(folders: list[str], words: frozenset[str]) -> str:
    """The nearest folder that may be called by a person: it has a number, and is no expression."""
    named = (folder for folder in folders if re.search(r"\d", folder) and not is_word(folder, words))
    return _name(tokens_of(next(named, "")))


def tokens_of(name: str) -> list[str]:
    """The letters and digits of a name between its separators."""
    return re.findall(r"[^\W_]+", name)


def _name(tokens: list[str]) -> str:
    return "_".join(tokens).upper()


def is_word(token: str, words: frozenset[str]) -> bool:
    """Whether a piece of a name means an expression; codes of two letters do not, unless they are among `words`."""
    return word_key(token) in words or (len(token) >= _SHORTEST and is_expression(token))
