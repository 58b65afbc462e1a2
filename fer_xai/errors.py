"""The one exception that a user's mistake raises."""

import unicodedata


def printable(text: str) -> str:
    r"""A text with escapes for what would steer a terminal that shows it, as names in files of others may.

    Examples:
        >>> printable("a\x1b[2Jb é")
        'a\\x1b[2Jb é'
    """
    steers = {letter for letter in text if not letter.isprintable() and not _is_blank(letter)}
    return text.translate({ord(letter): letter.encode("unicode_escape", "surrogatepass").decode() for letter in steers})


def _is_blank(letter: str) -> bool:
    """Whether a letter is a space of some width, a tab or a new line; a carriage return would write over its line."""
    return letter in "\t\n" or unicodedata.category(letter) == "Zs"


class UserError(Exception):
    """A mistake that its user can mend: shown as one line, without a traceback, with exit status 2.

    The message says what is wrong, where (file, row, config key), and what would be right.
    """

    def __str__(self) -> str:
        """The message as one line, whatever was put into it."""
        return printable(" ".join(super().__str__().split()))


class UnavailableError(UserError):
    """Something that the run needs cannot be had here (weights without a network): recorded, and the sweep goes on."""


class NotApplicableError(UserError):
    """A combination of settings that has no meaning (ImageNet weights of a network that has none): recorded."""


class NewerError(UserError):
    """Something that a newer version has written: this one neither reads nor replaces it."""


class DivergedError(UserError):
    """A training that has left the finite numbers: nothing of it is kept as a network."""
