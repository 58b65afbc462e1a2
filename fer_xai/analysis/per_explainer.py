"""All that is worked out from the maps of one explainer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_xai.analysis.baselines.baseline_scores import baselines_of
from fer_xai.analysis.baselines.baseline_table import baseline_table
from fer_xai.analysis.pretraining_contrasts import Pairs, contrast_rows
from fer_xai.analysis.similarity.cluster_tables import ALL, cluster_rows, factors_of
from fer_xai.analysis.similarity.map_correlations import Similarity, SimilarityTables, similarity
from fer_xai.face.masks import Reference
from fer_xai.results.study import Network
from fer_xai.scoring.pooled_rows import Rows, parts, rows_of, whole
from fer_xai.scoring.replicates import PAIRS, ReplicateFigures, flat, replicate_figures
from fer_xai.scoring.run_scores import fold_rows
from fer_xai.scoring.scores import Scores, long_table, mean_rows, score_rows

_Rows = list[dict[str, object]]
_Factors = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Findings:
    """Rows of the study's tables that come from one explainer's maps.

    Attributes:
        scores: of networks, seeds and folds.
        means: over networks.
        baselines: of networks and means.
        clusters: dendrograms of networks, and of all pairs of network and expression.
        fold_clusters: dendrograms of the folds of all networks.
        pretraining: contrasts of networks with and without pretraining.
        similarity: what the dendrograms rest on.
    """

    scores: _Rows
    means: _Rows
    baselines: pd.DataFrame
    clusters: _Rows
    fold_clusters: _Rows
    pretraining: _Rows
    similarity: SimilarityTables


def analyse_explainer(
    explainer: str,
    networks: Sequence[Network],
    expressions: tuple[str, ...],
    references: Sequence[Reference],
    metrics: Sequence[str],
    pairs: Pairs,
) -> Findings:
    """Score, compare and cluster the maps of one explainer.

    Args:
        explainer: its name.
        networks: the study's networks, in the order of the tables.
        expressions: expressions of the study's maps.
        references: what to compare with.
        metrics: names in `METRICS`.
        pairs: networks with and without pretraining that are contrasted.
    """
    rows = rows_of([whole(network) for network in networks], explainer, expressions)
    by_replicate = replicate_figures(rows, references, metrics)
    found = score_rows(rows, references, metrics, by_replicate)
    scores = [row for item in found for row in item.rows()]
    means = [row for same in _by_metric(found) for row in mean_rows(same)]
    keys = [group.key for group in rows.groups]
    baselines = []
    for reference in references:
        told = long_table([row for row in (*scores, *means) if row["reference"] == reference.name])
        baselines.append(baseline_table(told, baselines_of(rows, reference, metrics), keys))
    single = rows_of([part for network in networks for part in parts(network)], explainer, expressions)
    scores += fold_rows(single, references, metrics)
    factors = factors_of([group.network for group in rows.groups])
    alike = _similarities(rows, by_replicate)
    folds = single.only([group.fold is not None for group in single.groups], replicates=0)
    by_fold = _by_expression(folds, {}) if len(folds.groups) > len(rows.groups) else {}
    return Findings(
        scores,
        means,
        pd.concat(baselines, ignore_index=True),
        _clusters(explainer, alike, factors, expressions),
        _fold_clusters(folds, by_fold, factors),
        contrast_rows(pairs, explainer, found, alike, expressions),
        SimilarityTables(explainer, alike, by_fold),
    )


def _similarities(rows: Rows, by_replicate: ReplicateFigures) -> dict[str, Similarity]:
    """Between networks by expression, and under the empty name between all pairs of network and expression."""
    mean, valid = np.stack([item.mean for item in rows.maps]), np.stack([item.valid for item in rows.maps])
    leaves = [f"{group.label}, {name}" for group in rows.groups for name in rows.expressions]
    pairs = similarity(leaves, flat(mean), flat(valid), by_replicate.ncc[PAIRS])
    return {PAIRS: pairs, **_by_expression(rows, by_replicate.ncc)}


def _by_expression(rows: Rows, replicates: Mapping[str, np.ndarray]) -> dict[str, Similarity]:
    labels = [group.label for group in rows.groups]
    found = {}
    for number, name in enumerate(rows.expressions):
        maps, valid = (np.stack([getattr(item, key)[number] for item in rows.maps]) for key in ("mean", "valid"))
        found[name] = similarity(labels, maps, valid, replicates.get(name))
    return found


def _clusters(explainer: str, alike: Mapping[str, Similarity], factors: _Factors, expressions: Sequence[str]) -> _Rows:
    rows = [row for name in expressions for row in cluster_rows(name, explainer, alike[name], factors)]
    # Leaves over all expressions are called NETWORK, EXPRESSION.
    pairs = {leaf: leaf.rsplit(", ", 1) for leaf in alike[PAIRS].labels}
    words = {
        factor: {leaf: known.get(network, "") for leaf, (network, _) in pairs.items()}
        for factor, known in factors.items()
    }
    words["expression"] = {leaf: expression for leaf, (_, expression) in pairs.items()}
    words["network"] = {leaf: network for leaf, (network, _) in pairs.items()}
    return rows + cluster_rows(ALL, explainer, alike[PAIRS], words)


def _fold_clusters(folds: Rows, by_fold: Mapping[str, Similarity], factors: _Factors) -> _Rows:
    networks = {group.label: group.network.label for group in folds.groups}
    words: dict[str, Mapping[str, str]] = {"network": networks}
    words |= {
        factor: {leaf: known.get(name, "") for leaf, name in networks.items()} for factor, known in factors.items()
    }
    words["fold"] = {group.label: str(group.fold) for group in folds.groups}
    return [row for name, found in by_fold.items() for row in cluster_rows(name, folds.explainer, found, words)]


def _by_metric(scores: Sequence[Scores]) -> list[list[Scores]]:
    """Scores that are averaged over networks: those of one reference and metric."""
    groups: dict[tuple[str, str], list[Scores]] = {}
    for item in scores:
        groups.setdefault((item.reference, item.metric), []).append(item)
    return list(groups.values())
