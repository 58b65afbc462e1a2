"""Which stimuli the words in files of gaze and clicks mean."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath

import pandas as pd

from fer_xai.errors import UserError
from fer_xai.expressions import expression_name
from fer_xai.face.observers.exports import Columns
from fer_xai.face.observers.file_names import StimulusNames
from fer_xai.face.observers.names_in_paths import NamedInPaths
from fer_xai.tables.columns import shown

#: So many different cells of a column are looked at to tell whether they name stimuli.
_DIFFERENT = 200


def naming_stimuli(table: pd.DataFrame, columns: Columns, names: StimulusNames) -> str | None:
    """The column whose cells name stimuli: the one of the usual name, or else the first of those that do.

    Where stimuli are called by bare numbers, cells prove nothing.
    """
    usual, used = columns.names.get("stimulus"), set(columns.names.values())
    others = [name for name in table.columns if name not in used]
    for name in [usual, *others] if usual else others:
        cells = table[name].unique()[:_DIFFERENT]
        if any(not cell.isdecimal() and names.find(cell) for cell in cells):
            return name
    return usual


def named_stimulus(stimulus: str, expression: str, names: StimulusNames, stimuli: Mapping[str, str]) -> str:
    """The stimulus of a file whose name says one, or an expression, or both."""
    found = names.find(stimulus) if stimulus else None
    if found is None and (hit := names.within(f"{expression}_{stimulus}")):
        found = hit[0]
    of_expression = [name for name, word in stimuli.items() if expression and word == expression_name(expression)]
    if found is None and not stimulus and len(of_expression) == 1:
        found = of_expression[0]
    return found or stimulus or expression


def match_stimuli(words: Iterable[str], names: StimulusNames) -> dict[str, str]:
    """The stimulus that each word names, empty where none; by parts of the words only where no word is a name."""
    found = {word: names.find(word) or "" for word in words}
    if any(found.values()):
        return found
    return {word: within[0] if (within := names.within(PurePath(word).stem)) else "" for word in found}


def refuse_several(files: Sequence[Path], named: NamedInPaths, names: StimulusNames, key: str) -> None:
    """Refuse names of files that may mean two stimuli.

    Args:
        files: all of them.
        named: what their paths name, see `named_in_paths`.
        names: of the stimuli.
        key: of the setting that says where in names stimuli stand.

    Raises:
        UserError: a file's name fits two stimuli equally well.
    """
    for file, (stimulus, words) in zip(files, named, strict=True):
        several = [] if stimulus else names.several("_".join(words))
        if several:
            raise UserError(
                f"{key} is needed: the name of {file.name} may mean the stimuli {shown(several)}; "
                f"{key}='{{observer}}_{{stimulus}}.csv' says which part is which"
            )
