"""The six basic expressions, in the order in which every table and array holds them."""

from fer_xai.errors import UserError

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


def expression_name(word: str, extra: dict[str, str] | None = None) -> str:
    """The expression that a word means, without regard to case and surrounding space.

    Args:
        word: as a label file or a file name has it, e.g. `Angry`.
        extra: further words with the expressions that they mean, stronger than the built-in ones.

    Returns:
        One of `EXPRESSIONS`, `neutral` or `contempt`.

    Raises:
        UserError: the word means no known expression.

    Examples:
        >>> expression_name("Angry")
        'anger'
    """
    key = str(word).strip().casefold()
    table = _BY_WORD | {k.casefold(): v for k, v in (extra or {}).items()}
    if key not in table:
        raise UserError(f"unknown expression word '{word}': known are {', '.join(SYNONYMS)} and their common synonyms")
    return table[key]
