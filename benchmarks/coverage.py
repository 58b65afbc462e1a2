"""How often 95 % intervals hold the truth: `python -m benchmarks.coverage` (hours for 2,000 studies; `--studies 100`).

Studies are simulated: every person's map is that of infinitely many people, plus what is the person's own in all
networks, plus what is the person's own in each network, all of them smooth fields; every training adds a smooth field
of its own. Known is what the figures would be with infinitely many people (and trainings, where there are several).
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from fer_xai.metrics.bootstrap import poisson_weights
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.correlation import ncc_matrix
from fer_xai.metrics.scores import score_maps
from fer_xai.scoring.intervals import Interval, interval
from fer_xai.scoring.resampled import Layout, Resampled

FRAME = (36, 28)
NETWORKS, EXPRESSIONS, TRAININGS = 2, 2, 5
#: Measures of a map against a mask.
METRICS = shipped_metrics(["ncc", "area_matched_iou", "iou", "auc"])
#: Ways in which networks are trained: once, once per fold of one seed, with five seeds on all people.
ONCE, FOLDS, SEEDS = "once", "folds", "seeds"


@dataclass(frozen=True)
class World:
    """What studies are drawn from.

    Attributes:
        maps: (network, expression, y, x) of infinitely many people and trainings.
        masks: (expression, y, x) bool.
        shared: (k, y, x) fields of which a person's own in all networks is made.
        own: (k, y, x) the same of what is a person's own in each network, and of what is a training's.
        noise: standard deviation of what is a person's own, in those of the maps.
        training: the same of what is a training's.
    """

    maps: np.ndarray
    masks: np.ndarray
    shared: np.ndarray
    own: np.ndarray
    noise: float
    training: float


def world(seed: int, noise: float = 0.8, training: float = 0.3, fields: int = 60) -> World:
    """Draw a world: networks share half of where they look, and masks lie partly there."""
    rng = np.random.default_rng(seed)
    maps = _smooth(rng, (1, EXPRESSIONS), 6) + 0.7 * _smooth(rng, (NETWORKS, EXPRESSIONS), 5)
    places = _smooth(rng, (EXPRESSIONS,), 5) + 0.6 * maps[0]
    masks = places > np.quantile(places, 0.75, axis=(1, 2), keepdims=True)
    shared, own = (_smooth(rng, (fields,), width) / np.sqrt(fields) for width in (4, 2))
    return World(maps, masks, shared, own, noise, training)


def study(of: World, rng: np.random.Generator, people: int, trained: str, replicates: int = 100) -> dict[str, Interval]:
    """Intervals of one study's figures."""
    cells = (NETWORKS, EXPRESSIONS)
    trainings = 1 if trained == ONCE else TRAININGS
    shared = np.broadcast_to(
        rng.standard_normal((people, 1, EXPRESSIONS, len(of.shared))), (people, *cells, len(of.shared))
    )
    own = rng.standard_normal((people, *cells, len(of.own)))
    of_training = rng.standard_normal((trainings, *cells, len(of.own)))
    groups = rng.integers(1 << 40, size=people)
    drawn = np.stack([poisson_weights(0, int(group), replicates) for group in groups], axis=1).astype(float)
    fold = np.arange(people) % TRAININGS
    # A row of weights of people, and one of trainings, for every row of the layout.
    rows = [(np.ones(people), np.ones(trainings)), *((weights, np.ones(trainings)) for weights in drawn)]
    layout = Layout(replicates)
    if trained == FOLDS:
        rows += [((fold != out).astype(float), (np.arange(trainings) != out).astype(float)) for out in range(TRAININGS)]
        layout = Layout(replicates, folds=TRAININGS)
    elif trained == SEEDS:
        rows += [(np.ones(people), (np.arange(trainings) != out).astype(float)) for out in range(TRAININGS)]
        layout = Layout(replicates, seeds=TRAININGS)
    by_person, by_training = (np.stack(part) for part in zip(*rows, strict=True))
    by_person /= by_person.sum(1, keepdims=True)
    if trained == FOLDS:
        # A training is as frequent as its people.
        by_training = np.stack([by_person[:, fold == number].sum(1) for number in range(TRAININGS)], axis=1)
    by_training /= by_training.sum(1, keepdims=True)
    maps = of.maps + of.noise * (_mixed(by_person, shared, of.shared) + _mixed(by_person, own, of.own))
    maps = maps + (0 if trained == ONCE else of.training) * _mixed(by_training, of_training, of.own)
    return {
        name: interval(rows[0], Resampled(rows, layout), people=people, corrected=corrected)
        for name, (rows, corrected) in figures(of, maps).items()
    }


