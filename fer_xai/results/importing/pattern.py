"""Patterns of file names, such as `{network}_{expression}_heatmap.png`, and what they find in a name."""

import difflib
import itertools
import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from fer_xai.errors import UserError
from fer_xai.expressions import SYNONYMS, expression_name

#: The fields that a pattern may have.
FIELDS = ("network", "expression", "fold", "pretrained", "explainer", "seed")

_WORDS = sorted({word for name, words in SYNONYMS.items() for word in (name, *words)}, key=len, reverse=True)

# The network's name takes as much as it can: it is the field that most often holds the separator itself.
_LOOSE = {"network": "[^/]+", "fold": r"\d+", "seed": r"\d+"}
_STRICT = _LOOSE | {"expression": "(?i:" + "|".join(map(re.escape, _WORDS)) + ")"}


@dataclass(frozen=True)
class Match:
    """What a file name says of its heatmap; None for what it does not say."""

    expression: str
    network: str | None = None
    fold: int | None = None
    pretrained: str | None = None
    explainer: str | None = None
    seed: int | None = None


class FilePattern:
    """A file name with fields in braces.

    Args:
        text: fields of `FIELDS` in any order with any text between them; `/` goes into folders.

    Raises:
        UserError: an unknown field, fields with nothing between them, or no field for the expression.

    Examples:
        >>> FilePattern("{fold}-{network}-{expression}.png").match("2-Res-Net-Angry.png").network
        'Res-Net'
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            pieces = [(literal, field) for literal, field, _, _ in string.Formatter().parse(text)]
        except ValueError as error:
            raise UserError(f"pattern '{text}' cannot be read: {error}") from error
        fields = [field for _, field in pieces if field is not None]
        for field in fields:
            if field not in FIELDS:
                raise UserError(f"pattern '{text}' has an unknown field {{{field}}}: known are {', '.join(FIELDS)}")
        if "expression" not in fields:
            raise UserError(
                f"pattern '{text}' has no {{expression}}: a heatmap without one has nothing to compare with"
            )
        for (_, first), (between, second) in itertools.pairwise(pieces):
            if first and second and not between:
                raise UserError(
                    f"pattern '{text}' has nothing between {{{first}}} and {{{second}}}: put some text there"
                )
        self.fields = tuple(dict.fromkeys(fields))
        self._pieces = pieces

    @cached_property
    def _strict(self) -> re.Pattern[str]:
        return self._compile(_STRICT)

    @cached_property
    def _loose(self) -> re.Pattern[str]:
        return self._compile(_LOOSE)

    def _compile(self, parts: dict[str, str]) -> re.Pattern[str]:
        out, seen = [], set()
        for literal, field in self._pieces:
            out.append(re.escape(literal))
            if field in seen:
                out.append(f"(?P={field})")
            elif field is not None:
                out.append(f"(?P<{field}>{parts.get(field, '[^/]+?')})")
                seen.add(field)
        return re.compile("".join(out))

    def match(self, name: str) -> Match | None:
        """What `name` says, or None where it does not fit.

        Args:
            name: the file's path below the source folder, with `/`.
        """
        parts = self._strict.fullmatch(name)
        if parts is None:
            return None
        values = parts.groupdict()
        numbers = {key: int(values[key]) for key in ("fold", "seed") if key in values}
        words = {key: values[key] for key in ("network", "pretrained", "explainer") if key in values}
        return Match(expression_name(values["expression"]), **numbers, **words)  # type: ignore[arg-type]

    def why_not(self, name: str) -> str:
        """Why `name` does not fit, in a few words."""
        parts = self._loose.fullmatch(name)
        if parts is None:
            return f"does not fit the pattern '{self.text}'"
        return f"'{parts['expression']}' is no known word for an expression"

    def nearest(self, names: Iterable[str], n: int = 3) -> list[str]:
        """The `n` names most like the pattern."""
        return difflib.get_close_matches(self.text, list(names), n=n, cutoff=0.0)
