"""The names that a mistyped one is likely to mean."""

import difflib
import re
from collections.abc import Iterable

#: Names less alike than this are no suggestion.
_LEAST_LIKENESS = 0.65
#: Shorter words are part of too many names.
_SHORTEST = 2


def nearest(word: str, names: Iterable[str], most: int = 3) -> list[str]:
    """The names most like a word, best first: those that differ by separators alone, contain it, or are spelt alike.

    Args:
        word: as it was written.
        names: that it may mean.
        most: at most so many.

    Examples:
        >>> nearest("grad-cam", ["gradcam", "gradcam_plusplus", "lime"])
        ['gradcam']
        >>> nearest("ekman", ["facs_units", "friesen_ekman"]), nearest("twelf", ["twelve", "demo"])
        (['friesen_ekman'], ['twelve'])
    """
    key = plain(word)
    scored = [(_likeness(key, plain(name)), -len(name), name) for name in names]
    same = [name for score, _, name in scored if score == 3]
    if same:
        return same[:most]
    best = sorted(
        (entry for entry in scored if entry[0] >= _LEAST_LIKENESS), key=lambda entry: (-entry[0], -entry[1], entry[2])
    )
    return [name for *_, name in best[:most]]


def plain(word: str) -> str:
    """A name without case and separators: `grad-cam` as `gradcam`, `gradcam++` as `gradcamplusplus`."""
    return re.sub(r"[\W_]+", "", word.casefold().replace("+", "plus"))


def _likeness(key: str, name: str) -> float:
    if key == name:
        return 3.0
    shorter = min(len(key), len(name))
    if shorter >= _SHORTEST and (name.startswith(key) or key.startswith(name)):
        return 2.0
    if shorter > _SHORTEST and (key in name or name in key):
        return 1.5
    # Long names are known by how they begin.
    return max(difflib.SequenceMatcher(None, key, part).ratio() for part in (name, name[: len(key) + 1]))
