"""From what a table says of an image to the image's file."""

import os
import re
import unicodedata
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
class _Matches:
    """What a search in one folder came to: the places of rows, and rows whose names fit several files, with these."""

    places: dict[Any, str] = field(default_factory=dict)
    by_end: list[Any] = field(default_factory=list)
    unclear: dict[Any, list[str]] = field(default_factory=dict)


def find_images(names: pd.Series, root: Path, table_folder: Path | None = None) -> ImageFiles:
    """The files that a table means, where the names are not those of the files to the letter.

    What is not there under its name is looked for below the folder: without regard to case, without ending, by the
    longest end of its path that a file has (`C:/me/faces/P1/a.jpg` is `P1/a.jpg`), by the letters and digits alone
    (`KM-NE1` is `km.ne1.png`), and a number by its value (`5` is `005.jpg`). A name that fits several files fits none,
    and by the end of its path no name is given a file that another row names.

    Args:
        names: file names relative to `root`, or paths, separated by slashes.
        root: the folder.
        table_folder: another folder to look in for paths of another machine, that of the table.
    """
    # A link that leads nowhere is there under its name: what is wrong with it is said when it is read.
    there = pd.Series([bool(name) and os.path.lexists(root / name) for name in names], index=names.index, dtype=bool)
    names, paths = names.copy(), pd.Series([str(root / name) for name in names], index=names.index, dtype=object)
    unresolved, notes, warnings, renamed = names[~there & (names != "")], [], [], 0
    for folder in dict.fromkeys([root, table_folder or root]):
        # What is said to be relative to a folder is not looked for in another one.
        wanted = unresolved if folder == root else unresolved[unresolved.str.match(r"/|\w:")]
        if wanted.empty or not folder.is_dir():
            continue
        places = [path.removeprefix(f"{folder.as_posix()}/") for path in list_files(folder).images]
        matches = _search(wanted, places, set(paths[there]), folder)
        for row, place in matches.places.items():
            names[row], paths[row] = place, str(folder / place)
        renamed += len(matches.places) - len(matches.by_end)
        if matches.by_end:
            row = matches.by_end[0]
            example = f"{unresolved[row]} is {paths[row]}"
            warnings.append(f"{len(matches.by_end)} images were found by the ends of their paths ({example})")
        if matches.unclear:
            row, fits = next(iter(matches.unclear.items()))
            several = f"{unresolved[row]}: {' or '.join(fits[:3])}"
            warnings.append(f"{len(matches.unclear)} images fit several files ({several}) and count as missing")
        unresolved = unresolved.drop([*matches.places])
    if renamed:
        notes.append(f"{renamed} images were found under other names than the table's")
    known = paths[names != ""].drop(unresolved.index)
    warnings += _not_in_the_table(known, [root, table_folder or root])
    return ImageFiles(names, paths, notes, warnings)


def _not_in_the_table(paths: pd.Series, folders: list[Path]) -> list[str]:
    """How many images lie among those of the table that it does not name.

    Nothing is said where the images are strewn over the disk: what holds them all then holds much else.
    """
    if paths.empty:
        return []
    common = Path(os.path.commonpath({os.path.normpath(Path(path).parent) for path in paths}))
    if common == Path(common.anchor) or any(common in folder.parents for folder in folders):
        return []
    others = sorted(set(list_files(common).images).difference(Path(path).as_posix() for path in paths))
    return [f"{len(others)} images below {common} are not in the table, e.g. {others[0]}"] if others else []


def _search(unresolved: pd.Series, places: list[str], named: set[str], folder: Path) -> _Matches:
    """Look for the files of names, the closest way first.

    Args:
        unresolved: the names.
        places: the images below the folder.
        named: paths that other rows name to the letter.
        folder: where the places are.
    """
    matches = _Matches()
    for of_place, of_name in _CLOSE:
        unresolved = _by_key(unresolved, places, of_place, of_name, matches)
    free = [place for place in places if str(folder / place) not in named]
    _by_ends(unresolved, free, matches)
    unresolved = unresolved.drop([row for row in unresolved.index if row in matches.places or row in matches.unclear])
    # Of names without folders two may mean one file (`1` and `1.png`).
    with_folder = unresolved.str.contains("/").to_numpy(bool)
    for some, among in ((unresolved[with_folder], free), (unresolved[~with_folder], places)):
        for of_place, of_name in _LOOSE:
            some = _by_key(some, among, of_place, of_name, matches)
    return matches


def _by_key(
    unresolved: pd.Series,
    places: list[str],
    of_place: Callable[[str], str],
    of_name: Callable[[str], str],
    matches: _Matches,
) -> pd.Series:
    """Find files by what is compared of each, where that is unique; returns the names that remain."""
    keys = pd.Series([of_place(place) for place in places], index=places, dtype=object)
    files = {key: place for place, key in keys[~keys.duplicated(keep=False)].items() if key}
    some = unresolved.map(of_name).map(files).dropna()
    matches.places |= some.to_dict()
    return unresolved.drop(some.index)


def _by_ends(unresolved: pd.Series, places: list[str], matches: _Matches) -> None:
    """Find files by the longest end of a path that one has, with or without its ending."""
    ends: dict[str, list[str]] = defaultdict(list)
    for place in places if len(unresolved) else ():
        for key in {_composed(place), _without_ending(place)}:
            for end in _ends(key):
                ends[end].append(place)
    meant: dict[str, set[str]] = defaultdict(set)
    rows: dict[Any, str] = {}
    for row, name in unresolved.items():
        pairs = zip(_ends(_composed(name)), _ends(_without_ending(name)), strict=True)
        fits = next((ends[end] for pair in pairs for end in pair if end in ends), [])
        if len(fits) > 1:
            matches.unclear[row] = fits
        elif fits:
            rows[row] = fits[0]
            meant[fits[0]].add(name)
    for row, place in rows.items():
        if len(meant[place]) > 1:
            # Two paths of elsewhere that end alike, and one file: it may be either of them.
            matches.unclear[row] = [place]
        else:
            matches.places[row] = place
            matches.by_end += [row] if "/" in unresolved[row] else []


def _ends(path: str) -> list[str]:
    """The path, and what is left of it without its first folder, its first two, and so on."""
    parts = path.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]


def _composed(name: str) -> str:
    """A name without regard to case, and to whether its accents are letters of their own, as on some systems."""
    return unicodedata.normalize("NFC", name).casefold()


def _without_ending(name: str) -> str:
    return _composed(str(Path(name).with_suffix("")) if suffix(name) in IMAGE_SUFFIXES else name)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", _composed(stem(name)))


def _number_in(name: str) -> str:
    """The number in the name of a file, if there is but one."""
    numbers = re.findall(r"\d+", stem(name))
    return str(int(numbers[0])) if len(numbers) == 1 else ""


def _number(name: str) -> str:
    match = re.fullmatch(r"(\d+)(\.0+)?", name.strip())
    return str(int(match[1])) if match else "no number"


_Way = tuple[Callable[[str], str], Callable[[str], str]]
#: Ways to compare files with names of a table: what is compared of each.
_CLOSE: tuple[_Way, ...] = ((_composed, _composed), (_without_ending, _without_ending))
_LOOSE: tuple[_Way, ...] = (
    (lambda place: _composed(stem(place)), lambda name: _composed(stem(name))),
    (_plain, _plain),
    (_number_in, _number),
)
