"""What every score has to beat: figures that say how well one does without knowing where a network looks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from fer_xai.face.masks import Reference, half_of_maximum
from fer_xai.metrics.baselines import centred_gaussian, full_frame, landmark_density
from fer_xai.metrics.registry import METRICS
from fer_xai.metrics.resolution import halve
from fer_xai.metrics.scores import score_map
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.many_scores import against_references, compares_sets, weights_by_expression
from fer_xai.scoring.pooled_maps import PooledMaps

#: Random shifts per map, and how often the grid is halved before, for measures of overlap and for the others.
SHIFTS = {True: (199, 2), False: (59, 3)}

# How often the grid is halved before maps meet the masks of all expressions. Measures of overlap are quick and can turn
# on a pixel; the others are slow and smooth.
_MASKS_HALVED = {True: 0, False: 2}

# Maps that are scored at once: enough to be quick, few enough to stay small.
_BATCH = 8

#: Maps that know nothing of a network.
FIXED = ("full frame", "centred Gaussian", "landmark density")

_SEED = 20240118


@dataclass(frozen=True)
class Baselines:
    """Baselines of the maps of one explainer against one reference.

    Attributes:
        metrics: names of the metrics, the first axis of everything.
        fixed: by name (metric, pool, expression): score of a map that knows nothing of the network.
        masks: (metric, pool, expression, m) score of every map with the masks of all m expressions.
        own: (expression,) index of each map's own mask, -1 where there is none.
        shifted: by metric (pool, expression, 1 + shifts): score of the unshifted map and of shifted ones, all on the
            coarser grid of `SHIFTS`.
    """

    metrics: tuple[str, ...]
    fixed: dict[str, np.ndarray]
    masks: np.ndarray
    own: np.ndarray
    shifted: dict[str, np.ndarray]

    @property
    def others(self) -> np.ndarray:
        """(metric, pool, expression) mean score with the masks of the other expressions."""
        scores = np.array(self.masks)
        for expression, index in enumerate(self.own):
            scores[:, :, expression, index if index >= 0 else slice(None)] = np.nan
        return mean_known(scores, axis=3)


def baselines_of(rows: PooledMaps, reference: Reference, metrics: Sequence[str]) -> Baselines:
    """Work out all baselines of all maps against one reference."""
    grids = _Grids(*weights_by_expression(reference, rows.expressions))
    shape = len(rows.pools), len(rows.expressions)
    fixed = {name: np.full((len(metrics), *shape), np.nan) for name in FIXED}
    masks = np.full((len(metrics), *shape, len(grids.weights)), np.nan)
    shifted = {metric: np.full((*shape, 1 + SHIFTS[compares_sets(metric)][0]), np.nan) for metric in metrics}
    for e, g, valid in _batches(rows):
        means = np.where(valid, [rows.maps[number].mean[e] for number in g], 0.0)
        own = grids.own[e]
        if own >= 0:
            for name, values in _fixed(valid, grids.weights[own], metrics).items():
                fixed[name][:, g, e] = values[:, None]
        for sets in (True, False):
            chosen = [number for number, metric in enumerate(metrics) if compares_sets(metric) == sets]
            names = [metrics[number] for number in chosen]
            masks[np.ix_(chosen, g, [e])] = against_references(
                *_coarser(means, valid, _MASKS_HALVED[sets]), grids.masks[sets], names
            )[:, :, None]
            if own >= 0:
                scores = against_references(*_coarser(means, valid, SHIFTS[sets][1]), grids.moved[sets][own], names)
                for metric, of_metric in zip(names, scores, strict=True):
                    shifted[metric][g, e] = of_metric
    return Baselines(tuple(metrics), fixed, masks, grids.own, shifted)


def _batches(rows: PooledMaps) -> Iterator[tuple[int, list[int], np.ndarray]]:
    """Maps that can be scored together: expression, numbers of groups, and the valid pixels that they share."""
    for e in range(len(rows.expressions)):
        places: dict[bytes, list[int]] = {}
        for g, maps in enumerate(rows.maps):
            if maps.valid[e].any():
                places.setdefault(np.packbits(maps.valid[e]).tobytes(), []).append(g)
        for numbers in places.values():
            for start in range(0, len(numbers), _BATCH):
                yield e, numbers[start : start + _BATCH], rows.maps[numbers[0]].valid[e]


class _Grids:
    """A reference's weights on the coarser grids, and shifted around the edges, for both kinds of measures.

    A mask that is shifted the other way is the same as a shifted map, and leaves the map's own threshold as it is. All
    maps get the same shifts, so that means over maps can be compared shift by shift.
    """

    def __init__(self, weights: np.ndarray, own: np.ndarray) -> None:
        self.weights, self.own = weights, own
        self.masks, self.moved = {}, {}
        for sets, (number, halvings) in SHIFTS.items():
            self.masks[sets] = _halved(weights, _MASKS_HALVED[sets])
            small = _halved(weights, halvings)
            rng = np.random.default_rng(_SEED)
            steps = np.stack([rng.integers(0, size, number) for size in small.shape[1:]], axis=1)
            rolled = [np.roll(small, (-dy, -dx), (1, 2)) for dy, dx in steps]
            self.moved[sets] = np.stack([small, *rolled], axis=1)


def controlled(p: pd.Series) -> np.ndarray:
    """Benjamini-Hochberg q-values of the p-values that are defined; NaN elsewhere."""
    values = p.to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.isfinite(values)
    result = np.full(len(values), np.nan)
    if known.any():
        result[known] = false_discovery_control(values[known])
    return result


def _fixed(valid: np.ndarray, weights: np.ndarray, metrics: Sequence[str]) -> dict[str, np.ndarray]:
    frame = valid.shape
    drawn = {"centred Gaussian": centred_gaussian(frame), "landmark density": landmark_density(frame=frame)}
    by_name = {}
    for name, values in drawn.items():
        scores = score_map(values, valid, weights, metrics)
        by_name[name] = np.array([scores[metric].value for metric in metrics])
    mask, everything = half_of_maximum(weights), full_frame(frame)
    # A map that is the same everywhere calls no pixel relevant by threshold and ranks none: only the overlap of the
    # whole frame, taken as relevant, is defined.
    whole = [float(METRICS[m].function(everything, mask, valid)) if compares_sets(m) else np.nan for m in metrics]
    return by_name | {"full frame": np.array(whole)}


def _halved(values: np.ndarray, times: int) -> np.ndarray:
    for _ in range(times):
        values = halve(values)
    return values


def _coarser(means: np.ndarray, valid: np.ndarray, halvings: int) -> tuple[np.ndarray, np.ndarray]:
    return _halved(means, halvings), valid if not halvings else _halved(valid.astype(np.float32), halvings) >= 1
