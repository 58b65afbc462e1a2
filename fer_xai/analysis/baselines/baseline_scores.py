"""What every score has to beat: figures that say how well one does without knowing where a network looks."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from fer_xai.face.masks import Reference
from fer_xai.metrics.baselines import centred_gaussian, full_frame, landmark_density
from fer_xai.metrics.metric import Metrics, Needs
from fer_xai.metrics.reference_maps import ReferenceMaps, StudyReference, study_reference
from fer_xai.metrics.resolution import halved, halved_valid
from fer_xai.metrics.scores import score_map
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.many_scores import against_references
from fer_xai.scoring.pooled_maps import PooledMaps

# Maps that are scored at once: enough to be quick, few enough to stay small.
_BATCH = 8

#: Maps that know nothing of a network.
FIXED = ("full frame", "centred Gaussian", "landmark density")

_SEED = 20240118


@dataclass(frozen=True)
class Baselines:
    """Baselines of the maps of one explainer against one reference.

    Attributes:
        metrics: by name, in the order of the first axis of everything.
        fixed: by name (metric, pool, expression): score of a map that knows nothing of the network.
        masks: (metric, pool, expression, m) score of every map with the masks of all m expressions that the reference
            has.
        own: (expression,) index of each map's own mask, -1 where there is none.
        shifted: by metric (pool, expression, 1 + shifts): score of the unshifted map and of shifted ones, all on the
            coarser grid that the metric needs.
    """

    metrics: Metrics
    fixed: dict[str, np.ndarray]
    masks: np.ndarray
    own: np.ndarray
    shifted: dict[str, np.ndarray]

    @cached_property
    def right(self) -> np.ndarray:
        """(metric, pool, expression) score with the own mask, on the grid of the masks; NaN where there is none."""
        scores = np.full(self.masks.shape[:3], np.nan)
        known = np.flatnonzero(self.own >= 0)
        scores[:, :, known] = self.masks[:, :, known, self.own[known]]
        return scores

    @cached_property
    def others(self) -> np.ndarray:
        """(metric, pool, expression) mean score with the masks of the other expressions."""
        scores = np.array(self.masks)
        for expression, index in enumerate(self.own):
            scores[:, :, expression, index if index >= 0 else slice(None)] = np.nan
        return mean_known(scores, axis=3)


def baselines_of(rows: PooledMaps, reference: Reference, metrics: Metrics) -> Baselines:
    """Work out all baselines of all maps against one reference."""
    compared = study_reference(reference, rows.expressions)
    grids = _Grids(compared, dict.fromkeys(one.needs for one in metrics.values()))
    shape = len(rows.pools), len(rows.expressions)
    fixed = {name: np.full((len(metrics), *shape), np.nan) for name in FIXED}
    masks = np.full((len(metrics), *shape, len(compared.maps)), np.nan)
    shifted = {name: np.full((*shape, 1 + metric.needs.shifts), np.nan) for name, metric in metrics.items()}
    for e, g, valid in _batches(rows):
        means = np.where(valid, [rows.maps[number].mean[e] for number in g], 0.0)
        own = int(compared.own[e])
        if own >= 0:
            for name, values in _fixed(valid, compared.maps[own], metrics).items():
                fixed[name][:, g, e] = values[:, None]
        for needs in grids.masks:
            wanted = {name: metric for name, metric in metrics.items() if metric.needs == needs}
            chosen = [number for number, name in enumerate(metrics) if name in wanted]
            masks[np.ix_(chosen, g, [e])] = against_references(
                *_coarser(means, valid, needs.masks_halved), grids.masks[needs], wanted
            )[:, :, None]
            if own >= 0:
                scores = against_references(
                    *_coarser(means, valid, needs.shifts_halved), grids.moved[needs][own], wanted
                )
                for name, of_metric in zip(wanted, scores, strict=True):
                    shifted[name][g, e] = of_metric
    return Baselines(metrics, fixed, masks, compared.own, shifted)


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
    """A reference's maps on the coarser grids, and shifted around the edges, as metrics need them.

    A mask that is shifted the other way is the same as a shifted map, and leaves the map's own threshold as it is. All
    maps get the same shifts, so that means over maps can be compared shift by shift.
    """

    def __init__(self, reference: StudyReference, needed: Collection[Needs]) -> None:
        # Pairings are fair only over the same pixels.
        common = reference.maps.known_to_all()
        self.masks = {needs: common.halved(needs.masks_halved) for needs in needed}
        self.moved = {needs: _moved(reference.maps.halved(needs.shifts_halved), needs.shifts) for needs in needed}


def _moved(maps: ReferenceMaps, number: int) -> list[ReferenceMaps]:
    """For each of the maps (m, y, x): as it is, then shifted at random, (1 + number, y, x)."""
    rng = np.random.default_rng(_SEED)
    steps = np.stack([rng.integers(0, size, number) for size in maps.frame], axis=1)
    moved = [maps, *(maps.shifted(-dy, -dx) for dy, dx in steps)]
    return [ReferenceMaps.stack([item[number] for item in moved]) for number in range(len(maps))]


def controlled(p: pd.Series) -> np.ndarray:
    """Benjamini-Hochberg q-values of the p-values that are defined; NaN elsewhere."""
    values = p.to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.isfinite(values)
    result = np.full(len(values), np.nan)
    if known.any():
        result[known] = false_discovery_control(values[known])
    return result


def _fixed(valid: np.ndarray, own: ReferenceMaps, metrics: Metrics) -> dict[str, np.ndarray]:
    frame = valid.shape
    drawn = {"centred Gaussian": centred_gaussian(frame), "landmark density": landmark_density(frame=frame)}
    by_name = {}
    for name, values in drawn.items():
        scores = score_map(values, valid, own, metrics)
        by_name[name] = np.array([scores[metric].value for metric in metrics])
    everything, known = full_frame(frame), valid & own.known
    # A map that is the same everywhere calls no pixel relevant by threshold and ranks none: only the overlap of the
    # whole frame, taken as relevant, is defined.
    whole = [
        float(one.score(everything, own.mask, known)) if one.compares == "sets" else np.nan for one in metrics.values()
    ]
    return by_name | {"full frame": np.array(whole)}


def _coarser(means: np.ndarray, valid: np.ndarray, times: int) -> tuple[np.ndarray, np.ndarray]:
    return halved(means, times), halved_valid(valid, times)
