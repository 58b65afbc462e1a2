"""The threshold-free measures of saliency research, defined as in the MIT/Tuebingen saliency benchmark.

The benchmark compares a saliency map with people's fixations; here the mask (or a map of weights) takes their place.
Each is NaN for a constant map, for a map with values that are not finite, and for an empty mask.
"""

from typing import Any

from fer_xai.metrics.pixels import (
    Array,
    Problems,
    align,
    any_pixel,
    count,
    count_valid,
    extremes,
    map_problems,
    mask_problems,
    nan_where,
    total,
)
from fer_xai.metrics.ranking import auc, average_precision

__all__ = ["auc", "average_precision", "cc", "energy", "kl_divergence", "nss", "pointing_game", "sim"]

#: Regularisation of the divergence: the benchmark's value, MATLAB's eps.
EPSILON = 2.2204e-16


def nss(maps: Array, weights: Array, valid: Array | None = None) -> Array:
    """Normalised scanpath saliency: the mean over the mask of the map in units of its standard deviation.

    Args:
        maps: (..., y, x).
        weights: (..., y, x), a mask or non-negative weights (the mean is weighted by them).
        valid: bool (..., y, x), pixels that take part; None for all.

    Returns:
        (...), without bounds, 0 by chance, higher is better.
    """
    xp, maps, weights, valid = _prepare(maps, weights, valid)
    mean, spread = _mean_and_spread(xp, maps, valid)
    value = (total(xp, maps * weights) / _nonzero(xp, total(xp, weights)) - mean) / _nonzero(xp, spread)
    return nan_where(xp, value, _problems(xp, maps, weights, valid))


def cc(maps: Array, weights: Array, valid: Array | None = None) -> Array:
    """Pearson's correlation coefficient of map and weights over the pixels.

    Arguments as for `nss`; in [-1, 1], 0 by chance, higher is better; NaN also for constant weights.
    """
    xp, maps, weights, valid = _prepare(maps, weights, valid)
    mean, spread = _mean_and_spread(xp, maps, valid)
    mean_weight, spread_of_weights = _mean_and_spread(xp, weights, valid)
    deviations = (maps - mean[..., None, None]) * (weights - mean_weight[..., None, None])
    covariance = total(xp, deviations, valid) / _nonzero(xp, count_valid(xp, maps, valid))
    value = xp.clip(covariance / _nonzero(xp, spread * spread_of_weights), -1, 1)
    return nan_where(xp, value, correlation_problems(maps, weights, valid))


def sim(maps: Array, weights: Array, valid: Array | None = None) -> Array:
    """Similarity: histogram intersection of map and weights, each scaled to the sum 1.

    Arguments as for `nss`; in [0, 1], higher is better. A map with negative values is first raised to 0.
    """
    xp, maps, weights, valid = _prepare(maps, weights, valid)
    smaller = xp.minimum(_density(xp, maps, valid), _density(xp, weights, valid))
    return nan_where(xp, total(xp, smaller, valid), _problems(xp, maps, weights, valid))


def kl_divergence(maps: Array, weights: Array, valid: Array | None = None) -> Array:
    """Kullback-Leibler divergence of the map from the weights, each scaled to the sum 1.

    Arguments as for `nss`; from 0 upwards, lower is better. A map with negative values is first raised to 0. It
    punishes what the map misses: where the map is 0, only the regularisation keeps it finite.
    """
    xp, maps, weights, valid = _prepare(maps, weights, valid)
    density, wanted = _density(xp, maps, valid), _density(xp, weights, valid)
    value = total(xp, wanted * xp.log(EPSILON + wanted / (density + EPSILON)), valid)
    return nan_where(xp, value, _problems(xp, maps, weights, valid))


def energy(maps: Array, weights: Array, valid: Array | None = None) -> Array:
    """Energy-based pointing game: the share of the map's total that lies inside the mask.

    Arguments as for `nss`; in [0, 1], by chance the mask's share of the pixels, higher is better. A map with negative
    values is first raised to 0; weights count in part.
    """
    xp, maps, weights, valid = _prepare(maps, weights, valid)
    value = total(xp, _density(xp, maps, valid) * weights, valid)
    return nan_where(xp, value, _problems(xp, maps, weights, valid))


def pointing_game(maps: Array, mask: Array, valid: Array | None = None) -> Array:
    """Pointing game: whether the map's largest value lies inside the mask.

    Arguments as for `nss`, with a mask; 1 for a hit, 0 for a miss, higher is better. Where several pixels share the
    largest value, the share of them that hits. NaN also for a mask that leaves no other pixel.
    """
    xp, maps, mask, valid = _prepare(maps, mask, valid)
    _, largest = extremes(xp, maps, valid)
    highest = maps == largest[..., None, None]
    highest = highest if valid is None else highest & valid
    value = count(xp, highest & (mask != 0)) / _nonzero(xp, count(xp, highest))
    return nan_where(xp, value, pointing_problems(maps, mask, valid))


def saliency_problems(maps: Array, weights: Array, valid: Array | None = None) -> Problems:
    """Why a measure is undefined, with the cases for which each reason holds."""
    return _problems(*_prepare(maps, weights, valid))


def correlation_problems(maps: Array, weights: Array, valid: Array | None = None) -> Problems:
    """`saliency_problems`, and constant weights."""
    xp, maps, weights, valid = _prepare(maps, weights, valid)
    low, high = extremes(xp, weights, valid)
    return [*_problems(xp, maps, weights, valid), ("constant reference", low == high)]


def pointing_problems(maps: Array, mask: Array, valid: Array | None = None) -> Problems:
    """`saliency_problems`, and a mask that leaves no other pixel."""
    xp, maps, mask, valid = _prepare(maps, mask, valid)
    others = any_pixel(xp, mask == 0, valid)
    return [*_problems(xp, maps, mask, valid), ("no pixel outside the mask", ~others)]


def _prepare(maps: Array, weights: Array, valid: Array | None) -> tuple[Any, Array, Array, Array | None]:
    """Align the inputs in float64; maps and weights are 0 where a pixel is not valid."""
    xp, maps, weights, valid = align(maps, weights, valid)
    maps, weights = xp.astype(maps, xp.float64, copy=False), xp.astype(weights, xp.float64, copy=False)
    if valid is not None:
        nothing = xp.zeros_like(maps)
        maps, weights = xp.where(valid, maps, nothing), xp.where(valid, weights, nothing)
    return xp, maps, weights, valid


def _problems(xp: Any, maps: Array, weights: Array, valid: Array | None) -> Problems:
    return [*map_problems(xp, maps, valid), *mask_problems(xp, weights, valid)]


def _mean_and_spread(xp: Any, values: Array, valid: Array | None) -> tuple[Array, Array]:
    """Mean and standard deviation (of the population) over the valid pixels."""
    number = _nonzero(xp, count_valid(xp, values, valid))
    mean = total(xp, values, valid) / number
    return mean, (total(xp, (values - mean[..., None, None]) ** 2, valid) / number) ** 0.5


def _density(xp: Any, values: Array, valid: Array | None) -> Array:
    """Values scaled to the sum 1 over the valid pixels, raised to 0 first where some are negative."""
    low, _ = extremes(xp, values, valid)
    raised = values - xp.where(low < 0, low, xp.zeros_like(low))[..., None, None]
    density = raised / _nonzero(xp, total(xp, raised, valid))[..., None, None]
    return density if valid is None else xp.where(valid, density, xp.zeros_like(density))


def _nonzero(xp: Any, divisor: Array) -> Array:
    return xp.where(divisor == 0, xp.ones_like(divisor), divisor)
