"""How alike the maps of different networks are: NCC, distances, and their spread over replicates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fer_xai.analysis.similarity.dendrograms import root_height
from fer_xai.metrics.correlation import compare


@dataclass(frozen=True)
class Similarity:
    """NCC between the maps of n leaves.

    Attributes:
        labels: the leaves.
        ncc: (n, n), NaN where a map is constant or missing.
        replicates: (replicate, n, n); empty without replicates.
        pixels: share of the frame that is valid in all maps and was compared.
    """

    labels: tuple[str, ...]
    ncc: np.ndarray
    replicates: np.ndarray
    pixels: float

    @property
    def distances(self) -> np.ndarray:
        """(n, n) 1 - NCC, 0 on the diagonal."""
        return distances_of(self.ncc)

    @property
    def root_heights(self) -> np.ndarray:
        """(replicate,) heights of the dendrogram's root."""
        return np.array([root_height(distances_of(ncc)) for ncc in self.replicates])


@dataclass(frozen=True)
class SimilarityTables:
    """Similarities of one explainer's maps.

    Attributes:
        explainer: its name.
        networks: by expression between networks; under the empty name between all pairs of network and expression.
        folds: by expression between the folds of all networks; empty where there are none.
    """

    explainer: str
    networks: Mapping[str, Similarity]
    folds: Mapping[str, Similarity] = field(default_factory=dict)


def distances_of(ncc: np.ndarray) -> np.ndarray:
    """1 - NCC, with an exact zero between a map and itself."""
    distances = 1 - ncc
    diagonal = np.arange(len(ncc))
    distances[diagonal, diagonal] = np.where(np.isfinite(ncc[diagonal, diagonal]), 0.0, np.nan)
    return distances


def similarity(
    labels: Sequence[str], maps: np.ndarray, valid: np.ndarray, replicates: np.ndarray | None = None
) -> Similarity:
    """NCC between maps, and their spread.

    Args:
        labels: names of the n maps.
        maps: (n, y, x).
        valid: (n, y, x) bool.
        replicates: (replicate, n, n) the same from each replicate; None for no intervals.
    """
    ncc, pixels = compare(maps, valid)
    nothing = np.empty((0, len(labels), len(labels)))
    return Similarity(tuple(labels), ncc, nothing if replicates is None else replicates, pixels)
