"""How often 95 % intervals hold the truth: `python -m benchmarks.coverage` (ten minutes; `--studies 100` is quick).

Studies are simulated: every person's map is that of infinitely many people, plus what is the person's own in all
networks, plus what is the person's own in each network, all of them smooth fields; every training adds a smooth field
of its own. Known is what the figures would be with infinitely many people (and trainings, where there are several).
The last of the networks has the same maps as the first: their difference is 0 in truth.
"""

import argparse
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import mean

import numpy as np
from scipy.ndimage import gaussian_filter

from fer_xai.metrics.bootstrap import REPLICATES, poisson_weights
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.map_scores import score_maps
from fer_xai.metrics.otsu import competing_thresholds
from fer_xai.metrics.pairs import paired_ncc
from fer_xai.scoring.intervals import Interval, interval
from fer_xai.scoring.resampled import Layout, Resampled

FRAME = (28, 22)
NETWORKS, EXPRESSIONS, TRAININGS = 3, 2, 5
#: Measures of a map against a mask.
METRICS = shipped_metrics(["ncc", "area_matched_iou", "iou", "auc"])
RANKED = ("auc", "area_matched_iou")
#: Ways in which networks are trained: once, once per fold of one seed, with five seeds on all people.
ONCE, FOLDS, SEEDS = "once", "folds", "seeds"
#: Ends the names of figures of maps for which two thresholds compete.
COMPETING = ", two thresholds"
#: Ends the names of differences between networks whose maps are the same in truth.
NULL = "null difference"
# People are drawn from so many, whose bootstrap weights are kept.
_POPULATION = 4000


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


@dataclass(frozen=True)
class Figure:
    """A figure that studies give.

    Attributes:
        rows: (row,) over all people and trainings, and from resampled ones.
        corrected: whether the bootstrap's shift is taken off.
        competing: whether two thresholds compete for the map that it is of.
    """

    rows: np.ndarray
    corrected: bool
    competing: bool = False

    def interval(self, layout: Layout, people: int) -> Interval:
        """Its interval."""
        return interval(float(self.rows[0]), Resampled(self.rows, layout), people=people, corrected=self.corrected)


def world(seed: int, noise: float = 0.8, training: float = 0.3, fields: int = 60) -> World:
    """Draw a world: networks share half of where they look, and masks lie partly there."""
    rng = np.random.default_rng(seed)
    maps = _smooth(rng, (1, EXPRESSIONS), 5) + 0.7 * _smooth(rng, (NETWORKS, EXPRESSIONS), 4)
    maps[-1] = maps[0]
    places = _smooth(rng, (EXPRESSIONS,), 4) + 0.6 * maps[0]
    masks = places > np.quantile(places, 0.75, axis=(1, 2), keepdims=True)
    shared, own = (_smooth(rng, (fields,), width) / np.sqrt(fields) for width in (3, 1.5))
    return World(maps, masks, shared, own, noise, training)


def study(
    of: World, rng: np.random.Generator, people: int, trained: str, replicates: int = REPLICATES
) -> tuple[dict[str, Figure], Layout]:
    """What one study says of its maps."""
    cells = (NETWORKS, EXPRESSIONS)
    trainings = 1 if trained == ONCE else TRAININGS
    shared = rng.standard_normal((people, EXPRESSIONS, len(of.shared)))
    own = rng.standard_normal((people, *cells, len(of.own)))
    of_training = rng.standard_normal((trainings, *cells, len(of.own)))
    groups = rng.choice(_POPULATION, people, replace=False)
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
    fields = of.noise * np.tensordot(by_person, own, axes=1)
    if trained != ONCE:
        fields = fields + of.training * np.tensordot(by_training, of_training, axes=1)
    of_people = of.noise * np.tensordot(np.tensordot(by_person, shared, axes=1), of.shared, axes=1)
    return figures(of, of.maps + of_people[:, None] + np.tensordot(fields, of.own, axes=1)), layout


def figures(of: World, maps: np.ndarray) -> dict[str, Figure]:
    """What is said of maps (row, network, expression, y, x)."""
    maps = maps.astype(np.float32)
    result: dict[str, Figure] = {}
    scores, ncc = _against(maps, of.masks, METRICS), METRICS["ncc"]
    for name, values in scores.items():
        corrected = METRICS[name].corrected
        competing = METRICS[name].compares == "sets" and bool(competing_thresholds(maps[0, 0, 0]))
        result[f"{name}, cell"] = Figure(values[:, 0, 0], corrected, competing)
        result[f"{name}, network"] = Figure(values[:, 0].mean(1), corrected)
        result[f"{name}, difference"] = Figure((values[:, 1] - values[:, 0]).mean(1), corrected)
        result[f"{name}, {NULL}"] = Figure((values[:, -1] - values[:, 0]).mean(1), corrected)
    others = _against(maps[:, :1], np.roll(of.masks, 1, axis=0), {"ncc": ncc})["ncc"]
    result["ncc, own mask less other"] = Figure((scores["ncc"][:, 0] - others[:, 0]).mean(1), ncc.corrected)
    flat = maps.reshape(*maps.shape[:3], -1)
    pairs = paired_ncc(flat[:, 0].reshape(-1, flat.shape[-1]), flat[:, 1].reshape(-1, flat.shape[-1]))
    pairs = pairs.reshape(len(maps), EXPRESSIONS)
    return result | {"NCC of two maps": Figure(pairs[:, 0], True), "NCC of two networks": Figure(pairs.mean(1), True)}


