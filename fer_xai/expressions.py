"""The expressions: the six basic ones in the order of every table and array, and what may stand beside them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from fer_xai.errors import UserError
from fer_xai.nearest import nearest

EXPRESSIONS: tuple[str, ...] = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")

#: Words that data sets and file names use, beside the expression's own name.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "anger": ("angry", "an", "ang"),
    "disgust": ("disgusted", "di", "dis"),
    "fear": ("fearful", "afraid", "scared", "fe", "fea", "af"),
    "happiness": ("happy", "joy", "joyful", "ha", "hap"),
    "sadness": ("sad", "sa"),
    "surprise": ("surprised", "su", "sur"),
    "neutral": ("neutrality", "rest", "ne", "neu"),
    "contempt": ("contemptuous", "con"),
}

_BY_WORD = {word: name for name, words in SYNONYMS.items() for word in (name, *words)}

#: Words that tables of results use for something else, or that programs read as an empty cell.
_RESERVED = {"mean", "mean low", "mean high", "network", "baselines", "below floor", "nan", "na", "null", "none"}
_LONGEST = 40


def word_key(word: Any) -> str:
    """What two spellings of one word have in common: case, spaces, underscores and composed letters do not count.

    Examples:
        >>> word_key(" Being_Bored ")
        'being bored'
    """
    return " ".join(unicodedata.normalize("NFC", str(word)).replace("_", " ").split()).casefold()


def expression_name(word: Any, extra: Mapping[Any, str] | None = None, classes: Iterable[str] = ()) -> str:
    """The expression that a word means, without regard to case and surrounding space.

    Args:
        word: as a label file or a file name has it, e.g. `Angry`.
        extra: further words with the expressions that they mean, stronger than the built-in ones.
        classes: names of a study's classes, which are words for themselves.

    Returns:
        One of `EXPRESSIONS`, `neutral`, `contempt` or one of `classes`; or what `extra` has for the word.

    Raises:
        UserError: the word means no known expression.

    Examples:
        >>> expression_name("Angry")
        'anger'
        >>> expression_name("Pain", classes=["anger", "pain"])
        'pain'
    """
    own = {word_key(name): name for name in classes}
    table = own | _BY_WORD | {word_key(k): v for k, v in (extra or {}).items()}
    key = word_key(word)
    if key not in table:
        near = [table[similar] for similar in nearest(key, table, most=1) if len(key) > 4 and table[similar]]
        meant = f" (did you mean {near[0]}?)" if near else ""
        known = ", ".join(SYNONYMS)
        raise UserError(f"unknown expression word '{word}'{meant}: known are {known} and their common synonyms")
    return table[key]


def is_known_word(word: Any) -> bool:
    """Whether a word means a known expression, without looking for what else it may have been meant for."""
    return word_key(word) in _BY_WORD


def expression_in(text: str, among: Iterable[str] = tuple(SYNONYMS)) -> str | None:
    """The first expression that a word of a text means, such as a file's name; None where none does.

    Args:
        text: its words stand between signs that are no letters.
        among: expressions that count.

    Examples:
        >>> expression_in("f03_Angry_2"), expression_in("f03_neutral", EXPRESSIONS)
        ('anger', None)
    """
    for word in re.findall(r"[^\W\d_]+", text):
        name = _BY_WORD.get(word_key(word))
        if name in set(among):
            return name
    return None


def class_names(words: Iterable[Any], extra: Mapping[Any, str | None] | None = None) -> tuple[str, ...]:
    """The classes of a study as they are called from then on, in the order of every table.

    Args:
        words: understood as words in data are; one that means no known expression is a class of its own.
        extra: further words with what they mean.

    Returns:
        The known expressions in the order of `SYNONYMS`, then the others as they came, in small letters.

    Raises:
        UserError: two words for one class, or a word that can be none.

    Examples:
        >>> class_names(["pain", "Sad", "Happy"])
        ('happiness', 'sadness', 'pain')
    """
    meant: dict[str, Any] = {}
    for word in words:
        own = unicodedata.normalize("NFC", " ".join(str(word).split())).lower()
        name = expression_name(word, {k: v for k, v in (extra or {}).items() if v is not None}, [own])
        name = expression_name(name, classes=[name])
        if name not in SYNONYMS:
            _check_own(name)
        if name in meant:
            raise UserError(f"classes: '{meant[name]}' and '{word}' are both {name}; give each class once")
        meant[name] = word
    known = [name for name in SYNONYMS if name in meant]
    return (*known, *(name for name in meant if name not in SYNONYMS))


def _check_own(name: str) -> None:
    """A class names rows, columns and files: it has to be a word."""
    if not re.fullmatch(r"\w(?:[\w '’.-]*\w)?", name) or not re.search(r"\w", name.replace("_", "")):
        raise UserError(f"classes: '{name}' cannot be a class: a word of letters, digits, spaces, - and ' can")
    if len(name) > _LONGEST or word_key(name) in _RESERVED:
        raise UserError(f"classes: '{name}' cannot be a class: choose another word, of at most {_LONGEST} letters")
