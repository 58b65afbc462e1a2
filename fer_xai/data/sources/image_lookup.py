"""From what a table says of an image to the image's file."""

import os
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import IMAGE_SUFFIXES, list_files, stem, suffix


@dataclass(frozen=True)
class ImageFiles:
    """The files that a table means.

    Attributes:
        names: of the images, relative to their folder where they lie in it; the index is that of the table.
        paths: of the files, also of those that are not there.
        notes: what was assumed, one sentence each.
        warnings: what a user should know, one sentence each.
    """

    names: pd.Series
    paths: pd.Series
    notes: list[str]
    warnings: list[str]


@dataclass
class _Found:
    """What a search in one folder came to: the places of rows, and rows whose names fit several files, with these."""

    places: dict[Any, str] = field(default_factory=dict)
    by_end: list[Any] = field(default_factory=list)
    unclear: dict[Any, list[str]] = field(default_factory=dict)


def find_images(names: pd.Series, root: Path, beside: Path | None = None) -> ImageFiles:
    """The files that a table means, where the names are not those of the files to the letter.

    What is not there under its name is looked for below the folder: without regard to case, without ending, by the
    longest end of its path that a file has (`C:/me/faces/P1/a.jpg` is `P1/a.jpg`), by the letters and digits alone
    (`KM-NE1` is `km.ne1.png`), and a number by its value (`5` is `005.jpg`). A name that fits several files fits none,
    and by the end of its path no name is given a file that another row names.

    Args:
        names: file names relative to `root`, or paths, separated by slashes.
        root: the folder.
        beside: another folder to look in for paths of another machine, that of the table.
    """
    # A link that leads nowhere is there under its name: what is wrong with it is said when it is read.
    there = pd.Series([bool(name) and os.path.lexists(root / name) for name in names], index=names.index, dtype=bool)
    names, paths = names.copy(), pd.Series([str(root / name) for name in names], index=names.index, dtype=object)
    lost, notes, warnings, renamed = names[~there & (names != "")], [], [], 0
    for folder in dict.fromkeys([root, beside or root]):
        # What is said to be relative to a folder is not looked for in another one.
        wanted = lost if folder == root else lost[lost.str.match(r"/|\w:")]
        if wanted.empty or not folder.is_dir():
            continue
        places = [path.removeprefix(f"{folder.as_posix()}/") for path in list_files(folder).images]
        found = _search(wanted, places, set(paths[there]), folder)
        for row, place in found.places.items():
            names[row], paths[row] = place, str(folder / place)
        renamed += len(found.places) - len(found.by_end)
        if found.by_end:
            row = found.by_end[0]
            example = f"{lost[row]} is {paths[row]}"
            warnings.append(f"{len(found.by_end)} images were found by the ends of their paths ({example})")
        if found.unclear:
            row, fits = next(iter(found.unclear.items()))
            several = f"{lost[row]}: {' or '.join(fits[:3])}"
            warnings.append(f"{len(found.unclear)} images fit several files ({several}) and count as missing")
        lost = lost.drop([*found.places])
    if renamed:
        notes.append(f"{renamed} images were found under other names than the table's")
    known = paths[names != ""].drop(lost.index)
    warnings += _not_in_the_table(known)
    return ImageFiles(names, paths, notes, warnings)


def _not_in_the_table(paths: pd.Series) -> list[str]:
    """How many images lie among those of the table that it does not name."""
    if paths.empty:
        return []
    common = Path(os.path.commonpath({str(Path(path).parent) for path in paths}))
    others = sorted(set(list_files(common).images).difference(Path(path).as_posix() for path in paths))
    return [f"{len(others)} images below {common} are not in the table, e.g. {others[0]}"] if others else []


def _search(lost: pd.Series, places: list[str], named: set[str], folder: Path) -> _Found:
    """Look for the files of names, the closest way first.

    Args:
        lost: the names.
        places: the images below the folder.
        named: paths that other rows name to the letter.
        folder: where the places are.
    """
    found = _Found()
    for of_place, of_name in _CLOSE:
        lost = _by_key(lost, places, of_place, of_name, found)
    free = [place for place in places if str(folder / place) not in named]
    _by_ends(lost, free, found)
    lost = lost.drop([row for row in lost.index if row in found.places or row in found.unclear])
    # Of names without folders two may mean one file (`1` and `1.png`).
    with_folder = lost.str.contains("/").to_numpy(bool)
    for some, among in ((lost[with_folder], free), (lost[~with_folder], places)):
        for of_place, of_name in _LOOSE:
            some = _by_key(some, among, of_place, of_name, found)
    return found


def _by_key(
    lost: pd.Series, places: list[str], of_place: Callable[[str], str], of_name: Callable[[str], str], found: _Found
) -> pd.Series:
    """Find files by what is compared of each, where that is unique; returns the names that remain."""
    keys = pd.Series([of_place(place) for place in places], index=places, dtype=object)
    files = {key: place for place, key in keys[~keys.duplicated(keep=False)].items() if key}
    some = lost.map(of_name).map(files).dropna()
    found.places |= some.to_dict()
    return lost.drop(some.index)


def _by_ends(lost: pd.Series, places: list[str], found: _Found) -> None:
    """Find files by the longest end of a path that one has, with or without its ending."""
    ends: dict[str, list[str]] = defaultdict(list)
    for place in places if len(lost) else ():
        for key in {place.casefold(), _without_ending(place)}:
            for end in _ends(key):
                ends[end].append(place)
    meant: dict[str, set[str]] = defaultdict(set)
    rows: dict[Any, str] = {}
    for row, name in lost.items():
        pairs = zip(_ends(name.casefold()), _ends(_without_ending(name)), strict=True)
        fits = next((ends[end] for pair in pairs for end in pair if end in ends), [])
        if len(fits) > 1:
            found.unclear[row] = fits
        elif fits:
            rows[row] = fits[0]
            meant[fits[0]].add(name)
    for row, place in rows.items():
        if len(meant[place]) > 1:
            # Two paths of elsewhere that end alike, and one file: it may be either of them.
            found.unclear[row] = [place]
        else:
            found.places[row] = place
            found.by_end += [row] if "/" in lost[row] else []


def _ends(path: str) -> list[str]:
    """The path, and what is left of it without its first folder, its first two, and so on."""
    parts = path.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]


def _without_ending(name: str) -> str:
    return (str(Path(name).with_suffix("")) if suffix(name) in IMAGE_SUFFIXES else name).casefold()


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", stem(name).casefold())


def _number_in(name: str) -> str:
    """The number in the name of a file, if there is but one."""
    numbers = re.findall(r"\d+", stem(name))
    return str(int(numbers[0])) if len(numbers) == 1 else ""


def _number(name: str) -> str:
    match = re.fullmatch(r"(\d+)(\.0+)?", name.strip())
    return str(int(match[1])) if match else "no number"


_Way = tuple[Callable[[str], str], Callable[[str], str]]
#: Ways to compare files with names of a table: what is compared of each.
_CLOSE: tuple[_Way, ...] = ((str.casefold, str.casefold), (_without_ending, _without_ending))
_LOOSE: tuple[_Way, ...] = (
    (lambda place: stem(place).casefold(), lambda name: stem(name).casefold()),
    (_plain, _plain),
    (_number_in, _number),
)
