"""What every score has to beat: figures that say how well one does without knowing where a network looks."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from fer_xai.face.masks import Reference
from fer_xai.metrics.baselines import centred_gaussian, full_frame, landmark_density
from fer_xai.metrics.map_scores import score_map
from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.otsu import relevant_pixels
from fer_xai.metrics.reference_maps import ReferenceMaps, study_reference
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.many_scores import against_references
from fer_xai.scoring.pooled_maps import PooledMaps

# Maps that are scored at once: enough to be quick, few enough to stay small.
_BATCH = 8

#: Maps that know nothing of a network.
FIXED = ("full frame", "centred Gaussian", "landmark density")

#: Stands for the mean score with the masks of the other expressions.
OTHER_MASKS = "other masks"


@dataclass(frozen=True)
class Baselines:
    """Baselines of the maps of one explainer against one reference.

    Attributes:
        metrics: by name, in the order of the first axis of everything.
        fixed: by name (metric, pool, expression): score of a map that knows nothing of the network.
        masks: (metric, pool, expression, m) score of every map with the masks of all m expressions that the reference
            has.
        own: (expression,) index of each map's own mask, -1 where there is none.
        shifted: by metric (pool, expression, y * x): score under every shift around the edges of the frame, without one
            first; of metrics for which that is quick.
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
    shape = len(rows.pools), len(rows.expressions)
    fixed = {name: np.full((len(metrics), *shape), np.nan) for name in FIXED}
    masks = np.full((len(metrics), *shape, len(compared.maps)), np.nan)
    shifted: dict[str, np.ndarray] = {}
    # Pairings are fair only over the same pixels.
    common = compared.maps.known_to_all()
    for e, g, valid in _batches(rows):
        means = np.where(valid, [rows.maps[number].mean[e] for number in g], 0.0)
        masks[:, g, e] = against_references(means, valid, common, metrics)
        own = compared.of(e)
        if own is None:
            continue
        for name, values in _fixed(valid, own, metrics).items():
            fixed[name][:, g, e] = values[:, None]
        for number, mean in zip(g, means, strict=True):
            for name, scores in _over_shifts(mean, valid, own, metrics).items():
                shifted.setdefault(name, np.full((*shape, mean.size), np.nan, dtype=np.float32))[number, e] = scores
    return Baselines(metrics, fixed, masks, compared.own, shifted)


def _over_shifts(mean: np.ndarray, valid: np.ndarray, own: ReferenceMaps, metrics: Metrics) -> dict[str, np.ndarray]:
    """Scores (y * x,) of one map under every shift, by the metrics for which that is quick.

    Of a reference that does not know every pixel there are none: which pixels are compared would change with the shift.
    """
    scores: dict[str, np.ndarray] = {}
    if not own.known.all():
        return scores
    relevant = relevant_pixels(mean, valid)
    for name, metric in metrics.items():
        values = metric.over_shifts(
            relevant if metric.compares == "sets" else mean, getattr(own, metric.reference), valid
        )
        if values is not None:
            scores[name] = values.ravel()
    return scores


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
