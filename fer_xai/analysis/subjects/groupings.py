"""Groups of people by a column that the data bring: who is in which, and which groups can be compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.errors import UserError
from fer_xai.metrics.proportion import person_of_each
from fer_xai.results.group_columns import USUAL, named_groups
from fer_xai.scoring.intervals import FEWEST_PEOPLE

#: Numbers of more different values than this, such as ages, are cut in two at their median.
_MOST_LEVELS = 6


@dataclass(frozen=True)
class Grouping:
    """People by the levels of one column.

    Attributes:
        column: its name.
        level_of: level by person; of those in groups that are large enough.
        levels: these, in order; fewer than two where nothing can be compared.
        remark: who was left out, or why nothing can be compared; may be empty.
    """

    column: str
    level_of: Mapping[str, str]
    levels: tuple[str, ...]
    remark: str = ""

    def contrasts(self) -> Iterator[tuple[str, str]]:
        """A level and what it is compared with: the other one of two, of more all others together (`others`)."""
        if len(self.levels) == 2:
            yield self.levels[0], self.levels[1]
        elif len(self.levels) > 2:
            yield from ((level, "others") for level in self.levels)


def groupings(predictions: pd.DataFrame, groups: Any = None) -> list[Grouping]:
    """The groups of people of a study.

    Args:
        predictions: of all runs; people as `person_of_each` calls them.
        groups: columns: a word, a list, or None for those of sex, age and group that there are.

    Returns:
        One per column.

    Raises:
        UserError: of a named column: it is not there, all people have the same, or groups are too small.
    """
    named = named_groups(groups)
    if named is None:
        wanted = [name for name in USUAL if name in predictions]
    else:
        wanted = list(named)
        for name in (name for name in named if name not in predictions):
            there = ", ".join(known for known in USUAL if known in predictions) or "none of sex, age and group"
            raise UserError(
                f"groups={name}: predictions.csv has no such column (it has {there}); "
                f"runs keep it where they are trained with groups=[{name}]"
            )
    found = [_grouping(name, predictions) for name in wanted]
    for item in found:
        if named is not None and len(item.levels) < 2:
            raise UserError(f"groups={item.column}: {item.remark}")
    return found


def _grouping(column: str, predictions: pd.DataFrame) -> Grouping:
    words = predictions[column].fillna("").astype(str).str.strip()
    of_image = pd.DataFrame({"person": person_of_each(predictions), "word": words})
    of_image = of_image[of_image["word"] != ""].drop_duplicates()
    several = of_image["person"].duplicated(keep=False)
    remarks = []
    if several.any():
        remarks.append(f"{of_image.loc[several, 'person'].nunique()} people have several values and are left out")
    one = of_image[~several].set_index("person")["word"]
    levels = _cut(one)
    sizes = levels.value_counts().sort_index()
    small = sizes[sizes < FEWEST_PEOPLE]
    remarks += [f"{number} people are {name!r}, at least {FEWEST_PEOPLE} are wanted" for name, number in small.items()]
    kept = tuple(str(name) for name in sizes.index if name not in small.index)
    if len(kept) < 2:
        known = f"all people are {kept[0]!r}" if kept else "it is not known of anybody"
        remarks.insert(0, "there are no two groups to compare" if small.size else f"{known}: nothing to compare")
    inside = levels[levels.isin(kept)]
    return Grouping(column, dict(zip(map(str, inside.index), inside, strict=True)), kept, "; ".join(remarks))


def _cut(words: pd.Series) -> pd.Series:
    """Numbers of many values in two halves at the median; whatever else as it is."""
    numbers = pd.to_numeric(words, errors="coerce")
    if numbers.isna().any() or numbers.nunique() <= _MOST_LEVELS:
        return words
    median = float(numbers.median())
    low, high = f"below {median:g}", f"{median:g} and above"
    return pd.Series(np.where(numbers < median, low, high), index=words.index)
