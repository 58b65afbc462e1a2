"""What a metric says for itself: what it compares, its direction, its bounds, its title and what it needs.

A metric is one file of this folder and one of `conf/metrics`, which names it; nothing else lists it. One of a user's
own need not be of this class, see `chosen.py`.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from fer_xai.errors import UserError
from fer_xai.metrics.pixels import Array, Problems, nan_where

Prepared = TypeVar("Prepared")

#: What a metric compares, and the form of the reference that it wants.
Compares = Literal["sets", "values"]
ReferenceForm = Literal["mask", "weights", "signed"]


@dataclass(frozen=True)
class Needs:
    """What is worked out beside a score, and on how fine a grid; the scores themselves are at full resolution.

    Attributes:
        replicates: whether bootstrap replicates are scored, so that the score has an interval.
        replicates_halved: how often their grid, which is half of the frame's, is halved before.
    """

    replicates: bool = True
    replicates_halved: int = 0


#: Of metrics that are quick and can turn on a pixel.
EXACT = Needs()
#: Of metrics that are slow, and smooth in the map.
SMOOTH = Needs(replicates_halved=1)


class Metric(ABC, Generic[Prepared]):
    """How well a map agrees with a reference.

    Attributes:
        title: its name as readers know it.
        compares: `sets`, the map's relevant pixels with a mask, or `values`, the map as it is.
        reference: what it takes of a reference: its `mask`, its `weights` from 0 to 1, or its map with the sign that
            observers' maps have (`signed`; of masks the same as the weights).
        higher_is_better: direction.
        bounds: smallest and largest value that it can take.
        needs: what is worked out beside the score.
        correlation: whether it is a correlation of map and reference, so that what noise takes from it is known
            (Spearman-Brown).
        chance: score of a map that has nothing to do with the reference, where that is one number; None elsewhere.
        corrected: whether the shift of bootstrap replicates against the score is taken off in its interval: where
            intervals hold the truth the better for it in simulation.
    """

    title: str
    compares: Compares
    reference: ReferenceForm
    higher_is_better: bool
    bounds: tuple[float, float]
    needs: Needs
    correlation: bool = False
    chance: float | None = None
    corrected: bool = False

    @staticmethod
    @abstractmethod
    def prepare(maps: Array, reference: Array, valid: Array | None, /) -> Any:
        """What scores and problems follow from; metrics of one form that share this function share its result.

        Args:
            maps: (..., y, x); bool, the relevant pixels, of a metric that compares sets.
            reference: (..., y, x), as `reference` says.
            valid: bool (..., y, x), pixels that take part; None for all.
        """

    @abstractmethod
    def score_prepared(self, prepared: Prepared) -> Array:
        """Scores (...), of any value where they are undefined."""

    @abstractmethod
    def problems(self, prepared: Prepared) -> Problems:
        """Why scores are undefined, with the cases for which each reason holds."""

    def score(self, maps: Array, reference: Array, valid: Array | None = None) -> Array:
        """Scores of maps, of which nothing is shared with other metrics.

        Args:
            maps: (..., y, x), as for `prepare`.
            reference: (..., y, x).
            valid: bool (..., y, x), pixels that take part; None for all.

        Returns:
            (...) within `bounds`; NaN where undefined.
        """
        prepared = self.prepare(maps, reference, valid)
        return nan_where(self.score_prepared(prepared), self.problems(prepared))

    def over_shifts(self, map_: Array, reference: Array, valid: Array) -> Array | None:
        """Scores of one map for every shift of the reference around the edges of the frame; None if that is too slow.

        Args:
            map_: (y, x), as for `prepare`.
            reference: (y, x).
            valid: bool (y, x), pixels that take part.

        Returns:
            (y, x), as `sums_over_shifts` lays them out; NaN where undefined.
        """
        return None


#: Metrics by their names in tables, the main one first.
Metrics = Mapping[str, Metric[Any]]


@dataclass(frozen=True)
class Description:
    """What tables, figures and words have to know of a metric; kept with a study's tables.

    Attributes:
        title: its name as readers know it.
        compares: `sets` or `values`.
        higher_is_better: direction.
        bounds: smallest and largest value.
    """

    title: str
    compares: str
    higher_is_better: bool
    bounds: tuple[float, float]


def describe(metrics: Metrics) -> dict[str, Description]:
    """What metrics say of themselves, by their names."""
    return {
        name: Description(one.title, one.compares, one.higher_is_better, one.bounds) for name, one in metrics.items()
    }


def plain_descriptions(described: Mapping[str, Description]) -> dict[str, Any]:
    """Descriptions by name as values for JSON, in which there is no infinity: a missing bound is null."""
    return {
        name: {
            "title": one.title,
            "compares": one.compares,
            "higher_is_better": one.higher_is_better,
            "bounds": [bound if math.isfinite(bound) else None for bound in one.bounds],
        }
        for name, one in described.items()
    }


def read_descriptions(content: Mapping[str, Any]) -> dict[str, Description]:
    """Descriptions by name out of JSON.

    Raises:
        UserError: the content is none that `plain_descriptions` gives.
    """
    try:
        return {
            str(name): Description(
                str(one["title"]), str(one["compares"]), bool(one["higher_is_better"]), _bounds(*one["bounds"])
            )
            for name, one in content.items()
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise UserError(f"metrics are not described as expected ({error}): analyse the study again") from error


def _bounds(low: float | None, high: float | None) -> tuple[float, float]:
    return -math.inf if low is None else float(low), math.inf if high is None else float(high)
