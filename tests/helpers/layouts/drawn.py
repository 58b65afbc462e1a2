"""The layouts with drawn faces in place of nothing, so that whole runs can be made of them."""

import csv
from collections import Counter
from pathlib import Path

from helpers.layouts import LAYOUTS, Layout, Shown, write

#: The data set's layout that stands for its config.
_OF_CONFIG = {"fer2013": "fer2013 folders"}
#: Where the people of a data set begin among the drawn ones, so that two that are merged share nobody.
_FIRST = {"bu4dfe": 3}


def write_drawn(root: Path, table: Path) -> dict[str, Path]:
    """Write one layout of each data set.

    Args:
        root: a folder for each data set is made in it.
        table: folder of a table data set with several drawn people, each with every expression.

    Returns:
        The folder of each data set by the name of its config.
    """
    with (table / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = [(table / row["image"], row["expression"]) for row in csv.DictReader(file)]
    faces: dict[str, list[bytes]] = {}
    for path, expression in rows:
        faces.setdefault(expression, []).append(path.read_bytes())
    names = sorted({layout.reader for layout in LAYOUTS.values()})
    return {name: _write(LAYOUTS[_OF_CONFIG.get(name, name)], root / name, faces) for name in names}


def _write(layout: Layout, root: Path, faces: dict[str, list[bytes]]) -> Path:
    first = _FIRST.get(layout.reader, 0)
    people = {subject: i for i, subject in enumerate(sorted({item.subject for item in layout.shown}), first)}
    seen: Counter[str] = Counter()

    def picture(item: Shown | str) -> bytes:
        if isinstance(item, str):
            return b"no picture"
        seen[item.expression] += 1
        drawn = faces[item.expression]
        person = people[item.subject] if item.subject else seen[item.expression]
        # Bytes after the end of a picture are not read: no two files are the same, as in the data sets.
        return drawn[person % len(drawn)] + item.path.encode()

    return write(layout, root, picture)
