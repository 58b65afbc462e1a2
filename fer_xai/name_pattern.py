"""Patterns of file names with fields in braces, such as `{observer}_{expression}.csv`, and what they find in a name."""

import itertools
import re
import string
from collections.abc import Mapping

from fer_xai.errors import UserError
from fer_xai.expressions import SYNONYMS

_WORDS = sorted({word for name, words in SYNONYMS.items() for word in (name, *words)}, key=len, reverse=True)
#: What the field `expression` takes: a known word for one, longer ones first.
EXPRESSION_WORD = "(?i:" + "|".join(map(re.escape, _WORDS)) + ")"
_ANYTHING = "[^/]+?"


class NamePattern:
    """A file name with fields in braces.

    Args:
        text: fields in any order with any text between them; `/` goes into folders. A field that comes twice has to be
            the same both times.
        fields: regular expression of what each possible field takes; None for any text without `/`.
        what: what the pattern is, for messages, e.g. the config key that sets it.

    Attributes:
        text: as given.
        fields: the fields that the text has, in their order.

    Raises:
        UserError: an unknown field, or fields with nothing between them.

    Examples:
        >>> pattern = NamePattern("{observer}_{expression}.csv", {"observer": None, "expression": EXPRESSION_WORD})
        >>> pattern.values("P_01_angry.csv")
        {'observer': 'P_01', 'expression': 'angry'}
        >>> pattern.values("P_01_bored.csv") is None
        True
    """

    def __init__(self, text: str, fields: Mapping[str, str | None], what: str = "pattern") -> None:
        self.text = text
        try:
            self._pieces = [(literal, field) for literal, field, _, _ in string.Formatter().parse(text)]
        except ValueError as error:
            raise UserError(f"{what} '{text}' cannot be read: {error}") from error
        found = [field for _, field in self._pieces if field is not None]
        for field in found:
            if field not in fields:
                raise UserError(f"{what} '{text}' has an unknown field {{{field}}}: known are {', '.join(fields)}")
        for (_, first), (between, second) in itertools.pairwise(self._pieces):
            if first and second and not between:
                raise UserError(
                    f"{what} '{text}' has nothing between {{{first}}} and {{{second}}}: put some text there"
                )
        self.fields = tuple(dict.fromkeys(found))
        self._takes = {field: fields[field] or _ANYTHING for field in self.fields}
        self._expression = self._compiled(self._takes)

    def values(self, name: str) -> dict[str, str] | None:
        """What each field is in a name, or None where the name does not fit.

        Args:
            name: of a file, with the folders that the pattern speaks of, separated by `/`.
        """
        match = self._expression.fullmatch(name)
        return match.groupdict() if match else None

    def loosely(self, name: str, *fields: str) -> dict[str, str] | None:
        """The same, where these fields may be any text without `/`: to say what is wrong with a name."""
        match = self._compiled(self._takes | dict.fromkeys(fields, _ANYTHING)).fullmatch(name)
        return match.groupdict() if match else None

    def _compiled(self, takes: Mapping[str, str]) -> re.Pattern[str]:
        out, seen = [], set()
        for literal, field in self._pieces:
            out.append(re.escape(literal))
            if field in seen:
                out.append(f"(?P={field})")
            elif field is not None:
                out.append(f"(?P<{field}>{takes[field]})")
                seen.add(field)
        return re.compile("".join(out))
