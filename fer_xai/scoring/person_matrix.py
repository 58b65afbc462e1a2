"""Maps of single people as rows of one matrix, and what follows from their inner products alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_xai.metrics.resolution import valid_in_half
from fer_xai.results.person_maps import PersonMaps
from fer_xai.scoring.intervals import mean_known

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PersonMatrix:
    """Maps of people over the pixels that take part.

    Attributes:
        people: (n,) whose they are.
        weights: (n,) images behind each.
        values: (n, pixels) float64.
        pixels: bool (y4, x4), which pixels of the frame, at a quarter of its resolution, these are.
    """

    people: tuple[str, ...]
    weights: Floats
    values: Floats
    pixels: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.people)

    def of(self, people: tuple[str, ...]) -> "PersonMatrix":
        """The rows of some people, in their order."""
        places = [self.people.index(name) for name in people]
        return PersonMatrix(people, self.weights[places], self.values[places], self.pixels)

    def at(self, pixels: NDArray[np.bool_]) -> "PersonMatrix":
        """Only pixels (y4, x4) that this matrix has."""
        return PersonMatrix(self.people, self.weights, self.values[:, pixels[self.pixels]], pixels)

    def gram(self) -> Floats:
        """(n, n) inner products of the maps, each less its mean over the pixels."""
        deviations = self.values - self.values.mean(1, keepdims=True)
        return deviations @ deviations.T

    def standardised(self) -> Floats:
        """(n, pixels), mean 0 and standard deviation 1 over the pixels; NaN where a map is the same everywhere."""
        deviations = self.values - self.values.mean(1, keepdims=True)
        spread = deviations.std(1, keepdims=True)
        varies = spread > 1e-9 * np.abs(self.values).max(1, keepdims=True, initial=0)
        return np.where(varies, deviations / np.where(varies, spread, 1), np.nan)


def person_matrix(maps: PersonMaps) -> PersonMatrix | None:
    """The maps of people over the pixels that are valid in half of the images.

    Who lacks more than half of these is left out; single pixels that a person lacks are those of the mean over all.

    Args:
        maps: one per person.

    Returns:
        None where nobody or no pixel is left.
    """
    known = maps.count > 0
    pixels = valid_in_half((known * maps.images[:, None, None]).sum(0), maps.images.sum())
    kept = known[:, pixels].mean(1) >= 0.5 if pixels.any() else np.zeros(len(maps), dtype=bool)
    if not kept.any():
        return None
    values, count = maps.mean[kept][:, pixels].astype(np.float64), maps.count[kept][:, pixels]
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = (np.nan_to_num(values) * count).sum(0) / count.sum(0)
    # Pixels that only those left out have known take no part.
    shown = np.isfinite(whole)
    taken = np.zeros_like(pixels)
    taken[pixels] = shown
    filled = np.where(np.isfinite(values), values, whole)[:, shown]
    people = tuple(name for name, keep in zip(maps.people, kept, strict=True) if keep)
    return PersonMatrix(people, maps.images[kept].astype(np.float64), filled, taken)


def others_correlation(gram: Floats, weights: Floats) -> Floats:
    """NCC of each person's map with the mean of all others' images.

    Args:
        gram: (n, n) inner products, see `PersonMatrix.gram`.
        weights: (n,) images behind each map; 0 for whoever is left out.

    Returns:
        (n,); NaN where a map or the mean of the others is the same everywhere.

    Examples:
        >>> maps = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [-0.5, 0.0, 0.5]])
        >>> others_correlation(maps @ maps.T, np.ones(3))
        array([ 1.,  1., -1.])
    """
    own = np.diagonal(gram)
    total = gram @ weights
    product = total - weights * own
    length = weights @ total - 2 * weights * total + weights**2 * own
    return _ratio(product, own, length)


def others_correlation_without(gram: Floats, weights: Floats) -> Floats:
    """The same without each person in turn: (left out, n), NaN on the diagonal."""
    own = np.diagonal(gram)
    total = gram @ weights
    product = total - weights * own
    length = weights @ total - 2 * weights * total + weights**2 * own
    # Without person d: what d adds to the product with i, and to the length of the mean of the others of i.
    products = product - weights[:, None] * gram
    of_others = total[:, None] - gram * weights
    lengths = length + (weights**2 * own)[:, None] - 2 * weights[:, None] * of_others
    result = _ratio(products, own, lengths)
    np.fill_diagonal(result, np.nan)
    return result


def half_correlation(gram: Floats, weights: Floats, halves: NDArray[np.bool_]) -> tuple[float, float]:
    """Mean NCC of the mean maps of two halves over many ways of dividing, and the mean share of the first half.

    Args:
        gram: (n, n) inner products.
        weights: (n,) images behind each map; 0 for whoever is left out.
        halves: bool (s, n), the first half under each way.
    """
    first, second = np.where(halves, weights, 0), np.where(halves, 0, weights)
    there = (first.sum(1) > 0) & (second.sum(1) > 0)
    first, second = first[there], second[there]
    of_first, of_second = first @ gram, second @ gram
    r = _ratio((of_first * second).sum(1), (of_first * first).sum(1), (of_second * second).sum(1))
    return float(mean_known(r)), float(mean_known(first.sum(1) / max(weights.sum(), 1.0)))


def _ratio(product: Floats, one: Floats, other: Floats) -> Floats:
    top = max(float(np.abs(one).max(initial=0)), 1e-300)
    defined = (one > 1e-18 * top) & (other > 1e-18 * top)
    lengths = np.sqrt(np.where(defined, one * other, 1))
    return np.where(defined, np.clip(product / lengths, -1, 1), np.nan)
