"""What people answered while a face was uncovered tile by tile: how many tiles they needed, how often they were right.

The figures are counted from the log files of M. Wegrzyn, M. Vogt, B. Kireclioglu, J. Schneider, J. Kissler, "Mapping
the emotional face. How individual face parts contribute to successful emotion recognition", PLOS ONE 12(5): e0177239,
2017, which are in the public domain by the authors' own word. 94 observers saw 14 photographs of two people.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd

#: The grid that lay over the photographs; tile = rows * column + row, column 0 at the left, row 0 on top.
GRID_COLUMNS, GRID_ROWS = 6, 8

#: Columns of `answers.csv`, a row per expression shown and expression answered: answers, how many; tiles, how many
#: were uncovered at all of them together.
COLUMNS = ("expression", "answer", "answers", "tiles")


#: Columns of `answer_intervals.csv`: 95 % intervals over observers. expression empty: the mean over the six; measure:
#: tiles needed, or accuracy; n: observers.
INTERVAL_COLUMNS = ("expression", "measure", "low", "high", "n")


@dataclass(frozen=True)
class Answers:
    """Answers by what was shown.

    Attributes:
        counts: answers, a row per expression shown, a column per answer.
        tiles: how many tiles were uncovered at them, added up.
    """

    counts: pd.DataFrame
    tiles: pd.DataFrame

    @property
    def needed(self) -> pd.Series:
        """Tiles needed by the mean answer to each expression."""
        return self.tiles.sum(axis=1) / self.counts.sum(axis=1)

    @property
    def needed_overall(self) -> float:
        """Tiles needed by the mean answer of all."""
        return float(self.tiles.to_numpy().sum() / self.counts.to_numpy().sum())

    @property
    def shares(self) -> pd.DataFrame:
        """Share of the answers to each expression, rows add up to 1; right ones are where both names are the same."""
        return self.counts.div(self.counts.sum(axis=1), axis=0)


@cache
def peoples_answers() -> Answers:
    """What people answered, from the figures that come with the package."""
    frame = pd.read_csv(str(files(__package__ or "") / "answers.csv"))
    return Answers(*(frame.pivot(index="expression", columns="answer", values=name) for name in COLUMNS[2:]))


@cache
def peoples_intervals() -> pd.DataFrame:
    """95 % intervals over the observers of the figures that `peoples_answers` gives, with `INTERVAL_COLUMNS`."""
    return pd.read_csv(str(files(__package__ or "") / "answer_intervals.csv"), keep_default_na=False)
