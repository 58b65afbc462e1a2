"""Sentences about a study: their texts are in the templates `*.txt.j2`, a macro each."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined


def sentence(name: str, /, **facts: Any) -> str:
    """One of the sentences (a few belong together) as a single line.

    Args:
        name: of its macro in one of the templates.
        facts: the macro's arguments.

    Examples:
        >>> sentence("runs_set_aside", number=1, settings=["recipe"])
        'Set aside: 1 run of earlier commands, which differs in recipe.'
    """
    return " ".join(getattr(_macros(), name)(**facts).split())


def figure_words(figures: Mapping[Any, Any], digits: int = 3) -> str:
    """A value with its interval, where it has one.

    Examples:
        >>> figure_words({"value": 0.25, "low": 0.125, "high": 0.5}, 2)
        '0.25 (95 % interval 0.12 to 0.50)'
    """
    value = f"{figures['value']:.{digits}f}"
    if not math.isfinite(figures["low"]):
        return value
    over = f" over {figures['holds']}:" if figures.get("holds") else ""
    return f"{value} (95 % interval{over} {figures['low']:.{digits}f} to {figures['high']:.{digits}f})"


def join(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def few(words: Sequence[str], most: int = 3) -> str:
    """The first of many words, and how many more there are.

    Examples:
        >>> few(["a", "b", "c", "d", "e"])
        'a, b, c and 2 more'
    """
    return join(words) if len(words) <= most + 1 else f"{', '.join(words[:most])} and {len(words) - most} more"


def number_of(number: int, word: str) -> str:
    """`1 network`, `2 networks`."""
    return f"{number} {word}" + ("" if number == 1 else "s")


@cache
def _macros() -> Any:
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    environment.filters |= {"figures": figure_words, "listed": join, "few": few, "number_of": number_of}
    environment.tests["finite"] = math.isfinite
    folder = sorted(files(__package__ or "").iterdir(), key=lambda path: path.name)
    texts = [path.read_text(encoding="utf-8") for path in folder if path.name.endswith(".txt.j2")]
    return environment.from_string("".join(texts)).module
