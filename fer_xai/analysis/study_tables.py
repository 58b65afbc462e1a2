"""All tables of a study, from its runs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pandas as pd

from fer_xai.analysis.accuracy_table import accuracy_table
from fer_xai.analysis.action_unit_values import action_units_table
from fer_xai.analysis.alignment.alignment_table import alignment_pairs, alignment_table
from fer_xai.analysis.baselines.baseline_table import with_verdicts
from fer_xai.analysis.blind_maps import blind_table
from fer_xai.analysis.by_data_set import by_data_set
from fer_xai.analysis.effects.between_explainers import explainer_effects
from fer_xai.analysis.effects.mantel import mantel_table
from fer_xai.analysis.effects.permanova import permanova_table
from fer_xai.analysis.effects.variance_shares import all_score_shares, variance_table
from fer_xai.analysis.explainer_tests import Tested, against_table, described_tests, read_tested, trust_table
from fer_xai.analysis.outputs import Analysis, answering, labelled
from fer_xai.analysis.people.reference_agreement import reference_agreement
from fer_xai.analysis.people.with_people import specific_table
from fer_xai.analysis.per_explainer import Findings, analyse_explainer
from fer_xai.analysis.plausibility import plausibility_points, plausibility_table
from fer_xai.analysis.pretraining_contrasts import NO_PAIRS, Pairs, contrast_table, pair_up
from fer_xai.analysis.realigned import realigned_table
from fer_xai.analysis.region_values import regions_table
from fer_xai.analysis.scores_by_data_set import scores_by_data_set
from fer_xai.analysis.shortcuts import shortcuts
from fer_xai.analysis.similarity.cluster_tables import cluster_table
from fer_xai.analysis.similarity.explainer_agreement import agreement
from fer_xai.analysis.similarity.node_support import node_table
from fer_xai.analysis.subjects.group_tables import GroupQuestion, group_question
from fer_xai.analysis.subjects.network_differences import network_contrasts
from fer_xai.analysis.subjects.person_tables import PersonTables, person_tables
from fer_xai.analysis.threshold_curves import threshold_table
from fer_xai.analysis.uncovering import uncovering_table
from fer_xai.analysis.uncovering_likeness import likeness_table
from fer_xai.analysis.unseen_pixels import unseen_table
from fer_xai.face.masks import Reference
from fer_xai.metrics.metric import Metric, Metrics, describe, plain_descriptions
from fer_xai.parallel import call_side_by_side
from fer_xai.results.pool import replicate_count
from fer_xai.results.study import Network, Study
from fer_xai.scoring.ceiling_shares import share_table
from fer_xai.scoring.ceilings import Ceilings, ceiling_table, ceilings_of
from fer_xai.scoring.floor import below_floor, stated_floor
from fer_xai.scoring.ranks import rank_table
from fer_xai.scoring.score_tables import long_table
from fer_xai.scoring.specific import SPECIFIC
from fer_xai.trust.measures import as_plain

_Keys = Mapping[tuple[str, str], str]

# Explainers whose maps are analysed at the same time, at most: each holds some hundred megabytes.
_AT_ONCE = 8
# Replicates of maps, over all networks, expressions and explainers, from which on other processes help.
_MANY = 8_000


@dataclass(frozen=True)
class Asked:
    """What is asked of a study, see `analyze_study`.

    Attributes:
        references: what heatmaps are compared with; the first is the main one.
        metrics: by name, the primary one first.
        primary: the measure of the main question.
        margin: a difference of it that counts as none if it is smaller.
        order: of the tables' rows.
        floor: of balanced accuracy.
        groups: columns by which people are compared.
    """

    references: Sequence[Reference]
    metrics: Metrics
    primary: str
    margin: float
    order: str
    floor: str | float
    groups: Any

    @property
    def main_metric(self) -> tuple[str, Metric[Any]]:
        """Name of the primary measure, and the measure."""
        return self.primary, self.metrics[self.primary]


def tables_of(study: Study, networks: Sequence[Network], asked: Asked, progress: Callable[[str], None]) -> Analysis:
    """Work out all tables.

    Args:
        study: the study.
        networks: its networks, in the order of the tables.
        asked: what is asked of them.
        progress: is told what is being done.

    Raises:
        UserError: groups that cannot be compared.
    """
    keys = {(network.name, network.pretrained): network.label for network in networks}
    # Groups that are not there are told before anything takes long.
    question = group_question(networks, asked.groups, asked.references[0], study.expressions, *asked.main_metric)
    accuracy = labelled(accuracy_table(networks, asked.floor), keys)
    below = below_floor(accuracy)
    progress("how well people agree with people")
    found = {reference.name: ceilings_of(reference, asked.metrics) for reference in asked.references}
    ceilings = {name: item for name, item in found.items() if item is not None}
    # Maps that know nothing of the network have nothing to tell of its pretraining.
    contrasted = {
        explainer: pair_up(networks, below, _explained(networks, explainer))
        for explainer in study.explainers
        if explainer not in study.baselines
    }
    progress(f"scores, baselines and similarities of {', '.join(study.explainers)}")
    findings = _findings(study, networks, asked, contrasted, ceilings)
    progress("maps of single people")
    persons = _persons(study, networks, asked, contrasted, findings, question, below)
    progress("effects of networks, expressions, folds and explainers")
    tested = read_tested(networks)
    of_maps = _of_maps(study, findings, keys)
    return Analysis(
        _facts(study, networks, asked)
        | {"floor": stated_floor(asked.floor, accuracy).words, "trust_tests": as_plain(described_tests(tested))},
        accuracy=accuracy,
        **of_maps,
        **_effects(study, findings, persons, of_maps["metrics"]),
        **_of_networks(study, networks, asked, findings, keys),
        **_of_tests(study, tested, asked, of_maps["metrics"], keys),
        **_of_people(asked, ceilings, findings, keys),
        people_heterogeneity=labelled(persons.heterogeneity, keys),
        map_reliability=labelled(persons.reliability, keys),
        map_differences=labelled(persons.differences, keys),
        difference_maps=persons.maps,
        groups=labelled(question.table(persons.group_scores), keys),
    )


def _findings(
    study: Study,
    networks: Sequence[Network],
    asked: Asked,
    contrasted: Mapping[str, Pairs],
    ceilings: Mapping[str, Ceilings],
) -> list[Findings]:
    """What the maps of each explainer give."""
    main = study.explainers[0]
    aligned = alignment_pairs(networks, _explained(networks, main))
    calls = [
        partial(
            analyse_explainer,
            explainer,
            networks,
            study.expressions,
            asked.references,
            asked.metrics,
            contrasted.get(explainer, NO_PAIRS),
            ceilings,
            {asked.primary: asked.margin},
            primary=asked.primary if explainer == main and explainer in contrasted else None,
            aligned=aligned if explainer == main else NO_PAIRS,
        )
        for explainer in study.explainers
    ]
    return call_side_by_side(calls, _AT_ONCE if _is_large(study) else 1)


def _is_large(study: Study) -> bool:
    """Whether the analysis takes longer than starting other processes does."""
    maps = len(study.networks) * len(study.expressions) * len(study.explainers)
    return maps * max(replicate_count(network.runs) for network in study.networks) >= _MANY


def _persons(
    study: Study,
    networks: Sequence[Network],
    asked: Asked,
    contrasted: Mapping[str, Pairs],
    findings: Sequence[Findings],
    question: GroupQuestion,
    below: Collection[str],
) -> PersonTables:
    """What the maps of single people give."""
    between = [
        contrast
        for item in findings
        if item.maps.explainer in contrasted
        for contrast in network_contrasts(item.maps, below)
    ]
    return person_tables(
        networks,
        list(contrasted),
        study.expressions,
        contrasted,
        question,
        between,
        reference=question.references,
        metrics=asked.metrics,
    )


def _of_maps(study: Study, findings: Sequence[Findings], keys: _Keys) -> dict[str, Any]:
    """Tables of all explainers' scores, baselines and likenesses."""
    return {
        "metrics": labelled(long_table([row for item in findings for row in item.scores]), keys),
        "means": labelled(long_table([row for item in findings for row in item.means]), keys),
        "baselines": labelled(with_verdicts([table for item in findings for table in item.baselines]), keys),
        "clusters": cluster_table([row for item in findings for row in item.clusters]),
        "fold_clusters": cluster_table([row for item in findings for row in item.fold_clusters]),
        "similarity": tuple(item.similarity for item in findings),
        "agreement": agreement(
            [item.maps for item in findings], study.expressions, [item.similarity for item in findings]
        ),
        "ranks": rank_table([row for item in findings for row in item.ranks]),
        "threshold_curves": labelled(
            threshold_table([row for item in findings for row in item.threshold_curves]), keys
        ),
        "pretraining": labelled(contrast_table([row for item in findings for row in item.pretraining]), keys),
        "blind_maps": labelled(blind_table([item.maps for item in findings], study.baselines), keys),
    }


