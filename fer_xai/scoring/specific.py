"""Specific agreement: do maps agree on what is particular to an expression, beyond what all maps of faces share?

Most likeness between any two maps of faces is that both look at eyes and mouth. So each map is standardised over the
pixels that all maps of both sides know, the mean over the expressions is taken from both sides, and what is left is
correlated.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_xai.metrics.correlation import ncc_matrix
from fer_xai.metrics.pixels import Array
from fer_xai.metrics.reference_maps import StudyReference
from fer_xai.metrics.resolution import halve, halved_valid
from fer_xai.scoring.pairings import pairings

#: Name of the measure in tables.
SPECIFIC = "specific_ncc"

# Below this part of a standardised map's variation, what is left of it is rounding.
_NOTHING = 1e-5


@dataclass(frozen=True)
class Specific:
    """Specific agreement of one network's maps with a reference.

    Attributes:
        expressions: those that both have, e of them.
        cross: (e, e) correlation of each expression's map with each expression's reference; NaN where undefined.
        partial: (e,) partial correlation of the plain maps given a third one.
        reason: why all is undefined; empty where it is not.
    """

    expressions: tuple[str, ...]
    cross: NDArray[np.float64]
    partial: NDArray[np.float64]
    reason: str = ""

    @property
    def values(self) -> NDArray[np.float64]:
        """(e,) correlation of each expression's map with its own expression's reference."""
        return np.diagonal(self.cross)

    @property
    def mean(self) -> float:
        """Mean over the expressions."""
        return float(np.mean(self.values)) if len(self.expressions) else float("nan")

    @property
    def p(self) -> float:
        """Share of all pairings of expressions whose mean correlation is at least that of the right one."""
        return pairing_p(self.cross)


def pairing_p(cross: Array) -> float:
    """Permutation p-value over all pairings of e expressions of (e, e) correlations; NaN where they are undefined."""
    return pairings(cross).p if len(cross) > 1 else float("nan")


def specific_agreement(maps: Mapping[str, Array], reference: Mapping[str, Array], given: Array) -> Specific:
    """Compare what is particular to each expression.

    Args:
        maps: expression -> (y, x), NaN where not valid.
        reference: expression -> (y, x), NaN where unknown.
        given: (y, x), what the partial correlation is given: the density of landmarks.

    Returns:
        Over the expressions that both sides have, and the pixels that all these maps know.
    """
    shared = tuple(name for name in reference if name in maps and np.isfinite(maps[name]).any())
    nothing = np.full((len(shared), len(shared)), np.nan)
    if len(shared) < 2:
        reason = f"{len(shared)} expression{'' if len(shared) == 1 else 's'} in common: two or more are needed"
        return Specific(shared, nothing, nothing.diagonal(), reason)
    sides = np.stack([[side[name] for name in shared] for side in (maps, reference)]).astype(np.float64)
    known = np.isfinite(sides).all(axis=(0, 1))
    own, others = sides[:, :, known]
    partial = partial_correlations(own, others, np.broadcast_to(given, known.shape)[known])
    reason = _why_undefined(own, "the map") or _why_undefined(others, "the reference")
    cross = nothing if reason else cross_correlations(specific_maps(own), specific_maps(others))
    return Specific(shared, cross, partial, reason)


def specific_maps(maps: Array) -> Array:
    """What is particular to each expression: standardised maps less their mean over the expressions.

    Args:
        maps: (..., e, p) over pixels that all of them know.

    Returns:
        The same shape; NaN where a map is the same at every pixel.
    """
    deviation = maps - maps.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.mean(deviation**2, axis=-1, keepdims=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        standardised = np.where(spread > 0, deviation / spread, np.nan)
    return standardised - standardised.mean(axis=-2, keepdims=True)


def own_correlations(maps: Array, others: Array) -> Array:
    """Correlations (...) of what `specific_maps` gives, (..., p), with one other each; NaN where nothing is left."""
    product = np.einsum("...p,...p->...", maps, others)
    squares = [np.einsum("...p,...p->...", side, side) for side in (maps, others)]
    least = _NOTHING**2 * maps.shape[-1]
    left = (squares[0] > least) & (squares[1] > least)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(left, np.clip(product / np.sqrt(squares[0] * squares[1]), -1, 1), np.nan)


def cross_correlations(maps: Array, others: Array) -> Array:
    """Correlations (e, f) of maps (e, p) with others (f, p)."""
    return ncc_matrix(np.concatenate([maps, others]))[: len(maps), len(maps) :]


def partial_correlations(maps: Array, others: Array, given: Array) -> Array:
    """Correlations (e,) of maps (e, p) with others (e, p) given a third map (p,); NaN where one follows from it."""
    found = np.full(len(maps), np.nan)
    for number, pair in enumerate(zip(maps, others, strict=True)):
        r = ncc_matrix(np.stack([*pair, given]))
        left = (1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2)
        if left > _NOTHING**2:
            found[number] = np.clip((r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt(left), -1, 1)
    return found


def _why_undefined(maps: Array, whose: str) -> str:
    """Why maps (e, p) have nothing particular to an expression; empty where they have."""
    if not maps.shape[1]:
        return "no pixel is known to all maps"
    if (maps == maps[:, :1]).all(axis=1).any():
        return f"{whose} of an expression is constant"
    left = np.abs(specific_maps(maps)).max(axis=1)
    if (left <= _NOTHING).all():
        return f"{whose} is the same for all expressions"
    if (left <= _NOTHING).any():
        return f"{whose} of an expression is the mean of all"
    return ""


def specific_replicates(maps: Array, valid: Array, reference: StudyReference) -> Array:
    """Specific agreement of the replicates of one pool of maps, on a grid half as fine as theirs.

    Args:
        maps: (replicate, expression, y2, x2), NaN where nothing is known.
        valid: bool (expression, y2, x2).
        reference: on the same grid.

    Returns:
        (replicate, expression); NaN where undefined: in replicates that lack an expression, too.
    """
    result = np.full(maps.shape[:2], np.nan)
    present = [e for e, index in enumerate(reference.own) if index >= 0 and valid[e].any()]
    whole = np.asarray(np.isfinite(maps[:, present]).any(axis=(-2, -1))).all(axis=1)
    if len(present) < 2 or not whole.any():
        return result
    others = reference.maps[reference.own[present]]
    own = maps[whole][:, present]
    known = halved_valid(valid[present] & others.known & np.isfinite(own).all(axis=0), 1).all(axis=0)
    if known.any():
        drawn = specific_maps(halve(own)[..., known].astype(np.float64))
        kept = specific_maps(halve(others.signed)[..., known].astype(np.float64))
        result[np.ix_(np.flatnonzero(whole), np.array(present))] = own_correlations(drawn, kept[None])
    return result