def figures(of: World, maps: np.ndarray) -> dict[str, tuple[np.ndarray, bool]]:
    """What is said of maps (row, network, expression, y, x): (row,) each, and whether its bias is taken off."""
    result: dict[str, tuple[np.ndarray, bool]] = {}
    scores = defaultdict(list)
    for e, mask in enumerate(of.masks):
        flat = maps[:, :, e].reshape(-1, *FRAME).astype(np.float32)
        for name, values in score_maps(flat, None, mask.astype(float), METRICS).items():
            scores[name].append(values.reshape(len(maps), NETWORKS))
    for name, by_expression in scores.items():
        values, corrected = np.stack(by_expression, axis=2), METRICS[name].corrected
        result[f"{name}, cell"] = values[:, 0, 0], corrected
        result[f"{name}, network"] = values[:, 0].mean(1), corrected
        result[f"{name}, difference"] = (values[:, 1] - values[:, 0]).mean(1), corrected
    ncc = np.array([[ncc_matrix(pair)[0, 1] for pair in row.swapaxes(0, 1)] for row in maps])
    return result | {"NCC of two maps": (ncc[:, 0], True), "NCC of two networks": (ncc.mean(1), True)}


def coverage(
    people: int, studies: int, trained: str = ONCE, worlds: int = 20, noise: float = 0.8, say: Callable = print
) -> Mapping[str, float]:
    """Share of studies whose interval holds the truth, by figure."""
    held = defaultdict(list)
    for number in range(worlds):
        of = world(number, noise)
        truth = {name: float(rows[0]) for name, (rows, _) in figures(of, of.maps[None]).items()}
        for place in range(studies // worlds):
            for name, own in study(of, np.random.default_rng([number, place, people]), people, trained).items():
                held[name].append(own.low <= truth[name] <= own.high)
        say(f"{people} people, {trained}: world {number + 1} of {worlds}")
    return {name: float(np.mean(values)) for name, values in held.items()}


def _mixed(weights: np.ndarray, numbers: np.ndarray, fields: np.ndarray) -> np.ndarray:
    """Weighted means (row, network, expression, y, x) of sums of fields."""
    return np.tensordot(np.tensordot(weights, numbers, axes=1), fields, axes=1)


def _smooth(rng: np.random.Generator, shape: tuple[int, ...], width: float) -> np.ndarray:
    noise = gaussian_filter(rng.standard_normal((*shape, *FRAME)), width, axes=(-2, -1), mode="nearest")
    return noise / noise.std((-2, -1), keepdims=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000, help="per column, a multiple of 20")
    parser.add_argument("--noise", type=float, default=0.8, help="of people, in standard deviations of the maps")
    parser.add_argument("--columns", nargs="*", default=["20 once", "50 once", "100 once", "50 folds", "50 seeds"])
    arguments = parser.parse_args()
    table = {}
    for column in arguments.columns:
        people, trained = column.split()
        table[column] = coverage(int(people), arguments.studies, trained, noise=arguments.noise, say=lambda _: None)
    print(f"| figure | {' | '.join(table)} |\n|---|{'---|' * len(table)}")
    for name in next(iter(table.values())):
        print(f"| {name} | {' | '.join(f'{column[name]:.3f}' for column in table.values())} |")


if __name__ == "__main__":
    main()
