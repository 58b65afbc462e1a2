"""Scores of the heatmaps of groups of people, with people as the units, at a quarter of the frame's resolution."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from fer_xai.analysis.effects.labellings import Design
from fer_xai.analysis.effects.max_statistic import MOST, RANDOM
from fer_xai.analysis.subjects.groupings import Grouping
from fer_xai.metrics.metric import Metric
from fer_xai.metrics.proportion import TAIL
from fer_xai.metrics.reference_maps import ReferenceMaps
from fer_xai.scoring.intervals import FEWEST_PEOPLE, PEOPLE, mean_known
from fer_xai.scoring.many_scores import against_references
from fer_xai.scoring.person_matrix import Floats, PersonMatrix


@dataclass(frozen=True)
class Scorer:
    """Scores mean maps of people.

    Attributes:
        maps: of the people.
        reference: (y4, x4), on their grid.
        metric: the measure.
    """

    maps: PersonMatrix
    reference: ReferenceMaps
    metric: Metric[Any]

    def of(self, weights: Floats) -> Floats:
        """(k,) scores of the mean maps under weights of people (k, n)."""
        means = (weights @ self.maps.values) / np.maximum(weights.sum(1, keepdims=True), 1e-300)
        frames = np.zeros((len(means), *self.maps.pixels.shape))
        frames[:, self.maps.pixels] = means
        reference = ReferenceMaps.stack([self.reference])
        return against_references(frames, self.maps.pixels, reference, {"score": self.metric})[0, :, 0]

    def of_group(self, inside: NDArray[np.bool_]) -> tuple[float, float]:
        """The score of one group's map, and its standard error, by leaving each person out in turn."""
        n = int(inside.sum())
        weights = np.where(inside, self.maps.weights, 0.0)
        without = np.where(np.eye(len(inside), dtype=bool)[inside], 0.0, weights)
        value, *left_out = self.of(np.vstack([weights, without]))
        known = np.array(left_out)
        error = float(np.sqrt((n - 1) * known.var())) if np.isfinite(known).all() else float("nan")
        return float(value), error


def score_rows(scorer: Scorer, grouping: Grouping, key: dict[str, object]) -> list[dict[str, object]]:
    """Scores of each group's map, and the differences of groups.

    Args:
        scorer: of one network, explainer and expression.
        grouping: of the people.
        key: columns of the rows.
    """
    level = np.array([grouping.level_of.get(name, "") for name in scorer.maps.people], dtype=object)
    rows = []
    for name in grouping.levels:
        inside = (level == name).astype(bool)
        rows.append(key | {"level": name} | _one(scorer, inside))
    for first, second in grouping.contrasts():
        known = (level != "").astype(bool)
        inside = (level == first).astype(bool)
        rows.append(key | {"level": first, "against": second} | _contrast(scorer, inside, known & ~inside))
    return rows


def _one(scorer: Scorer, inside: NDArray[np.bool_]) -> dict[str, object]:
    n, images = int(inside.sum()), int(scorer.maps.weights[inside].sum())
    row: dict[str, object] = {"people": n, "images": images}
    if n < FEWEST_PEOPLE:
        return row | {"reason": f"{n} people with a map, at least {FEWEST_PEOPLE} wanted"}
    value, error = scorer.of_group(inside)
    reach = float(student_t.ppf(1 - TAIL, n - 1)) * error
    low, high = scorer.metric.bounds
    row |= {"value": value, "low": max(value - reach, low), "high": min(value + reach, high), "holds": PEOPLE}
    return row | {"reason": "" if np.isfinite(value) else "undefined"}


def _contrast(scorer: Scorer, one: NDArray[np.bool_], other: NDArray[np.bool_]) -> dict[str, object]:
    sizes = int(one.sum()), int(other.sum())
    known = one | other
    row: dict[str, object] = {"people": sum(sizes), "images": int(scorer.maps.weights[known].sum())}
    if min(sizes) < FEWEST_PEOPLE:
        return row | {"reason": f"{min(sizes)} people with a map in a group, at least {FEWEST_PEOPLE} wanted"}
    (value, error), (value2, error2) = scorer.of_group(one), scorer.of_group(other)
    if not np.isfinite(error + error2) or not error + error2 > 0:
        return row | {"reason": "undefined"}
    # Welch's degrees of freedom.
    parts = error**2 / (sizes[0] - 1) ** 0.5, error2**2 / (sizes[1] - 1) ** 0.5
    freedom = (error**2 + error2**2) ** 2 / (parts[0] ** 2 + parts[1] ** 2)
    reach = float(student_t.ppf(1 - TAIL, freedom)) * float(np.hypot(error, error2))
    shift, tested = _tested(scorer, one[known], known)
    difference = value - value2 - shift
    row |= {"value": difference, "low": difference - reach, "high": difference + reach, "holds": PEOPLE}
    return row | tested


def _tested(scorer: Scorer, inside: NDArray[np.bool_], known: NDArray[np.bool_]) -> tuple[float, dict[str, object]]:
    """What groups of these sizes differ by whoever is in them, and p of the difference beyond that.

    A map of few people is noisier than one of many, and so its score is another. People change groups, which keep their
    sizes: the mean difference then is due to these alone.
    """
    n = len(inside)
    design = Design(tuple(range(n)), ("",) * n, "people")
    labellings = design.labellings(["in" if own else "out" for own in inside], most=MOST, random=RANDOM)
    weights = np.zeros((len(labellings.codes) + 1, len(known)))
    weights[:, known] = np.vstack([inside, labellings.codes == 0]) * scorer.maps.weights[known]
    others = np.where(known, scorer.maps.weights, 0.0) - weights
    differences = scorer.of(weights) - scorer.of(others)
    shift = float(mean_known(differences[1:]))
    beyond = np.abs(differences - shift)
    p = labellings.p_value(beyond[1:], float(beyond[0]))
    return shift, {"p": p, "permutations": len(labellings.codes), "exact": labellings.exact, "reason": ""}
