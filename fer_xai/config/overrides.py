"""Overrides that cannot be: not to be read, several values where one is wanted, null for a choice."""

from collections.abc import Sequence
from typing import Any

from fer_xai.config.keys import NAMED
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError

#: Groups of which several choices make one config.
SEVERAL = (*NAMED, "data")
#: Those of which there may be none.
_NONE = ("trust", "realign", "logger")
#: Groups whose choices are sets of settings, which may add to one another.
_SETS = ("study", "debug")


def check_overrides(arguments: Sequence[str]) -> None:
    """Refuse what Hydra cannot read, values of which it says what does not help here, and those it mixes up.

    Args:
        arguments: of the command line.

    Raises:
        UserError: naming the override, and what would be right.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    parser = OverridesParser.create()
    for text in arguments:
        if text.startswith("-"):
            continue
        try:
            override = parser.parse_override(text)
        except HydraException as error:
            raise UserError(_unread(text, error)) from error
        if not override.key_or_group:
            raise UserError(f"config: {text}: write KEY=VALUE")
        if override.key_or_group == "job":
            raise UserError(f"{text}: a run's name within its sweep is not chosen: leave it out")
        if not override.is_delete():
            for value in _values(override):
                _check_choice(override.key_or_group, value)


def _unread(text: str, error: Exception) -> str:
    """What to say of an argument that Hydra cannot read; its own words do not always name it."""
    if "=" not in text:
        return f"config: {text}: write KEY=VALUE"
    key = text.partition("=")[0]
    said = " ".join(str(error).split())
    return f"config: {text}: cannot be read ({said}); a value with signs of its own stands in quotes: \"{key}='VALUE'\""


def _values(override: Any) -> list[Any]:
    """The plain values of an override, of a sweep each; none of ranges and globs, which give names or numbers."""
    if not override.is_sweep_override():
        return [override.value()]
    values = getattr(override.value(), "list", None) or []
    # A word in quotes is an object of its own.
    return [getattr(value, "text", value) for value in values]


def _check_choice(key: str, value: Any) -> None:
    """Refuse what names no choice of a shipped group, or several of one whose choices would be mixed."""
    folder = conf_dir() / key
    if key.startswith("hydra") or not folder.is_dir() or isinstance(value, str | dict):
        # Settings of a group, in braces, are its choice's.
        return
    choices = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
    if isinstance(value, list):
        if len(value) < 2 or key in (*SEVERAL, *_SETS):
            return
        names = ",".join(map(str, value))
        raise UserError(f"{key}=[{names}]: choose one; with -m, {key}={names} makes a run of each")
    said = "null" if value is None else str(value).lower()
    if value is None and key in _NONE:
        raise UserError(f"{key}=null: write {key}=[] to choose none, or choose among {choices}")
    if value is None and key in _SETS:
        raise UserError(f"{key}=null: leave it out to have none, or choose among {choices}")
    raise UserError(f"{key}={said}: choose among {choices}")
