"""How well people of different groups are recognised, with people as the units."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_xai.analysis.effects.labellings import Design
from fer_xai.analysis.effects.max_statistic import MOST, RANDOM
from fer_xai.analysis.subjects.groupings import Grouping
from fer_xai.metrics.proportion import mean_proportion, person_of_each, proportion
from fer_xai.scoring.intervals import PEOPLE

Floats = NDArray[np.float64]

_LARGEST = 1e300

BALANCED, RECALL = "balanced accuracy", "recall"


def accuracy_rows(predictions: pd.DataFrame, grouping: Grouping, key: dict[str, object]) -> list[dict[str, object]]:
    """Balanced accuracy, and recall of every expression, of each group, and the differences of groups.

    Intervals of differences join those of both groups (Newcombe 1998; MOVER). p: people change labels, and the
    difference is taken over its standard error, so that groups of other sizes and spreads are no difference (Chung and
    Romano 2013).

    Args:
        predictions: of one network; columns image, dataset, subject, true, predicted.
        grouping: of the people.
        key: columns of the rows.
    """
    people = person_of_each(predictions).astype(str)
    levels = pd.Series(people).map(grouping.level_of)
    known = levels.notna().to_numpy()
    people, level = people[known], levels[known].to_numpy(str)
    true = predictions["true"].to_numpy(str)[known]
    right = true == predictions["predicted"].to_numpy(str)[known]
    rows = []
    for expression in (None, *dict.fromkeys(sorted(true))):
        taken = np.ones(len(true), dtype=bool) if expression is None else true == expression
        own = key | {"expression": expression, "metric": BALANCED if expression is None else RECALL}
        found = {name: _figures(right, people, true, taken & inside) for name, inside in _levels(grouping, level)}
        rows += [own | {"level": name} | figures for name, figures in found.items() if name in grouping.levels]
        for first, second in grouping.contrasts():
            if second == "others":
                found["others"] = _figures(right, people, true, taken & (level != first))
            pair = own | {"level": first, "against": second} | _difference(found[first], found[second])
            rows.append(pair | _tested(right[taken], people[taken], true[taken], level[taken] == first))
    return rows


def _levels(grouping: Grouping, level: NDArray) -> list[tuple[str, NDArray[np.bool_]]]:
    return [(name, level == name) for name in grouping.levels]


def _figures(right: NDArray, people: NDArray, true: NDArray, chosen: NDArray[np.bool_]) -> dict[str, object]:
    of_class = true[chosen]
    if len(set(of_class)) > 1:
        value, low, high = mean_proportion(right[chosen], people[chosen], of_class)
    else:
        value, low, high = proportion(right[chosen], people[chosen])
    figures: dict[str, object] = {"value": value, "low": low, "high": high, "images": int(chosen.sum())}
    figures |= {"people": len(set(people[chosen])), "holds": PEOPLE}
    return figures | {"reason": "" if chosen.any() else "no image"}


def _difference(one: dict[str, object], other: dict[str, object]) -> dict[str, object]:
    (value, low, high), (value2, low2, high2) = (
        tuple(float(item[name]) for name in ("value", "low", "high"))  # type: ignore[arg-type]
        for item in (one, other)
    )
    difference = value - value2
    figures: dict[str, object] = {
        "value": difference,
        "low": difference - float(np.hypot(value - low, high2 - value2)),
        "high": difference + float(np.hypot(high - value, value2 - low2)),
        "holds": PEOPLE,
    }
    return figures | {name: int(one[name]) + int(other[name]) for name in ("people", "images")}  # type: ignore[call-overload]


def _tested(right: NDArray, people: NDArray, true: NDArray, inside: NDArray[np.bool_]) -> dict[str, object]:
    """p of the difference between the people inside and all others, by permutation of people."""
    names, person = np.unique(people, return_inverse=True)
    classes, shown = np.unique(true, return_inverse=True)
    counts, hits = np.zeros((2, len(names), len(classes)))
    np.add.at(counts, (person, shown), 1)
    np.add.at(hits, (person, shown), right)
    of_person = np.zeros(len(names), dtype=bool)
    of_person[person] = inside
    if min(of_person.sum(), (~of_person).sum()) < 2:
        return {"reason": "fewer than two people with such images in a group"}
    words = ["in" if own else "out" for own in of_person]
    design = Design(tuple(range(len(names))), ("",) * len(names), "people")
    labellings = design.labellings(words, most=MOST, random=RANDOM)
    # Levels are numbered in the order of their words.
    drawn = np.abs(studentised(labellings.codes == 0, hits, counts))
    observed = float(np.abs(studentised(of_person[None], hits, counts))[0])
    if np.isnan(observed):
        return {"reason": "no expression with images in both groups"}
    # What is beyond measure is larger than all that can be measured, and what is undefined counts as large.
    p = labellings.p_value(np.nan_to_num(drawn, nan=_LARGEST, posinf=_LARGEST), min(observed, _LARGEST))
    return {"p": p, "permutations": len(labellings.codes), "exact": labellings.exact, "reason": ""}


def studentised(inside: NDArray[np.bool_], hits: Floats, counts: Floats) -> Floats:
    """Differences of balanced accuracies over their standard errors, people being the units.

    Args:
        inside: (k, people) labellings.
        hits: (people, classes) images recognised.
        counts: (people, classes) images.

    Returns:
        (k,), over the classes with images in both groups; 0 where nothing differs or varies, NaN without such classes.

    Examples:
        >>> hits, counts = np.array([[2.0], [1.0], [0.0], [1.0]]), np.full((4, 1), 2.0)
        >>> studentised(np.array([[True, True, False, False]]), hits, counts).round(4)
        array([1.4142])
    """
    groups = [inside.astype(np.float64), (~inside).astype(np.float64)]
    totals = [group @ counts for group in groups]
    both = (totals[0] > 0) & (totals[1] > 0)
    number = both.sum(1)
    values, variances = [], []
    for group, total in zip(groups, totals, strict=True):
        weight = np.where(both, 1 / np.where(total > 0, total, 1), 0) / np.maximum(number, 1)[:, None]
        share = np.where(both, (group @ hits) / np.where(total > 0, total, 1), 0)
        residual = (weight @ hits.T - (weight * share) @ counts.T) * group
        size = group.sum(1)
        values.append(share.sum(1) / np.maximum(number, 1))
        variances.append((residual**2).sum(1) * size / np.maximum(size - 1, 1))
    difference, error = values[0] - values[1], np.sqrt(variances[0] + variances[1])
    # Where nobody differs from anybody in a group, any difference is beyond measure.
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(np.abs(difference) < 1e-12, 0.0, difference / error)
    return np.where(number > 0, ratio, np.nan)
