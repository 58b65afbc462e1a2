"""All that is worked out from the maps of one explainer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_xai.analysis.baselines.baseline_scores import baselines_of
from fer_xai.analysis.baselines.baseline_table import OwnMask, baseline_table
from fer_xai.analysis.blind_maps import blind_reason
from fer_xai.analysis.effects.leaves import fold_leaves, network_leaves, pair_leaves
from fer_xai.analysis.effects.permanova import distance_rows_of
from fer_xai.analysis.effects.variance_shares import map_shares
from fer_xai.analysis.people.with_people import WithPeople, with_people
from fer_xai.analysis.pretraining_contrasts import NO_PAIRS, Pairs, contrast_rows
from fer_xai.analysis.similarity.cluster_tables import ALL, cluster_rows, factors_of
from fer_xai.analysis.similarity.map_correlations import Similarity, SimilarityTables, similarity
from fer_xai.analysis.similarity.node_support import node_rows
from fer_xai.analysis.threshold_curves import threshold_rows
from fer_xai.face.masks import Reference
from fer_xai.metrics.correlation import compare
from fer_xai.metrics.metric import Metrics
from fer_xai.results.study import Network
from fer_xai.scoring.ceilings import Ceilings
from fer_xai.scoring.pooled_maps import PooledMaps, all_runs, by_seed_and_fold, pool_maps
from fer_xai.scoring.ranks import rank_rows
from fer_xai.scoring.replicates import PAIRS, ReplicateFigures, flat, replicate_figures
from fer_xai.scoring.resampled import Resampled
from fer_xai.scoring.run_scores import fold_rows
from fer_xai.scoring.score_tables import Scores, long_table, mean_rows, score_rows
from fer_xai.scoring.specific_scores import specific_scores

_Rows = list[dict[str, object]]
_Factors = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Findings:
    """Rows of the study's tables that come from one explainer's maps.

    Attributes:
        scores: of networks, seeds and folds.
        means: over networks.
        baselines: of networks and means, by reference; for `with_verdicts`.
        clusters: dendrograms of networks, and of all pairs of network and expression.
        fold_clusters: dendrograms of the folds of all networks.
        pretraining: contrasts of networks with and without pretraining.
        alignment: contrasts of networks that were drawn to a reference.
        distances: tests of what factors make of the maps.
        shares: of the variance of the maps.
        nodes: of the dendrograms.
        maps: of the networks.
        similarity: what the dendrograms rest on.
        people: scores beside what people reach, one per reference.
        ranks: of networks and expressions by each score.
        threshold_curves: IoU with the main reference at every threshold; of the explainer that the primary question is
            asked of.
    """

    scores: _Rows
    means: _Rows
    baselines: list[pd.DataFrame]
    clusters: _Rows
    fold_clusters: _Rows
    pretraining: _Rows
    alignment: _Rows
    distances: _Rows
    shares: _Rows
    nodes: _Rows
    maps: PooledMaps
    similarity: SimilarityTables
    people: list[WithPeople]
    ranks: _Rows
    threshold_curves: _Rows


def analyse_explainer(
    explainer: str,
    networks: Sequence[Network],
    expressions: tuple[str, ...],
    references: Sequence[Reference],
    metrics: Metrics,
    pairs: Pairs,
    ceilings: Mapping[str, Ceilings],
    margins: Mapping[str, float],
    primary: str | None = None,
    aligned: Pairs = NO_PAIRS,
) -> Findings:
    """Score, compare and cluster the maps of one explainer.

    Args:
        explainer: its name.
        networks: the study's networks, in the order of the tables.
        expressions: expressions of the study's maps.
        references: what to compare with.
        metrics: by name.
        pairs: networks with and without pretraining that are contrasted.
        ceilings: by the names of references of observers.
        margins: by the name of a measure, a difference that counts as none if it is smaller.
        primary: the measure by which networks are tested against baselines, one that has a margin; None where nothing
            is to be said of them.
        aligned: networks that were drawn to a reference, and others, that are contrasted likewise.
    """
    rows = pool_maps([all_runs(network) for network in networks], explainer, expressions)
    by_replicate = replicate_figures(rows, references, metrics, primary=primary)
    scored = score_rows(rows, references, metrics, by_replicate)
    scores = [row for item in scored for row in item.rows()]
    means = [row for same in _by_metric(scored) for row in mean_rows(same)]
    keys = [pool.key for pool in rows.pools]
    baselines, people = [], []
    for number, reference in enumerate(references):
        of_reference = [row for row in (*scores, *means) if row["reference"] == reference.name]
        # The primary question is asked of the main reference.
        own_mask = _own_mask(by_replicate, reference, metrics, primary, margins) if primary and not number else None
        baselines.append(baseline_table(of_reference, baselines_of(rows, reference, metrics), keys, own_mask))
        specific = specific_scores(rows, reference, by_replicate)
        own = [row for item in specific for row in item.scores.rows()]
        over_networks = mean_rows([item.scores for item in specific]) if specific else []
        beside = long_table([*of_reference, *own, *over_networks])
        people.append(with_people(rows, beside, reference, specific, ceilings.get(reference.name), metrics))
        scores, means = [*scores, *own], [*means, *over_networks]
    single = pool_maps([part for network in networks for part in by_seed_and_fold(network)], explainer, expressions)
    scores += fold_rows(single, references, metrics)
    factors = factors_of([pool.network for pool in rows.pools])
    similarities = _similarities(rows, by_replicate)
    folds = single.only([pool.fold is not None for pool in single.pools], replicates=0)
    by_fold = _by_expression(folds, {}) if len(folds.pools) > len(rows.pools) else {}
    pairs_of_all = pair_leaves(rows.pools, expressions)
    return Findings(
        scores,
        means,
        baselines,
        _clusters(rows, similarities, network_leaves(rows.pools), pairs_of_all, factors),
        _clusters(folds, by_fold, fold_leaves(folds.pools), None, factors),
        contrast_rows(pairs, explainer, scored, similarities, expressions, margins),
        contrast_rows(aligned, explainer, scored, similarities, expressions, {}),
        [
            *distance_rows_of(explainer, similarities, network_leaves(rows.pools), pairs_of_all, factors),
            *distance_rows_of(explainer, by_fold, fold_leaves(folds.pools), None, {}),
        ],
        _shares(folds if by_fold else rows),
        [row for name, item in similarities.items() for row in node_rows(name or ALL, explainer, item)],
        rows,
        SimilarityTables(explainer, similarities, by_fold),
        people,
        _ranks(rows, scored, metrics),
        threshold_rows(rows, references[0]) if primary else [],
    )


def _ranks(rows: PooledMaps, scored: Sequence[Scores], metrics: Metrics) -> _Rows:
    blind = np.array([[bool(blind_reason(maps, e)) for e in range(len(rows.expressions))] for maps in rows.maps])
    by_metric = [(same, metrics[same[0].metric].higher_is_better) for same in _by_metric(scored)]
    return [row for same, higher in by_metric for row in rank_rows(same, blind, higher)]


def _own_mask(
    by_replicate: ReplicateFigures, reference: Reference, metrics: Metrics, primary: str, margins: Mapping[str, float]
) -> OwnMask:
    place = list(metrics).index(primary)
    own = by_replicate.scores[reference.name].each(lambda rows: rows[..., place])
    metric = metrics[primary]
    return OwnMask(
        primary, metric.corrected, metric.bounds, margins[primary], own - by_replicate.others[reference.name]
    )


def _similarities(rows: PooledMaps, by_replicate: ReplicateFigures) -> dict[str, Similarity]:
    """Between networks by expression, and under the empty name between all pairs of network and expression."""
    mean, valid = np.stack([item.mean for item in rows.maps]), np.stack([item.valid for item in rows.maps])
    leaves = list(pair_leaves(rows.pools, rows.expressions).index)
    people = np.concatenate([item.people for item in rows.maps])
    pairs = similarity(leaves, flat(mean), flat(valid), people, by_replicate.ncc[PAIRS])
    return {PAIRS: pairs, **_by_expression(rows, by_replicate.ncc)}


def _by_expression(rows: PooledMaps, resampled: Mapping[str, Resampled]) -> dict[str, Similarity]:
    labels = [pool.label for pool in rows.pools]
    similarities = {}
    for number, name in enumerate(rows.expressions):
        maps, valid, people = (
            np.stack([getattr(item, key)[number] for item in rows.maps]) for key in ("mean", "valid", "people")
        )
        similarities[name] = similarity(labels, maps, valid, people, resampled.get(name))
    return similarities


def _shares(rows: PooledMaps) -> _Rows:
    """Shares of variance of the maps: of single folds and seeds where there are any."""
    cells = pd.DataFrame(
        [(pool.network.label, pool.fold, pool.seed, name) for pool in rows.pools for name in rows.expressions],
        columns=["network", "fold", "seed", "expression"],
    )
    kept = [name for name in cells if name in ("network", "expression") or cells[name].nunique() > 1]
    mean, valid = (np.stack([getattr(item, key) for item in rows.maps]) for key in ("mean", "valid"))
    return map_shares(compare(flat(mean), flat(valid))[0], cells[kept], rows.explainer)


def _clusters(
    rows: PooledMaps,
    similarities: Mapping[str, Similarity],
    leaves: pd.DataFrame,
    leaves_of_all: pd.DataFrame | None,
    factors: _Factors,
) -> _Rows:
    """Dendrograms by expression, and of all pairs of network and expression where these have leaves."""
    every = (
        [] if leaves_of_all is None else cluster_rows(ALL, rows.explainer, similarities[PAIRS], leaves_of_all, factors)
    )
    by_expression = [
        cluster_rows(name, rows.explainer, item, leaves, factors)
        for name, item in similarities.items()
        if name != PAIRS
    ]
    return [row for part in (*by_expression, every) for row in part]


def _by_metric(scores: Sequence[Scores]) -> list[list[Scores]]:
    """Scores that are averaged over networks: those of one reference and metric."""
    by_metric: dict[tuple[str, str], list[Scores]] = {}
    for item in scores:
        by_metric.setdefault((item.reference, item.metric), []).append(item)
    return list(by_metric.values())
