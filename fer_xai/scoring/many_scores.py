"""Scoring maps the quick way: many references at once, and coarser grids where only the spread counts.

Values in tables come from `fer_xai.metrics.map_scores.score_map`; what is here gives the same numbers in other shapes.
"""

from collections.abc import Iterator

import numpy as np

from fer_xai.metrics.map_scores import CHUNK, Comparison
from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.pixels import Array
from fer_xai.metrics.reference_maps import ReferenceMaps, as_reference_maps
from fer_xai.metrics.resolution import halved, halved_valid


def against_references(
    maps: np.ndarray, valid: np.ndarray, references: ReferenceMaps | Array, metrics: Metrics
) -> np.ndarray:
    """Scores of every map with every one of many references.

    References that know the same pixels share what is worked out of the maps: thresholds, the order of pixels.

    Args:
        maps: (n, y, x).
        valid: (y, x) bool.
        references: (m, y, x), see `as_reference_maps`.
        metrics: by name.

    Returns:
        (metric, n, m), NaN where undefined.
    """
    references = as_reference_maps(references)
    result = np.full((len(metrics), len(maps), len(references)), np.nan)
    for pixels, chosen in _by_pixels(valid & references.known):
        # Only the pixels that take part are kept, in one row each: no validity is left to heed.
        comparison = Comparison(maps[:, None, None, pixels], references[chosen].at(pixels), None)
        for number, metric in enumerate(metrics.values()):
            result[number][:, chosen] = comparison.score(metric)
    return result


def spread_scores(
    maps: np.ndarray, valid: np.ndarray, references: ReferenceMaps | Array, metrics: Metrics
) -> np.ndarray:
    """Scores of bootstrap replicates, of which only the spread is used.

    Each metric says on how fine a grid it needs them, or that it does not.

    Args:
        maps: (n, y, x) replicates.
        valid: (y, x) bool.
        references: (m, y, x), on the same grid.
        metrics: by name.

    Returns:
        (n, m, metric), NaN where undefined or not wanted.
    """
    references = as_reference_maps(references)
    valid = valid & np.isfinite(maps).all(0)
    maps = np.where(valid, maps, 0)
    scores = np.full((len(maps), len(references), len(metrics)), np.nan)
    for times in {metric.needs.replicates_halved for metric in metrics.values() if metric.needs.replicates}:
        wanted = {
            name: one for name, one in metrics.items() if one.needs.replicates and one.needs.replicates_halved == times
        }
        places = [number for number, name in enumerate(metrics) if name in wanted]
        small, ok, coarse = halved(maps, times), halved_valid(valid, times), references.halved(times)
        length = max(1, CHUNK // max(coarse.mask.size, 1))
        for start in range(0, len(maps), length):
            cut = slice(start, start + length)
            scores[cut, :, places] = np.moveaxis(against_references(small[cut], ok, coarse, wanted), 0, -1)
    return scores


def _by_pixels(taken: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Sets of pixels (y, x) that take part, with the places of those whose they are; empty ones are passed over.

    Args:
        taken: (m, y, x) bool.
    """
    places: dict[bytes, list[int]] = {}
    for number, pixels in enumerate(taken):
        places.setdefault(np.packbits(pixels).tobytes(), []).append(number)
    for chosen in places.values():
        if taken[chosen[0]].any():
            yield taken[chosen[0]], np.array(chosen)