def studies(
    people: int, number: int, trained: str = ONCE, worlds: int = 20, noise: float = 0.8, first_world: int = 0
) -> Iterator[tuple[dict[str, float], dict[str, Figure], Layout]]:
    """So many studies (a multiple of `worlds`): the truth, and what each says."""
    for seed in range(first_world, first_world + worlds):
        of = world(seed, noise)
        truth = {name: float(figure.rows[0]) for name, figure in figures(of, of.maps[None]).items()}
        for place in range(number // worlds):
            rng = np.random.default_rng([seed, place, people, (ONCE, FOLDS, SEEDS).index(trained)])
            yield truth, *study(of, rng, people, trained)


def coverage(
    people: int,
    number: int,
    trained: str = ONCE,
    noise: float = 0.8,
    say: Callable[[str], None] = print,
    first_world: int = 0,
) -> tuple[dict[str, float], dict[str, float]]:
    """Share of studies whose interval holds the truth, by figure; and of those that call a null difference one.

    Args:
        people: in every study.
        number: of studies.
        trained: one of `ONCE`, `FOLDS`, `SEEDS`.
        noise: see `World`.
        say: is told how far it is.
        first_world: seed of the first of the worlds: rules are chosen in others than those of the table.
    """
    held, called = defaultdict(list), defaultdict(list)
    for count, (truth, found, layout) in enumerate(
        studies(people, number, trained, noise=noise, first_world=first_world), 1
    ):
        for name, figure in found.items():
            own = figure.interval(layout, people)
            held[name].append(own.low <= truth[name] <= own.high)
            if figure.competing:
                held[name + COMPETING].append(held[name][-1])
            if name.endswith(NULL):
                called[name].append(own.p() <= 0.05)
        if count % 100 == 0:
            say(f"{people} people, {trained}: {count} of {number} studies")
    return {name: mean(values) for name, values in held.items()}, {
        name: mean(values) for name, values in called.items()
    }


def ranking_scores(maps: np.ndarray, mask: np.ndarray) -> dict[str, np.ndarray]:
    """`RANKED` scores (n,) of maps (n, y, x) without ties, as the measures give them, for all maps at once."""
    inside = mask.ravel()[np.argsort(-maps.reshape(len(maps), -1), axis=1)]
    pixels, wanted = inside.shape[1], int(mask.sum())
    # How many pixels outside the mask lie above each one inside.
    above = (inside * (np.arange(pixels) - np.cumsum(inside, axis=1) + inside)).sum(1)
    both = inside[:, :wanted].sum(1)
    return {"auc": 1 - above / (wanted * (pixels - wanted)), "area_matched_iou": both / (2 * wanted - both)}


def _against(maps: np.ndarray, masks: np.ndarray, metrics: dict) -> dict[str, np.ndarray]:
    """Scores (row, network, expression) of maps against the masks of their expressions."""
    unranked = {name: metric for name, metric in metrics.items() if name not in RANKED}
    by_mask = []
    for e, mask in enumerate(masks):
        flat = maps[:, :, e].reshape(-1, *FRAME)
        ranked = ranking_scores(flat, mask) if len(unranked) < len(metrics) else {}
        by_mask.append(score_maps(flat, None, mask.astype(float), unranked) | ranked)
    return {name: np.stack([scores[name].reshape(maps.shape[:2]) for scores in by_mask], axis=2) for name in metrics}


def _smooth(rng: np.random.Generator, shape: tuple[int, ...], width: float) -> np.ndarray:
    noise = gaussian_filter(rng.standard_normal((*shape, *FRAME)), width, axes=(-2, -1), mode="nearest")
    return noise / noise.std((-2, -1), keepdims=True)


def _table(title: str, columns: dict[str, dict[str, float]]) -> str:
    rows = list(dict.fromkeys(name for column in columns.values() for name in column))
    lines = [f"| {title} | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    return "\n".join(
        [
            *lines,
            *(f"| {row} | {' | '.join(f'{of.get(row, math.nan):.3f}' for of in columns.values())} |" for row in rows),
        ]
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000, help="per column, a multiple of 20")
    parser.add_argument("--noise", type=float, default=0.8, help="of people, in standard deviations of the maps")
    parser.add_argument("--first-world", type=int, default=0, help="seed of the first of the 20 worlds")
    parser.add_argument("--columns", nargs="*", default=["20 once", "50 once", "100 once", "50 folds", "50 seeds"])
    arguments = parser.parse_args()
    held, called = {}, {}
    for column in arguments.columns:
        people, trained = column.split()
        held[column], called[column] = coverage(
            int(people), arguments.studies, trained, arguments.noise, _silent, arguments.first_world
        )
    print(_table("coverage", held), _table("called a difference", called), sep="\n\n")


def _silent(_: str) -> None:
    """Tell nobody."""


if __name__ == "__main__":
    main()
