"""Which files hold what observers did, and who and what their names speak of."""

import glob
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from fer_xai.errors import UserError
from fer_xai.expressions import expression_name
from fer_xai.name_pattern import EXPRESSION_WORD, NamePattern
from fer_xai.tables.columns import find_column, shown
from fer_xai.tables.spreadsheet import read_rows

#: What a file's name may say.
FIELDS = ("observer", "stimulus", "expression")
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")


def list_files(files: Any, key: str, endings: Sequence[str] = _TABLES, but: Collection[Path] = ()) -> list[Path]:
    """The files that a setting names.

    Args:
        files: a path, a pattern with `*`, `?` or `**`, a folder (then every file of these endings below it), or a list
            of them.
        key: of the setting, for messages.
        endings: of files in folders, in small letters.
        but: files that are not meant, whatever the pattern says: the table of stimuli beside them.

    Returns:
        The files, each once, by their paths.

    Raises:
        UserError: one of them names no file.
    """
    if files is None:
        raise UserError(f"{key} is needed: files of what observers did, such as {key}='observers/*.csv'")
    if isinstance(files, str | Path):
        files = [files]
    if not isinstance(files, Sequence) or not files:
        raise UserError(f"{key}={files}: it is a file, a pattern such as gaze/*.csv, a folder, or a list of them")
    others = {path.expanduser().resolve() for path in but}
    found: dict[Path, None] = {}
    for text in files:
        path = Path(str(text)).expanduser()
        if path.is_dir():
            paths = [file for file in path.rglob("*") if file.suffix.lower() in endings]
        else:
            # `Path.glob` takes no absolute patterns.
            names = [str(path)] if path.is_file() else glob.glob(str(path), recursive=True)  # noqa: PTH207
            paths = [Path(name) for name in names]
        paths = [file for file in sorted(paths) if file.is_file() and not file.name.startswith((".", "~$"))]
        paths = [file for file in paths if file.resolve() not in others]
        if not paths:
            raise UserError(f"{key}={text}: there is no such file")
        found.update(dict.fromkeys(paths))
    return list(found)


class StimulusNames:
    """Finds stimuli by what exports and file names call them.

    Args:
        names: of the stimuli.

    Examples:
        >>> names = StimulusNames(["f_anger", "f_fear"])
        >>> names.find("pictures/F_Anger.PNG"), names.find("cross.png")
        ('f_anger', None)
        >>> names.within("P01_fear_f"), names.within("P01_f_angry_2")
        (('f_fear', 'P01'), ('f_anger', 'P01_2'))
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_word: dict[str, str] = {}
        for name in names:
            self._by_word.setdefault(name, name)
        for name in list(self._by_word):
            for form in _forms(name):
                self._by_word.setdefault(form, name)
        self._parts = {
            name: _meanings(parts_of(PurePosixPath(name).stem)) for name in dict.fromkeys(self._by_word.values())
        }

    def find(self, word: str) -> str | None:
        """The stimulus of a name that may have other cases, folders, or another ending; None where there is none."""
        return next((self._by_word[form] for form in _forms(word) if form in self._by_word), None)

    def within(self, name: str) -> tuple[str, str] | None:
        """The stimulus whose parts are parts of a file's name, and the other parts; None where none is, or two are.

        Parts stand between signs that are neither letters nor digits; words for an expression are alike. Parts that
        follow one another as in the stimulus' name count before parts anywhere; more parts before fewer.
        """
        words, best = parts_of(name), self._best(name)
        if len(best) != 1:
            return None
        stimulus, places = best[0]
        return stimulus, "_".join(word for place, word in enumerate(words) if place not in places)

    def several(self, name: str) -> list[str]:
        """The stimuli that a file's name may mean where these are two or more, else none."""
        best = self._best(name)
        return [stimulus for stimulus, _ in best] if len(best) > 1 else []

    def _best(self, name: str) -> list[tuple[str, list[int]]]:
        """The stimuli that a name fits best, and the places of their parts in it."""
        alike = _meanings(parts_of(name))
        best: dict[tuple[bool, int], list[tuple[str, list[int]]]] = {}
        for stimulus, parts in self._parts.items():
            places = _run(parts, alike) or _anywhere(parts, alike)
            if places:
                in_a_row = places == list(range(places[0], places[0] + len(places)))
                best.setdefault((in_a_row, len(parts)), []).append((stimulus, places))
        return best[max(best)] if best else []


