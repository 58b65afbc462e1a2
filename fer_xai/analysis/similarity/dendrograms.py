"""Dendrograms over distances between heatmaps, and how well their clusters match what is known of the leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import cophenet, fcluster, leaves_list, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_rand_score

from fer_xai.analysis.effects.labellings import Labellings

#: The way in which the distance of two clusters follows from those of their members.
LINKAGE = "average"


@dataclass(frozen=True)
class Dendrogram:
    """Average-linkage clustering of n leaves.

    Attributes:
        labels: names of the leaves that take part; those without a defined distance do not.
        tree: (n - 1, 4), as `scipy.cluster.hierarchy.linkage` gives it.
        cophenetic: correlation of the tree's distances with the given ones; NaN for fewer than three leaves.
        left_out: leaves whose distances are undefined.
    """

    labels: tuple[str, ...]
    tree: np.ndarray
    cophenetic: float
    left_out: tuple[str, ...] = ()

    @property
    def root(self) -> float:
        """Height at which everything is one cluster."""
        return float(self.tree[-1, 2])

    @property
    def order(self) -> tuple[str, ...]:
        """The leaves as the tree draws them, from left to right."""
        return tuple(self.labels[i] for i in leaves_list(self.tree))

    @property
    def nodes(self) -> tuple[frozenset[str], ...]:
        """The leaves below each node, in the order of the merges; the last is the root."""
        below = [frozenset([label]) for label in self.labels]
        for left, right in self.tree[:, :2].astype(int):
            below.append(below[left] | below[right])
        return tuple(below[len(self.labels) :])

    def cut(self, k: int) -> np.ndarray:
        """(n,) cluster numbers of the cut into `k` clusters (fewer where merges tie)."""
        return fcluster(self.tree, k, criterion="maxclust")


def cluster(distances: np.ndarray, labels: Sequence[str]) -> Dendrogram | None:
    """Cluster the leaves by average linkage.

    Args:
        distances: (n, n), 1 - NCC; rows of NaN are leaves that cannot take part.
        labels: names of the n leaves.

    Returns:
        None where fewer than two leaves can take part.
    """
    known = np.isfinite(distances).sum(1) > 1
    # A leaf that is undefined against some others only (which 1 - NCC never makes) would leave holes.
    known &= np.isfinite(distances[:, known]).all(1)
    if known.sum() < 2:
        return None
    square = np.clip(distances[np.ix_(known, known)], 0, None)
    condensed = squareform((square + square.T) / 2, checks=False)
    tree = linkage(condensed, LINKAGE)
    correlation = float("nan")
    if known.sum() > 2 and np.ptp(condensed) > 0:
        with np.errstate(invalid="ignore"):
            correlation = float(cophenet(tree, condensed)[0])
    names = np.asarray(list(labels), dtype=object)
    return Dendrogram(tuple(names[known]), tree, correlation, tuple(names[~known]))


def root_height(distances: np.ndarray) -> float:
    """Only the root's height of `cluster`; NaN where there is no tree."""
    tree = cluster(distances, [""] * len(distances))
    return float("nan") if tree is None else tree.root


@dataclass(frozen=True)
class Agreement:
    """How a cut of a tree agrees with a factor.

    Attributes:
        adjusted_rand: adjusted Rand index, 1 for the same partition, about 0 for an unrelated one; NaN if undefined.
        p: share of the labellings that agree at least as well; NaN where there are none.
        n: leaves for which the factor is known.
        reason: why the index is undefined.
    """

    adjusted_rand: float
    p: float
    n: int
    reason: str = ""


def agreement(clusters: np.ndarray, factor: Sequence[str], labellings: Labellings | None = None) -> Agreement:
    """Compare a partition with a factor, over the leaves for which the factor is known.

    Args:
        clusters: (n,) cluster numbers.
        factor: n words; empty where unknown.
        labellings: what else the labels of these leaves could have been; None for no p.
    """
    known = np.array([bool(word) for word in factor])
    words = np.asarray(list(factor), dtype=object)[known]
    levels = sorted(set(words))
    if len(levels) < 2:
        reason = f"the same for all: {levels[0]}" if levels else "the factor is not known"
        return Agreement(float("nan"), float("nan"), int(known.sum()), reason)
    if len(levels) == len(words):
        return Agreement(float("nan"), float("nan"), int(known.sum()), "every leaf has a value of its own")
    chosen = clusters[known]
    index = float(adjusted_rand_score(words, chosen))
    p = float("nan")
    if labellings is not None:
        observed = _pairs_in_common(np.searchsorted(levels, words)[None], chosen, len(levels))
        # With both margins fixed the index rises with the number of pairs that are together in both partitions.
        p = labellings.p_value(_pairs_in_common(labellings.codes, chosen, len(levels)), float(observed[0]))
    return Agreement(index, p, int(known.sum()))


def _pairs_in_common(codes: np.ndarray, clusters: np.ndarray, levels: int) -> np.ndarray:
    one_hot = (codes[..., None] == np.arange(levels)).astype(np.int64)
    members = (clusters[:, None] == np.unique(clusters)).astype(np.int64)
    table = np.einsum("pnl,nk->plk", one_hot, members)
    return (table * (table - 1) // 2).sum((1, 2))
