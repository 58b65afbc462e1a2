"""Where the maps of networks with a pretraining differ from those of networks without, with networks as the units."""

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from fer_xai.analysis.pretraining_contrasts import NONE
from fer_xai.analysis.subjects.map_differences import OVER_NETWORKS, Contrast, network_contrast
from fer_xai.metrics.resolution import halved, halved_valid
from fer_xai.scoring.person_matrix import PersonMatrix
from fer_xai.scoring.pooled_maps import PooledMaps


def network_contrasts(maps: PooledMaps, below: Collection[str]) -> Iterator[Contrast]:
    """Every pretraining against none, by expression, at a quarter of the resolution.

    Architectures that come with and without it are pairs; where none does, networks are two independent groups.

    Args:
        maps: of the networks, by one explainer.
        below: labels of networks below the floor of accuracy, which take no part: where they look says little.
    """
    words = [pool.network.pretrained for pool in maps.pools]
    taken = np.array([pool.label not in below for pool in maps.pools], dtype=bool)
    mean = np.stack([halved(item.mean, 2) for item in maps.maps]) if maps.pools else np.empty((0, 0, 0, 0))
    valid = np.stack([halved_valid(item.valid, 2) for item in maps.maps]) if maps.pools else np.empty(mean.shape, bool)
    for word in (word for word in dict.fromkeys(words) if word not in ("", NONE) and NONE in words):
        for number, expression in enumerate(maps.expressions):
            there = taken & valid[:, number].any((-2, -1))
            own, without = (there & np.array([item == chosen for item in words]) for chosen in (word, NONE))
            shared = {maps.pools[int(place)].network.architecture for place in np.flatnonzero(own)} & {
                maps.pools[int(place)].network.architecture for place in np.flatnonzero(without)
            }
            if shared:
                same = np.array([pool.network.architecture in shared for pool in maps.pools])
                own, without = own & same, without & same
            if not (own.any() and without.any()):
                continue
            pixels = valid[own | without][:, number].all(0)
            one, other = (_matrix(maps, mean[:, number], part, pixels) for part in (own, without))
            key = {"kind": OVER_NETWORKS, "explainer": maps.explainer, "expression": expression}
            yield network_contrast(key | {"first": word, "second": NONE}, one, other)


def _matrix(
    maps: PooledMaps, mean: NDArray[np.float64], chosen: NDArray[np.bool_], pixels: NDArray[np.bool_]
) -> PersonMatrix:
    names = tuple(maps.pools[int(place)].network.architecture for place in np.flatnonzero(chosen))
    return PersonMatrix(names, np.ones(len(names)), mean[chosen][:, pixels], pixels)
