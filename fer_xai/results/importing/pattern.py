"""Patterns of heatmaps' file names, such as `{network}_{expression}_heatmap.png`, and what they find in a name."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from fer_xai.errors import UserError
from fer_xai.expressions import expression_name
from fer_xai.name_pattern import EXPRESSION_WORD, NamePattern

# The network's name takes as much as it can: it is the field that most often holds the separator itself.
_TAKES = {
    "network": "[^/]+",
    "expression": EXPRESSION_WORD,
    "fold": r"\d+",
    "pretrained": None,
    "explainer": None,
    "seed": r"\d+",
}
#: The fields that a pattern may have.
FIELDS = tuple(_TAKES)


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
    """A heatmap's file name with fields in braces.

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
        self._pattern = NamePattern(text, _TAKES)
        self.fields = self._pattern.fields
        if "expression" not in self.fields:
            raise UserError(
                f"pattern '{text}' has no {{expression}}: a heatmap without one has nothing to compare with"
            )

    def match(self, name: str) -> Match | None:
        """What `name` says, or None where it does not fit.

        Args:
            name: the file's path below the source folder, with `/`.
        """
        values = self._pattern.values(name)
        if values is None:
            return None
        numbers = {key: int(values[key]) for key in ("fold", "seed") if key in values}
        words = {key: values[key] for key in ("network", "pretrained", "explainer") if key in values}
        return Match(expression_name(values["expression"]), **numbers, **words)  # type: ignore[arg-type]

    def why_not(self, name: str) -> str:
        """Why `name` does not fit, in a few words."""
        values = self._pattern.loosely(name, "expression")
        if values is None:
            return f"does not fit the pattern '{self.text}'"
        return f"'{values['expression']}' is no known word for an expression"

    def nearest(self, names: Iterable[str], n: int = 3) -> list[str]:
        """The `n` names most like the pattern."""
        return difflib.get_close_matches(self.text, list(names), n=n, cutoff=0.0)
