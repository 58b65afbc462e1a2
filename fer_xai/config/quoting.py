"""Values on the command line that Hydra's grammar has no letters for: `data.root=/données (2)/ö`, `(.+)_\\d+`."""

import json
import re

#: How keys end whose values are patterns, or names of other people's making: `FixationPointX(MCSpx)`.
_PATTERNS = ("_regex", "pattern", "_column")
#: How keys end whose values are mappings of words.
_MAPPINGS = (".words", ".ratings")

#: A part of a list or a mapping: something in quotes, a mark, or a word.
_PART = re.compile(r"""\s*('(?:\\.|[^'\\])*'(?=\s*[\]},:])|"(?:\\.|[^"\\])*"(?=\s*[\]},:])|[\[\]{},:]|[^\[\]{},:]+)""")
_PLAIN = re.compile(r"[A-Za-z0-9_./+$%*@?|-]+(?: [A-Za-z0-9_./+$%*@?|-]+)*")
_MARKS = tuple("[]{},:")


def quote_paths(arguments: list[str]) -> list[str]:
    """Quote the values that Hydra cannot read but a file system, or a language, can.

    Hydra reads values without quotes in ASCII and without brackets only. An argument that it refuses, and whose value
    has a slash, an equals sign or a letter beyond ASCII or is a pattern or a column by its key (`data.subject_regex`,
    `data.image_pattern`, `data.image_column`), is given quotes: each word of a list, a mapping of words as JSON,
    anything else as a whole. The rest stays as it is, mistakes included.

    Args:
        arguments: of the command line.

    Examples:
        >>> quote_paths(["data.root=/données (2)", "data.root=/plain", "data=[a"])
        ["data.root='/données (2)'", 'data.root=/plain', 'data=[a']
        >>> quote_paths(["data.image_pattern={:03d}.jpg"])
        ["data.image_pattern='{:03d}.jpg'"]
        >>> quote_paths(["reference.fixations.x_column=FixationPointX(MCSpx)"])
        ["reference.fixations.x_column='FixationPointX(MCSpx)'"]
        >>> print(*quote_paths(["classes=[sad,Ärger]", "data.words={Ärger:anger,x:null}"]))
        classes=[sad,'Ärger'] data.words='{"Ärger": "anger", "x": null}'
    """
    return [_quoted(text) for text in arguments]


def _quoted(text: str) -> str:
    key, equals, value = text.partition("=")
    mapping = _mapping(value) if key.endswith(_MAPPINGS) else None
    odd = "/" in value or "=" in value or not value.isascii() or key.endswith(_PATTERNS)
    if not equals or text.startswith("-") or not (odd or mapping) or _is_read(text):
        return text
    forms = [mapping, _list(value) if value.startswith("[") else None, _text(value)]
    return next((override for form in forms if form and _is_read(override := f"{key}={form}")), text)


def _is_read(text: str) -> bool:
    """Whether Hydra can read an argument."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        OverridesParser.create().parse_override(text)
    except HydraException:
        return False
    return True


def _list(value: str) -> str:
    """A list with quotes around the words that want them."""
    parts = [part.strip() for part in _PART.findall(value)]
    return "".join(
        part if part in _MARKS or _PLAIN.fullmatch(part) or part[0] in "'\"" else _text(part) for part in parts
    )


def _text(word: str) -> str:
    escaped = word.replace("'", "\\'")
    return f"'{escaped}'"


def _mapping(value: str) -> str | None:
    """A mapping of words as JSON in quotes, for Hydra reads no quotes in keys; None where it is none."""
    parts = [part.strip() for part in _PART.findall(value)]
    if parts[:1] != ["{"] or parts[-1] != "}":
        return None
    inner = parts[1:-1]
    pairs = [inner[i : i + 4] for i in range(0, len(inner), 4)]
    whole = all(len(pair) >= 3 and pair[1] == ":" and pair[3:] in ([","], []) for pair in pairs)
    if not whole or any(word in _MARKS for pair in pairs for word in (pair[0], pair[2])):
        return None
    words = {_bare(pair[0]): None if pair[2] in {"null", "None"} else _bare(pair[2]) for pair in pairs}
    return _text(json.dumps(words, ensure_ascii=False))


def _bare(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"" else word