def _effects(study: Study, findings: Sequence[Findings], persons: PersonTables, scores: pd.DataFrame) -> dict[str, Any]:
    """What networks, expressions, folds and explainers make of maps and scores."""
    # Maps that know nothing of the network have no effects of it either.
    looking = [item for item in findings if item.maps.explainer not in study.baselines]
    together = explainer_effects([item.maps for item in looking])
    of_scores = all_score_shares(_plain(scores), [item.maps.explainer for item in looking])
    return {
        "permanova": permanova_table([*(row for part in looking for row in part.distances), *together.distances]),
        "variance_shares": variance_table(
            [*(row for part in looking for row in part.shares), *together.shares, *of_scores, *persons.shares]
        ),
        "mantel": mantel_table([item.similarity for item in looking]),
        "dendrogram_nodes": node_table([row for item in looking for row in item.nodes]),
    }


def _plain(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores by the study's metrics, without those on this expression alone."""
    return scores[scores["metric"].ne(SPECIFIC)]


def _of_networks(
    study: Study, networks: Sequence[Network], asked: Asked, findings: Sequence[Findings], keys: _Keys
) -> dict[str, Any]:
    """What runs say of their networks beside the maps, and how the main reference and measure see them."""
    name, metric = asked.main_metric
    described = describe({name: metric})[name]
    direction = (name, described.title, described.higher_is_better)
    main = study.explainers[0]
    reference = asked.references[0]
    planted = shortcuts(networks)
    uncovered = uncovering_table(networks, study.expressions)
    of_data_sets = scores_by_data_set(networks, main, study.expressions, reference, asked.main_metric)
    realigned = realigned_table(networks, study.expressions, reference, asked.main_metric, asked.margin)
    return {
        "accuracy_by_data_set": labelled(by_data_set(networks), keys),
        "scores_by_data_set": labelled(of_data_sets, keys),
        "regions": labelled(regions_table(networks, study.expressions), keys),
        "action_units": labelled(action_units_table(networks, study.expressions), keys),
        "uncovering": labelled(uncovered, keys),
        "uncovering_likeness": labelled(likeness_table(uncovered), keys),
        "alignment": labelled(alignment_table(networks, main, findings[0].alignment, direction), keys),
        "shortcuts": labelled(planted.table, keys),
        "shortcuts_roc": planted.roc,
        "unseen_pixels": labelled(unseen_table(findings[0].maps, asked.references), keys),
        "realigned": labelled(realigned, keys),
    }


def _of_tests(
    study: Study, tested: Sequence[Tested], asked: Asked, scores: pd.DataFrame, keys: _Keys
) -> dict[str, Any]:
    """What tests say of the explainers, and whether those that people would find plausible are right."""
    tests = described_tests(tested)
    trust = labelled(trust_table(tested), keys)
    points = plausibility_points(_plain(scores), trust, tests)
    up = {name: metric.higher_is_better for name, metric in asked.metrics.items()}
    return {
        "trust": trust,
        "trust_against": labelled(against_table(tested), keys),
        "plausibility": plausibility_table(points, answering(_explainers(study)), up, tests),
        "plausibility_points": points,
    }


def _of_people(
    asked: Asked, ceilings: Mapping[str, Ceilings], findings: Sequence[Findings], keys: _Keys
) -> dict[str, Any]:
    """How scores stand beside what people reach, and references beside each other."""
    people = [item for explained in findings for item in explained.people]
    return {
        "ceilings": ceiling_table(list(ceilings.values())),
        "ceiling_shares": labelled(share_table([row for item in people for row in item.shares]), keys),
        "specific_agreement": labelled(specific_table([row for item in people for row in item.specific]), keys),
        "reference_agreement": reference_agreement(asked.references, asked.metrics, ceilings),
    }


def _facts(study: Study, networks: Sequence[Network], asked: Asked) -> dict[str, Any]:
    """What was analysed, and what it is called."""
    return _explainers(study) | {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "references": [reference.name for reference in asked.references],
        "reference_titles": {reference.name: reference.title for reference in asked.references},
        "reference_notes": {reference.name: reference.note for reference in asked.references if reference.note},
        "metrics": list(asked.metrics),
        "metric_descriptions": plain_descriptions(describe(asked.metrics)),
        "expressions": study.expressions,
        "labels": [(network.name, network.pretrained, network.label) for network in networks],
        "order": asked.order,
        "primary": asked.primary,
        "margin": asked.margin,
    }


def _explainers(study: Study) -> dict[str, Any]:
    return {
        "explainers": study.explainers,
        "baseline_explainers": [name for name in study.explainers if name in study.baselines],
        "true_map_explainers": study.true_maps,
        "explainer_titles": study.explainer_titles,
    }


def _explained(networks: Sequence[Network], explainer: str) -> list[str]:
    """Labels of the networks that an explainer has explained."""
    return [item.label for item in networks if any(explainer in run.record.explainers for run in item.runs)]
