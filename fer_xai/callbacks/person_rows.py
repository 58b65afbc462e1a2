"""Whose maps a run keeps by themselves: every person's, of each expression, right and wrong answers apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_xai.metrics.proportion import person_of_each
from fer_xai.results.person_maps import KEYS, RIGHT, WRONG


@dataclass(frozen=True)
class PersonRows:
    """Rows of `people.nc`.

    Attributes:
        table: columns `KEYS`, sorted by these.
        places: row of the faces -> row of the table.
    """

    table: pd.DataFrame
    places: pd.Series

    @classmethod
    def of(cls, chosen: pd.DataFrame) -> "PersonRows":
        """The rows of the images that are explained, see `select_images`."""
        answer = np.where(chosen["true"] == chosen["predicted"], RIGHT, WRONG)
        keys = pd.DataFrame(
            {"expression": chosen["explained"], "person": person_of_each(chosen), "answer": answer}, index=chosen.index
        )
        groups = keys.groupby(list(KEYS), sort=True)
        table = keys.drop_duplicates().sort_values(list(KEYS), ignore_index=True)
        return cls(table, groups.ngroup())

    def of_images(self, rows: Sequence[int]) -> np.ndarray:
        """(n,) the row of the table for each of these rows of the faces."""
        return self.places.loc[list(rows)].to_numpy()
