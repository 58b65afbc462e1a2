"""What a class is called in fingerprints: by the shipped choice that builds it, not by where it is defined.

So moving or renaming a class of this package makes no other runs. Where a change makes it compute something else, its
attribute `VERSION` (a whole number, 1 where it has none) is raised: that does. Classes of others go by their path.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from hydra.utils import get_object
from omegaconf import OmegaConf

from fer_xai.config.shipped_configs import conf_dir

_PACKAGE = "fer_xai."


def class_identity(target: str, key: str = "", name: str = "") -> str:
    """A `_target_` as fingerprints and records have it.

    Args:
        target: import path of a class or a function.
        key: of the node in the config, with dots. Where several choices build the class, the one that is among its
            words, or that is called by `name`, stands for it.
        name: what the node above says of itself, such as `model.name`.

    Returns:
        `group/choice`, with the key within that choice behind a colon if there is one, and the version if it is not 1;
        the last part of the path for a class that no choice builds; the whole path for a class of others.
    """
    if not target.startswith(_PACKAGE):
        return target
    try:
        target_class: Any = get_object(target)
    except Exception:  # what cannot be imported is refused elsewhere
        target_class = None
    own = f"{getattr(target_class, '__module__', '')}.{getattr(target_class, '__qualname__', '')}"
    places = _places().get(target) or _places().get(own) or ()
    words = {*key.split("."), name}
    # A choice that is added later must not take the place of the one before: by its own name, or else the shortest.
    chosen = min(
        places, key=lambda place: (place[0].rpartition("/")[2] not in words, len(place[0]), place), default=None
    )
    called = (
        ":".join(filter(None, chosen)) if chosen else (own if target_class is not None else target).rpartition(".")[2]
    )
    version = getattr(target_class, "VERSION", 1)
    return called if version == 1 else f"{called} version {version}"


@cache
def _places() -> dict[str, list[tuple[str, str]]]:
    """Where the shipped choices build the classes of this package: import path -> choice, and key in its file."""
    places: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(conf_dir().glob("*/**/*.yaml")):
        if f"_target_: {_PACKAGE}" not in path.read_text(encoding="utf-8"):
            continue
        choice = path.relative_to(conf_dir()).with_suffix("").as_posix()
        for key, target in _targets(OmegaConf.to_container(OmegaConf.load(path)), ""):
            places.setdefault(target, []).append((choice, key))
    return places


def _targets(content: Any, key: str) -> Iterator[tuple[str, str]]:
    """Keys and targets of all that a file builds."""
    if not isinstance(content, dict):
        return
    if "_target_" in content:
        yield key, content["_target_"]
    for name, value in content.items():
        yield from _targets(value, f"{key}.{name}".lstrip("."))
