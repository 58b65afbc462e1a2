"""People against people on what is particular to an expression: the ceiling of specific agreement."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fer_xai.face.observers.maps import ObserverMaps
from fer_xai.metrics.pixels import Array
from fer_xai.metrics.resolution import halved
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.observer_halves import FEW_SPLITS, HALVED, SPLITS, mean_maps, random_halves
from fer_xai.scoring.people_scores import PeopleScores
from fer_xai.scoring.reliability import spearman_brown
from fer_xai.scoring.specific import own_correlations, specific_maps

# Ways of dividing whose maps of all expressions are held at once.
_CHUNK = 10


def specific_people_scores(
    observers: Mapping[str, ObserverMaps], parts: Sequence[frozenset[str]]
) -> dict[str, PeopleScores]:
    """Correlate what is particular to each expression in one half of the observers with the same in the other.

    The same observers are in the same half for all expressions.

    Args:
        observers: by expression.
        parts: names of observers that are left out, a part at a time.

    Returns:
        By expression; nothing for fewer than two expressions.
    """
    if len(observers) < 2:
        return {}
    names = list(dict.fromkeys(name for item in observers.values() for name in item.names))
    empty = np.full(1 + len(parts), np.nan)
    alone = [name for name, item in observers.items() if np.isfinite(item.maps).any(axis=(1, 2)).sum() < 2]
    if alone:
        reason = f"one {observers[alone[0]].unit} only for {alone[0]}: nobody to agree with"
        return {
            name: PeopleScores(empty, empty, pd.Series(dtype=float), int(sum(item.sizes)), reason)
            for name, item in observers.items()
        }
    full = {name: _Rows(item, names, 0) for name, item in observers.items()}
    coarse = {name: _Rows(item, names, HALVED) for name, item in observers.items()}
    few = random_halves(len(names), FEW_SPLITS)
    kept = [np.array([name not in part for name in names]) for part in parts]
    figures = [_half_figures(full, random_halves(len(names), SPLITS), np.ones(len(names), dtype=bool))]
    figures += [_half_figures(coarse, few, keep) for keep in kept]
    one_out = _one_out(coarse, names)
    found = {}
    for number, (name, item) in enumerate(observers.items()):
        half, shares = (np.array([part[kind][number] for part in figures]) for kind in (0, 1))
        reason = "" if np.isfinite(half[0]) else "halves of the observers have nothing in common to compare"
        scores = pd.Series(one_out[:, number], index=names)
        found[name] = PeopleScores(half, spearman_brown(half, shares), scores, int(sum(item.sizes)), reason)
    return found


class _Rows:
    """One expression's maps (n, p) with a row for every observer of any expression, and observers behind each."""

    def __init__(self, item: ObserverMaps, names: Sequence[str], times: int) -> None:
        maps = halved(item.maps, times)
        self.maps = np.full((len(names), maps[0].size), np.nan, dtype=np.float32)
        self.sizes = np.zeros(len(names))
        for name, own, size in zip(item.names, maps, item.sizes, strict=True):
            if np.isfinite(own).any():
                self.maps[names.index(name)], self.sizes[names.index(name)] = own.ravel(), size


def _half_figures(rows: Mapping[str, _Rows], halves: Array, keep: Array) -> tuple[Array, Array]:
    """(e,) mean correlation of the halves for each expression, and the first half's share of its observers."""
    sizes = [np.where(keep, item.sizes, 0) for item in rows.values()]
    shares = np.stack([(halves * own).sum(axis=1) / max(own.sum(), 1) for own in sizes], axis=1)
    # Ways that leave an expression without anybody in a half are passed over.
    whole = ((shares > 0) & (shares < 1)).all(axis=1)
    halves, shares = halves[whole], shares[whole]
    found = [np.empty((0, len(rows)))]
    for start in range(0, len(halves), _CHUNK):
        part = halves[start : start + _CHUNK]
        sides = [
            np.stack([mean_maps(item.maps, side * own) for item, own in zip(rows.values(), sizes, strict=True)], axis=1)
            for side in (part, ~part)
        ]
        found.append(_matched(*sides))
    return mean_known(np.concatenate(found), axis=0), mean_known(shares, axis=0)


def _one_out(rows: Mapping[str, _Rows], names: Sequence[str]) -> Array:
    """(observers, e) correlation of each with the mean of the others; NaN for those who lack an expression."""
    found = np.full((len(names), len(rows)), np.nan)
    for number in range(len(names)):
        alone = np.arange(len(names)) == number
        sides = [
            np.stack([mean_maps(item.maps, (side * item.sizes)[None]) for item in rows.values()], axis=1)
            for side in (alone, ~alone)
        ]
        found[number] = _matched(*sides)[0]
    return found


def _matched(maps: Array, others: Array) -> Array:
    """(s, e) correlations of what is particular to each expression in maps and others (s, e, p)."""
    known = np.isfinite(maps).all(axis=(0, 1)) & np.isfinite(others).all(axis=(0, 1))
    if not known.any():
        return np.full(maps.shape[:2], np.nan)
    return own_correlations(specific_maps(maps[:, :, known]), specific_maps(others[:, :, known]))
