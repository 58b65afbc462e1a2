"""The literature that a study has used, out of `sources.bib`."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Source:
    """An entry of BibTeX.

    Attributes:
        key: by which it is cited.
        used_by: choices of the configuration (`explainer/gradcam`) and methods (`method/permanova`) that rest on it.
        entry: as BibTeX, without the field that says what uses it.
    """

    key: str
    used_by: frozenset[str]
    entry: str


@cache
def sources() -> tuple[Source, ...]:
    """All entries, in the order of the file."""
    text = (files(__package__ or "") / "sources.bib").read_text(encoding="utf-8")
    found = []
    for entry in re.findall(r"^@.*?^}\n", text, flags=re.DOTALL | re.MULTILINE):
        key = re.match(r"@\w+{([^,]+),", entry)
        users = re.search(r"^  usedby = {(.*)},\n", entry, flags=re.MULTILINE)
        if key and users:
            names = frozenset(name.strip() for name in users[1].split(","))
            found.append(Source(key[1], names, entry.replace(users[0], "")))
    return tuple(found)


def cited(used: Collection[str]) -> list[Source]:
    """The entries that something in use rests on."""
    return [source for source in sources() if source.used_by & set(used)]


def keys_of(*names: str) -> Sequence[str]:
    """Keys of the entries that any of these choices or methods rests on."""
    return [source.key for source in cited(names)]
