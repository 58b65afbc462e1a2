"""How many people, folds and seeds a difference between two networks wants, from how much such differences vary.

A score of one network less that of another varies over people, over folds, over seeds and over single trainings. Each
variance is divided by how many there are of its source; a source of which there is one only is held fixed, as in the
program's own intervals. Power is that of the t test of these: noncentral t with Satterthwaite's degrees of freedom, or
those of the folds where these vary more than seeds, as in the intervals.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nct
from scipy.stats import t as student_t

from fer_xai.metrics.proportion import SIGNIFICANCE

#: More people than this are not looked at: no study has them.
MOST_PEOPLE = 100_000


@dataclass(frozen=True)
class Variances:
    """Variances of a difference of two networks' scores.

    Attributes:
        people: over people, of one person.
        folds: over folds, beyond their people; NaN where that is not known.
        seeds: over seeds; NaN where that is not known.
        trainings: over single trainings, beyond fold and seed.
    """

    people: float
    folds: float = math.nan
    seeds: float = math.nan
    trainings: float = 0.0

    def of_trainings(self, folds: int, seeds: int) -> float:
        """Variance of a difference over trainings alone; NaN where it is not known."""
        over_folds = self.folds / folds if folds > 1 else 0.0
        over_seeds = self.seeds / seeds if seeds > 1 else 0.0
        return over_folds + over_seeds + (self.trainings / (folds * seeds) if folds * seeds > 1 else 0.0)

    def error(self, people: int, folds: int, seeds: int) -> tuple[float, float]:
        """Standard error of a difference and its degrees of freedom.

        Args:
            people: in all folds together, 2 or more.
            folds: number of folds.
            seeds: number of seeds.
        """
        of_people, of_trainings = self.people / people, self.of_trainings(folds, seeds)
        total = of_people + of_trainings
        # As the program's intervals take them: those of the source that varies more. A fold goes with its people.
        of_folds = seeds <= 1 or (folds > 1 and self.folds / folds >= self.seeds / seeds)
        if of_folds and of_trainings > 0:
            return math.sqrt(total), folds - 1
        parts = of_people**2 / (people - 1) + (of_trainings**2 / (seeds - 1) if seeds > 1 else 0.0)
        return math.sqrt(total), total**2 / parts if parts > 0 else math.inf


def power(variances: Variances, difference: float, people: int, folds: int, seeds: int) -> float:
    """Chance that a two-sided t test at `SIGNIFICANCE` sees a difference.

    Examples:
        >>> round(power(Variances(1.0), 0.5, 34, 1, 1), 2)
        0.81
        >>> round(power(Variances(1.0), 0.0, 34, 1, 1), 2)
        0.05
    """
    error, freedom = variances.error(people, folds, seeds)
    if not error > 0:
        return 1.0 if difference else SIGNIFICANCE
    beyond = float(student_t.ppf(1 - SIGNIFICANCE / 2, freedom))
    shift = abs(difference) / error
    chances = nct.sf(beyond, freedom, shift), nct.cdf(-beyond, freedom, shift)
    # Far from zero scipy's noncentral t may be undefined, where the chance is next to 1 or 0.
    return float(min(np.nan_to_num(chances[0], nan=1.0) + np.nan_to_num(chances[1], nan=0.0), 1.0))


def people_wanted(variances: Variances, difference: float, target: float, folds: int, seeds: int) -> int | None:
    """The fewest people with whom the power is at least the target.

    With few seeds power falls again where people are very many: the error then is that of the trainings, and so are
    its few degrees of freedom.

    Returns:
        None where no number up to `MOST_PEOPLE` is enough: trainings alone vary too much.

    Examples:
        >>> people_wanted(Variances(1.0), 0.5, 0.8, 1, 1)
        34
        >>> people_wanted(Variances(1.0, folds=1.0), 0.5, 0.8, 2, 1) is None
        True
    """
    tried = np.unique(np.geomspace(max(2, folds), MOST_PEOPLE, 200).astype(int)).tolist()
    enough = [power(variances, difference, people, folds, seeds) >= target for people in tried]
    if not any(enough):
        return None
    first = enough.index(True)
    least, most = tried[max(first - 1, 0)], tried[first]
    while least < most:
        middle = (least + most) // 2
        if power(variances, difference, middle, folds, seeds) >= target:
            most = middle
        else:
            least = middle + 1
    return most


def detectable(variances: Variances, target: float, people: int, folds: int, seeds: int) -> float:
    """The smallest difference that is seen with the target's power, to four digits."""
    error, _ = variances.error(people, folds, seeds)
    if not error > 0:
        # Nothing varies: any difference is seen.
        return 0.0
    low, high = 0.0, error
    while power(variances, high, people, folds, seeds) < target:
        low, high = high, 2 * high
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if power(variances, middle, people, folds, seeds) >= target else (middle, high)
    return high


def interactions(scores: NDArray) -> tuple[float, float, float]:
    """Components of variance of networks by folds, by seeds, and by both: what differences of networks vary by.

    Args:
        scores: (networks, folds, seeds), two networks or more.

    Returns:
        Those by folds and by seeds, NaN for one level; and by single trainings beyond these, 0 unless there are several
        folds and several seeds. Negative ones are set to 0.
    """
    networks, folds, seeds = scores.shape
    own = scores - scores.mean(0)
    whole = own.mean((1, 2), keepdims=True)
    by_fold, by_seed = own.mean(2, keepdims=True) - whole, own.mean(1, keepdims=True) - whole
    freedom = networks - 1
    of_fold = seeds * float((by_fold**2).sum()) / (freedom * (folds - 1)) if folds > 1 else math.nan
    of_seed = folds * float((by_seed**2).sum()) / (freedom * (seeds - 1)) if seeds > 1 else math.nan
    if folds == 1 or seeds == 1:
        return of_fold, of_seed, 0.0
    rest = float(((own - whole - by_fold - by_seed) ** 2).sum()) / (freedom * (folds - 1) * (seeds - 1))
    return max(of_fold - rest, 0) / seeds, max(of_seed - rest, 0) / folds, rest
