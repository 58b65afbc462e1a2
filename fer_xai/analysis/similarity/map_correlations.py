"""How alike the maps of different networks are: NCC, distances, and their spread over replicates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fer_xai.analysis.similarity.dendrograms import root_height
from fer_xai.metrics.correlation import compare
from fer_xai.scoring.resampled import Resampled


@dataclass(frozen=True)
class Similarity:
    """NCC between the maps of n leaves.

    Attributes:
        labels: the leaves.
        ncc: (n, n), NaN where a map is constant or missing.
        resampled: (row, n, n) the same from resampled people and trainings.
        pixels: share of the frame that is valid in all maps and was compared.
        people: (n,) people whose images are behind each map; -1 where not known.
    """

    labels: tuple[str, ...]
    ncc: np.ndarray
    resampled: Resampled
    pixels: float
    people: np.ndarray

    @property
    def replicates(self) -> np.ndarray:
        """(replicate, n, n) the NCC in each bootstrap replicate over people; empty without replicates."""
        return self.resampled.people

    @property
    def distances(self) -> np.ndarray:
        """(n, n) 1 - NCC, 0 on the diagonal."""
        return distances_of(self.ncc)

    @property
    def root_heights(self) -> Resampled:
        """() heights of the dendrogram's root."""
        return self.resampled.each(lambda rows: np.array([root_height(distances_of(ncc)) for ncc in rows]))


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
    labels: Sequence[str],
    maps: np.ndarray,
    valid: np.ndarray,
    people: np.ndarray,
    resampled: Resampled | None = None,
) -> Similarity:
    """NCC between maps, and their spread.

    Args:
        labels: names of the n maps.
        maps: (n, y, x).
        valid: (n, y, x) bool.
        people: (n,) people whose images are behind each map; -1 where not known.
        resampled: (row, n, n) the same from resampled people and trainings; None for no intervals.
    """
    ncc, pixels = compare(maps, valid)
    nothing = Resampled.nothing(len(labels), len(labels))
    return Similarity(tuple(labels), ncc, nothing if resampled is None else resampled, pixels, people)
