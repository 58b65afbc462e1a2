"""Means over images with intervals from the bootstrap over the people that the images are of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_xai.metrics.bootstrap import REPLICATES, poisson_weights
from fer_xai.scoring.intervals import interval, mean_known
from fer_xai.scoring.resampled import Resampled


@dataclass(frozen=True)
class MeansOverPeople:
    """Means of k figures over the images of e expressions.

    Attributes:
        keys: one row per figure, k of them.
        expressions: names along the second dimension.
        values: (k, e); NaN where no image has the figure.
        n: (k, e) images that have it.
        people: (k, e) people whose images these are.
        replicates: (replicate, k, e) the same means, images weighted by how often their person was drawn.
    """

    keys: pd.DataFrame
    expressions: tuple[str, ...]
    values: np.ndarray
    n: np.ndarray
    people: np.ndarray
    replicates: np.ndarray

    def rows(self) -> pd.DataFrame:
        """Columns of the keys, expression (empty: the mean over the expressions), value, low, high, n."""
        rows = []
        every = mean_known(self.values, axis=1)
        # An expression without any image takes no part in the mean of a replicate either.
        known = np.where(np.isfinite(self.values), self.replicates, np.nan)
        spread = mean_known(known, axis=2)
        for k, key in enumerate(self.keys.to_dict("records")):
            for e, expression in enumerate(self.expressions):
                own = self._bounds(self.values[k, e], self.replicates[:, k, e], self.people[k, e])
                rows.append((*key.values(), expression, self.values[k, e], *own, int(self.n[k, e])))
            own = self._bounds(every[k], spread[:, k], self.people[k].max(initial=0))
            rows.append((*key.values(), "", every[k], *own, int(self.n[k].sum())))
        columns = [*self.keys.columns, "expression", "value", "low", "high", "n"]
        return pd.DataFrame(rows, columns=columns).astype({"n": "Int64"})

    @staticmethod
    def _bounds(value: float, replicates: np.ndarray, people: int) -> tuple[float, float]:
        of = interval(value, Resampled.over_people(value, replicates), people=int(people))
        return of.low, of.high


def means_over_people(
    frame: pd.DataFrame, keys: Sequence[str], expressions: Sequence[str], replicates: int = REPLICATES
) -> MeansOverPeople:
    """Average the figures of single images.

    Args:
        frame: columns `keys`, expression, group (number of the person, the same in all runs) and value; figures that
            are not finite are left out.
        keys: what tells figures apart; a missing value is one of its own.
        expressions: those that count, in their order.
        replicates: number of bootstrap replicates.
    """
    frame = frame[frame["expression"].isin(list(expressions))]
    number = frame.groupby(list(keys), sort=False, dropna=False).ngroup().to_numpy()
    names = frame.loc[~pd.Series(number, index=frame.index).duplicated(), list(keys)].reset_index(drop=True)
    shape = (len(names), len(expressions))
    place = number * shape[1] + pd.Index(list(expressions)).get_indexer(pd.Index(frame["expression"]))
    groups, of_row = np.unique(frame["group"].to_numpy(dtype=np.int64), return_inverse=True)
    value = frame["value"].to_numpy(dtype=np.float64)
    known = np.isfinite(value)
    cell = (of_row * shape[0] * shape[1] + place)[known]
    size = len(groups) * shape[0] * shape[1]
    sums, counts = (
        np.bincount(cell, weights, minlength=size).reshape(len(groups), -1) for weights in (value[known], None)
    )
    drawn = [poisson_weights(0, int(group), replicates) for group in groups]
    weights = np.stack(drawn, axis=1).astype(np.float64) if drawn else np.zeros((replicates, 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        replicate_means = (weights @ sums) / (weights @ counts)
        values = sums.sum(0) / counts.sum(0)
    n, people = counts.sum(0).astype(np.int64), (counts > 0).sum(0)
    return MeansOverPeople(
        names,
        tuple(expressions),
        values.reshape(shape),
        n.reshape(shape),
        people.reshape(shape),
        replicate_means.reshape(replicates, *shape),
    )
