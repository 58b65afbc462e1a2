"""Values on the command line that Hydra's grammar has no letters for: `data.root=/données (2)/ö`, `(.+)_\\d+`."""

#: How keys end whose values are patterns.
_PATTERNS = ("_regex", "pattern")


def quote_paths(arguments: list[str]) -> list[str]:
    """Quote the values that Hydra cannot read but a file system can.

    Hydra reads values without quotes in ASCII and without brackets only. An argument that it refuses, and whose value
    has a slash or a letter beyond ASCII or is a pattern by its key (`data.subject_regex`, `data.image_pattern`), is
    given quotes; everything else stays as it is, mistakes included.

    Args:
        arguments: of the command line.

    Examples:
        >>> quote_paths(["data.root=/données (2)", "data.root=/plain", "data=[a"])
        ["data.root='/données (2)'", 'data.root=/plain', 'data=[a']
        >>> quote_paths(["data.image_pattern={:03d}.jpg"])
        ["data.image_pattern='{:03d}.jpg'"]
    """
    return [_quoted(text) for text in arguments]


def _quoted(text: str) -> str:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    key, equals, value = text.partition("=")
    pattern = key.endswith(_PATTERNS)
    if not equals or text.startswith("-") or ("/" not in value and value.isascii() and not pattern):
        return text
    try:
        OverridesParser.create().parse_override(text)
    except HydraException:
        escaped = value.replace("'", "\\'")
        return f"{key}='{escaped}'"
    return text
