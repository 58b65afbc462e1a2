"""What measures of overlap could reach at best, by simulation: no formula says what noise takes from them.

The global heatmap is taken for the truth, and its own most relevant pixels, as many as the reference has, for what is
to be found. Noise as it is in the map is added and the result scored. The difference of the means of two halves of
people (or of folds, which are other trainings as well), times the root of the product of the halves' shares, has the
spread and the smoothness of the noise in the mean over all.
"""

import numpy as np

from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.reference_maps import ReferenceMaps
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.many_scores import against_references
from fer_xai.scoring.observer_halves import FEW_SPLITS, random_halves
from fer_xai.scoring.person_cells import PersonCell
from fer_xai.scoring.person_matrix import Floats, PersonMatrix


def simulated(metrics: Metrics) -> Metrics:
    """The measures that compare maps with sets of pixels, and so have no ceiling by formula."""
    return {name: metric for name, metric in metrics.items() if metric.reference == "mask" and not metric.correlation}


def attainable_scores(cell: PersonCell, reference: ReferenceMaps, metrics: Metrics) -> dict[str, float]:
    """The mean score of maps with as much noise as the global heatmap has, by the measure's name.

    Args:
        cell: maps of people, folds and seeds.
        reference: (y4, x4); how many pixels are relevant is taken from it.
        metrics: see `simulated`.

    Returns:
        NaN where fewer than four people have a map, or the reference has no relevant pixel there.
    """
    pixels = cell.people.pixels & cell.folds.pixels & cell.seeds.pixels & reference.known
    relevant = int(reference.mask[pixels].sum())
    if len(cell.people) < 4 or not 0 < relevant < pixels.sum():
        return dict.fromkeys(metrics, float("nan"))
    people, folds, seeds = (part.at(pixels) for part in (cell.people, cell.folds, cell.seeds))
    truth = people.weights @ people.values / people.weights.sum()
    noise = _noise(folds) if len(folds) > 1 else _noise(people)
    if len(folds) == 1 and len(seeds) > 1:
        of_seeds = _noise(seeds)
        noise = noise + of_seeds[np.arange(len(noise)) % len(of_seeds)]
    frames = np.zeros((len(noise), *pixels.shape))
    frames[:, pixels] = truth + noise
    sought = np.zeros(pixels.shape)
    sought[pixels] = np.argsort(np.argsort(truth, kind="stable"), kind="stable") >= len(truth) - relevant
    scores = against_references(frames, pixels, ReferenceMaps.stack([ReferenceMaps.of_weights(sought)]), metrics)
    return {name: float(mean_known(own)) for name, own in zip(metrics, scores, strict=True)}


def _noise(maps: PersonMatrix) -> Floats:
    """(fields, pixels) of either sign."""
    halves = random_halves(len(maps), FEW_SPLITS)
    first, second = np.where(halves, maps.weights, 0), np.where(halves, 0, maps.weights)
    share = first.sum(1, keepdims=True) / maps.weights.sum()
    means = [part @ maps.values / part.sum(1, keepdims=True) for part in (first, second)]
    fields = (means[0] - means[1]) * np.sqrt(share * (1 - share))
    return np.concatenate([fields, -fields])
