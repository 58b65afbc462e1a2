"""Leaving trainings out against a bootstrap of people and trainings: `python -m benchmarks.two_way_bootstrap`.

Scores vary over people, over trainings, and over single scores; all are 0 in truth. The literal bootstrap draws
trainings (with their people, where these are folds) anew (Owen and Eckles 2012); the program leaves each out in turn.
"""

import numpy as np
from scipy.stats import t

from fer_xai.scoring.intervals import Interval, interval
from fer_xai.scoring.resampled import Layout, Resampled

REPLICATES = 200
#: Standard deviations of person, training and single score.
PEOPLE, TRAINING, REST = 1.0, 0.3, 0.6


def crossed(rng: np.random.Generator, people: int, seeds: int, training: float = TRAINING) -> np.ndarray:
    """(people, seeds) scores, 0 in truth: every training sees everybody."""
    of_people, of_training = PEOPLE * rng.standard_normal((people, 1)), training * rng.standard_normal(seeds)
    return of_people + of_training + (REST if training else 0) * rng.standard_normal((people, seeds))


def nested(rng: np.random.Generator, people: int, folds: int) -> tuple[np.ndarray, np.ndarray]:
    """(people,) scores, 0 in truth, and the fold of each: every training sees people of its own."""
    fold = np.arange(people) % folds
    own = np.hypot(PEOPLE, REST) * rng.standard_normal(people)
    return own + TRAINING * rng.standard_normal(folds)[fold], fold


def of_seeds(scores: np.ndarray, rng: np.random.Generator) -> Interval:
    """The program's interval of the mean score."""
    people, seeds = scores.shape
    weights = rng.poisson(1, (REPLICATES, people))
    drawn = weights @ scores.mean(1) / weights.sum(1)
    rows = [scores.mean(), *drawn, *(np.delete(scores, out, axis=1).mean() for out in range(seeds))]
    return interval(scores.mean(), Resampled(np.array(rows), Layout(REPLICATES, seeds=seeds)), people=people)


def of_folds(scores: np.ndarray, fold: np.ndarray, rng: np.random.Generator) -> Interval:
    """The same where folds are trainings."""
    weights = rng.poisson(1, (REPLICATES, len(scores)))
    folds = int(fold.max()) + 1
    rows = [scores.mean(), *(weights @ scores / weights.sum(1)), *(scores[fold != out].mean() for out in range(folds))]
    return interval(scores.mean(), Resampled(np.array(rows), Layout(REPLICATES, folds=folds)), people=len(scores))


def product_bootstrap(scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Means under weights of people times weights of trainings, both drawn anew: the literal form."""
    people, seeds = scores.shape
    of_people = rng.multinomial(people, np.full(people, 1 / people), REPLICATES)
    of_trainings = rng.multinomial(seeds, np.full(seeds, 1 / seeds), REPLICATES)
    return np.array([np.average(scores, weights=np.outer(*pair)) for pair in zip(of_people, of_trainings, strict=True)])


def fold_bootstrap(scores: np.ndarray, fold: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Means over folds that are drawn anew with their people."""
    folds = int(fold.max()) + 1
    means = np.array([scores[fold == number].mean() for number in range(folds)])
    return means[rng.integers(0, folds, (REPLICATES, folds))].mean(1)


def coverage(studies: int, kind: str) -> dict[str, float]:
    """How often intervals over 50 people and five trainings hold the truth."""
    held: dict[str, list[bool]] = {"leaving out": [], "bootstrap": [], "bootstrap with t": []}
    for seed in range(studies):
        rng = np.random.default_rng([seed, len(kind)])
        if kind == "seeds":
            scores = crossed(rng, 50, 5)
            of, drawn = of_seeds(scores, rng), product_bootstrap(scores, rng)
        else:
            scores, fold = nested(rng, 50, 5)
            of, drawn = of_folds(scores, fold, rng), fold_bootstrap(scores, fold, rng)
        held["leaving out"].append(of.low <= 0 <= of.high)
        low, high = np.quantile(drawn, [0.025, 0.975])
        held["bootstrap"].append(low <= 0 <= high)
        half = t.ppf(0.975, 4) * drawn.std(ddof=1) * (5 / 4) ** 0.5
        held["bootstrap with t"].append(abs(scores.mean()) <= half)
    return {name: float(np.mean(values)) for name, values in held.items()}


if __name__ == "__main__":
    print({kind: coverage(2000, kind) for kind in ("seeds", "folds")})