def by_pattern(files: Sequence[Path], text: str, key: str) -> pd.DataFrame:
    """What the names of files say, by a pattern with {observer}, {stimulus} and {expression}.

    Returns:
        A row per file, a column per field of the pattern.

    Raises:
        UserError: no such pattern, or a name that does not fit it.
    """
    pattern = NamePattern(text, {"observer": None, "stimulus": None, "expression": EXPRESSION_WORD}, key)
    depth = text.count("/") + 1
    rows = []
    for file in files:
        name = PurePosixPath(*file.absolute().parts[-depth:])
        # A pattern need not say the files' ending.
        values = pattern.values(str(name if text.endswith(file.suffix) else name.with_suffix("")))
        if values is None:
            raise UserError(f"{key}={text} does not fit the file {name}")
        rows.append(values)
    return pd.DataFrame(rows, columns=list(pattern.fields))


def by_table(files: Sequence[Path], table: str, key: str) -> pd.DataFrame:
    """What a table says of files: a column `file`, and any of observer, stimulus, expression.

    Returns:
        A row per file.

    Raises:
        UserError: the table cannot be read, has none of these columns, or does not name a file.
    """
    rows = read_rows(Path(table).expanduser(), key)
    column, fields = find_column(rows, "file"), {field: find_column(rows, field) for field in FIELDS}
    if column is None or not any(fields.values()):
        raise UserError(
            f"{key}={table} needs the columns file and observer, or stimulus, or both; it has: {shown([*rows.columns])}"
        )
    place = {_bare(name): number for number, name in enumerate(rows[column])}
    unnamed = [file.name for file in files if _bare(file.name) not in place]
    if unnamed:
        raise UserError(f"{key}={table} does not name the file {unnamed[0]}")
    chosen = rows.iloc[[place[_bare(file.name)] for file in files]].reset_index(drop=True)
    return pd.DataFrame({field: chosen[name] for field, name in fields.items() if name})


def parts_of(name: str) -> list[str]:
    """The words of a name, which stand between signs that are neither letters nor digits."""
    return re.findall(r"[^\W_]+", name)


def expression_within(name: str) -> tuple[str, str] | None:
    """The expression that a part of a file's name is a word for, and the other parts; None where none is, or two are.

    Examples:
        >>> expression_within("P01_Happy"), expression_within("P01_AN_mask"), expression_within("P01_anger_to_fear")
        (('happiness', 'P01'), ('anger', 'P01_mask'), None)
    """
    parts = parts_of(name)
    for shortest in (3, 2):
        words = [place for place, part in enumerate(parts) if len(part) >= shortest and _is_expression(part)]
        if len(words) == 1:
            rest = "_".join(part for place, part in enumerate(parts) if place != words[0])
            return expression_name(parts[words[0]]), rest
        if words:
            return None
    return None


def _is_expression(word: str) -> bool:
    try:
        expression_name(word)
    except UserError:
        return False
    return True


def _bare(name: str) -> str:
    """A name without quotes, folders, ending and case."""
    base = re.split(r"[\\/]", name.strip(" \"'"))[-1]
    return re.sub(r"\.[a-z][a-z0-9]{1,4}$", "", base.casefold())


def _forms(name: str) -> tuple[str, ...]:
    """Ways to write a name, closest first."""
    return name, name.casefold(), _bare(name), _number(_bare(name))


def _number(part: str) -> str:
    """A number without zeros before it, which spreadsheets take away; other words as they are."""
    return str(int(part)) if part.isdecimal() else part


def _meanings(parts: Iterable[str]) -> list[str]:
    return [_meaning(part) for part in parts]


def _meaning(part: str) -> str:
    """A part without case; words for expressions, but for their shortest, as the expression; see `_number`."""
    return expression_name(part) if len(part) > 2 and _is_expression(part) else _number(part.casefold())


def _run(parts: list[str], words: list[str]) -> list[int]:
    """Where parts stand one after another in words, the last such place; empty where they do not."""
    starts = [at for at in range(len(words) - len(parts) + 1) if words[at : at + len(parts)] == parts]
    return list(range(starts[-1], starts[-1] + len(parts))) if starts and parts else []


def _anywhere(parts: list[str], words: list[str]) -> list[int]:
    """Where parts stand in words, in any order; empty where one does not."""
    places: list[int] = []
    for part in parts:
        at = next((place for place, word in enumerate(words) if word == part and place not in places), None)
        if at is None:
            return []
        places.append(at)
    return places
