"""Artefacts of a study -> tables, distances, dendrograms, baselines, summary."""

import math
import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from fer_xai.analysis.accuracy_table import accuracy_table
from fer_xai.analysis.action_unit_values import action_units_table
from fer_xai.analysis.alignment.alignment_table import alignment_pairs, alignment_table
from fer_xai.analysis.analysis_files import write_analysis
from fer_xai.analysis.baselines.baseline_table import with_verdicts
from fer_xai.analysis.blind_maps import blind_table
from fer_xai.analysis.by_data_set import by_data_set
from fer_xai.analysis.effects.between_explainers import explainer_effects
from fer_xai.analysis.effects.mantel import mantel_table
from fer_xai.analysis.effects.permanova import permanova_table
from fer_xai.analysis.effects.variance_shares import all_score_shares, variance_table
from fer_xai.analysis.explainer_tests import against_table, described_tests, read_tested, trust_table
from fer_xai.analysis.network_order import in_paper_order
from fer_xai.analysis.outputs import Analysis, answering, check_metric_names, labelled
from fer_xai.analysis.people.reference_agreement import reference_agreement
from fer_xai.analysis.people.with_people import specific_table
from fer_xai.analysis.per_explainer import analyse_explainer
from fer_xai.analysis.plausibility import plausibility_points, plausibility_table
from fer_xai.analysis.pretraining_contrasts import NO_PAIRS, contrast_table, pair_up
from fer_xai.analysis.realigned import realigned_table
from fer_xai.analysis.region_values import regions_table
from fer_xai.analysis.scores_by_data_set import scores_by_data_set
from fer_xai.analysis.shortcuts import shortcuts
from fer_xai.analysis.similarity.cluster_tables import cluster_table
from fer_xai.analysis.similarity.explainer_agreement import agreement
from fer_xai.analysis.similarity.node_support import node_table
from fer_xai.analysis.subjects.group_tables import group_question
from fer_xai.analysis.subjects.network_differences import network_contrasts
from fer_xai.analysis.subjects.person_tables import person_tables
from fer_xai.analysis.threshold_curves import threshold_table
from fer_xai.analysis.uncovering import uncovering_table
from fer_xai.analysis.uncovering_likeness import likeness_table
from fer_xai.analysis.unseen_pixels import unseen_table
from fer_xai.analysis.words.answer import summarise
from fer_xai.analysis.words.summary import Summary
from fer_xai.errors import UserError
from fer_xai.face.masks import Reference
from fer_xai.files import as_user_error
from fer_xai.metrics.metric import Metrics, describe, plain_descriptions
from fer_xai.parallel import call_side_by_side
from fer_xai.results.pool import replicate_count
from fer_xai.results.study import Network, Study, read_results
from fer_xai.scoring.ceiling_shares import share_table
from fer_xai.scoring.ceilings import ceiling_table, ceilings_of
from fer_xai.scoring.floor import CHANCE, below_floor, floor_of, stated_floor
from fer_xai.scoring.ranks import rank_table
from fer_xai.scoring.scores import long_table
from fer_xai.scoring.specific import SPECIFIC
from fer_xai.trust.measures import as_plain

#: The measure that verdicts rest on: smooth in the map, where a cut by Otsu's threshold can turn on a pixel.
PRIMARY = "ncc"
#: A difference of the primary measure that counts as none if it is smaller.
MARGIN = 0.05
# Explainers whose maps are analysed at the same time, at most: each holds some hundred megabytes.
_AT_ONCE = 8
# Replicates of maps, over all networks, expressions and explainers, from which on other processes help.
_MANY = 8_000


def _silent(_: str) -> None:
    """Tell nobody."""


def analyze_study(
    study_dir: Path,
    references: Sequence[Reference],
    metrics: Metrics,
    *,
    primary: str = PRIMARY,
    margin: float = MARGIN,
    order: Literal["paper", "score"] | str = "paper",
    floor: str | float = CHANCE,
    groups: Any = None,
    progress: Callable[[str], None] = _silent,
) -> Summary:
    """Analyse every complete run of a study and write `analysis/`, whole or not at all.

    Args:
        study_dir: folder of the study.
        references: what heatmaps are compared with; the first is the main one.
        metrics: by name, likewise.
        primary: the measure by which the main question is asked and the only one that verdicts rest on; it comes first
            in all tables. Where it is not among the metrics, the first of them is.
        margin: a difference of the primary measure that counts as none if it is smaller: 'as good as' is said of what
            two one-sided tests find within it.
        order: of the tables' rows: `paper`, or `score` (best mean first).
        floor: balanced test accuracy that a network's interval has to lie above, in [0, 1), or `chance`: one over the
            number of tested classes. Others are marked in every table and left out of the contrasts of pretraining.
        groups: columns of predictions by which people are compared: a word, a list, or None for those of sex, age and
            group that there are.
        progress: is told what is being done.

    Returns:
        The study's answer.

    Raises:
        UserError: no study, no complete run, runs that do not go together, unknown order or floor, a margin that is no
            positive number, no reference or metric, a metric whose name is taken, groups that cannot be compared, or a
            folder that cannot be written.
    """
    _check(order, metrics, references, margin)
    floor_of(floor, 1)
    # The primary measure is reported first.
    primary = primary if primary in metrics else next(iter(metrics))
    metrics = {primary: metrics[primary], **metrics}
    study = read_results(study_dir)
    progress("reading and scoring the maps of all networks")
    networks = in_paper_order(study.networks)
    analysis = _analyse(study, networks, references, metrics, primary, margin, order, floor, groups, progress)
    summary = summarise(analysis, study, networks)
    progress("writing tables")
    _replace(study, lambda folder: write_analysis(folder, analysis, summary, references))
    return summary


def _analyse(
    study: Study,
    networks: Sequence[Network],
    references: Sequence[Reference],
    metrics: Metrics,
    primary: str,
    margin: float,
    order: str,
    floor: str | float,
    groups: Any,
    progress: Callable[[str], None],
) -> Analysis:
    keys = {(network.name, network.pretrained): network.label for network in networks}
    # Groups that are not there are told before anything takes long.
    question = group_question(networks, groups, references[0], study.expressions, primary, metrics[primary])
    accuracy = labelled(accuracy_table(networks, floor), keys)
    below = below_floor(accuracy)
    progress("how well people agree with people")
    found = {reference.name: ceilings_of(reference, metrics) for reference in references}
    ceilings = {name: item for name, item in found.items() if item is not None}
    # Maps that know nothing of the network have nothing to tell of its pretraining.
    contrasted = {
        explainer: pair_up(networks, below, _explained(networks, explainer))
        for explainer in study.explainers
        if explainer not in study.baselines
    }
    main = study.explainers[0]
    aligned = alignment_pairs(networks, _explained(networks, main))
    progress(f"scores, baselines and similarities of {', '.join(study.explainers)}")
    of_explainers = [
        partial(
            *(analyse_explainer, explainer, networks, study.expressions, references, metrics),
            *(contrasted.get(explainer, NO_PAIRS), ceilings, {primary: margin}),
            primary if explainer == main and explainer in contrasted else None,
            aligned if explainer == main else NO_PAIRS,
        )
        for explainer in study.explainers
    ]
    findings = call_side_by_side(of_explainers, _AT_ONCE if _is_large(study) else 1)
    progress("maps of single people")
    between = [
        contrast
        for item in findings
        if item.maps.explainer in contrasted
        for contrast in network_contrasts(item.maps, below)
    ]
    persons = person_tables(
        *(networks, list(contrasted), study.expressions, contrasted, question, between),
        reference=question.references,
        metrics=metrics,
    )
    tested = read_tested(networks)
    tests = described_tests(tested)
    planted = shortcuts(networks)
    uncovered = uncovering_table(networks, study.expressions)
    facts = {
        **_facts(study, networks, references, metrics),
        "order": order,
        "primary": primary,
        "margin": margin,
        "floor": stated_floor(floor, accuracy).words,
        "trust_tests": as_plain(tests),
    }
    progress("effects of networks, expressions, folds and explainers")
    metric_table = labelled(long_table([row for item in findings for row in item.scores]), keys)
    # Maps that know nothing of the network have no effects of it either.
    effects = [item for item in findings if item.maps.explainer not in study.baselines]
    together = explainer_effects([item.maps for item in effects])
    scored = metric_table[metric_table["metric"].ne(SPECIFIC)]
    of_scores = all_score_shares(scored, [item.maps.explainer for item in effects])
    trust = labelled(trust_table(tested), keys)
    points = plausibility_points(scored, trust, tests)
    up = {name: metric.higher_is_better for name, metric in metrics.items()}
    people = [item for explained in findings for item in explained.people]
    measure = (primary, metrics[primary])
    described = describe({primary: metrics[primary]})[primary]
    drawn = alignment_table(
        *(networks, main, findings[0].alignment),
        (primary, described.title, described.higher_is_better),
    )
    of_data_sets = scores_by_data_set(networks, study.explainers[0], study.expressions, references[0], measure)
    return Analysis(
        facts,
        metrics=metric_table,
        means=labelled(long_table([row for item in findings for row in item.means]), keys),
        baselines=labelled(with_verdicts([table for item in findings for table in item.baselines]), keys),
        accuracy=accuracy,
        accuracy_by_data_set=labelled(by_data_set(networks), keys),
        scores_by_data_set=labelled(of_data_sets, keys),
        clusters=cluster_table([row for item in findings for row in item.clusters]),
        fold_clusters=cluster_table([row for item in findings for row in item.fold_clusters]),
        similarity=tuple(item.similarity for item in findings),
        agreement=agreement(
            [item.maps for item in findings], study.expressions, [item.similarity for item in findings]
        ),
        ranks=rank_table([row for item in findings for row in item.ranks]),
        threshold_curves=labelled(threshold_table([row for item in findings for row in item.threshold_curves]), keys),
        pretraining=labelled(contrast_table([row for item in findings for row in item.pretraining]), keys),
        permanova=permanova_table([*(row for part in effects for row in part.distances), *together.distances]),
        variance_shares=variance_table(
            [*(row for part in effects for row in part.shares), *together.shares, *of_scores, *persons.shares]
        ),
        mantel=mantel_table([item.similarity for item in effects]),
        dendrogram_nodes=node_table([row for item in effects for row in item.nodes]),
        regions=labelled(regions_table(networks, study.expressions), keys),
        action_units=labelled(action_units_table(networks, study.expressions), keys),
        uncovering=labelled(uncovered, keys),
        uncovering_likeness=labelled(likeness_table(uncovered), keys),
        trust=trust,
        trust_against=labelled(against_table(tested), keys),
        plausibility=plausibility_table(points, answering(facts), up, tests),
        plausibility_points=points,
        alignment=labelled(drawn, keys),
        shortcuts=labelled(planted.table, keys),
        shortcuts_roc=planted.roc,
        ceilings=ceiling_table(list(ceilings.values())),
        ceiling_shares=labelled(share_table([row for item in people for row in item.shares]), keys),
        specific_agreement=labelled(specific_table([row for item in people for row in item.specific]), keys),
        reference_agreement=reference_agreement(references, metrics, ceilings),
        people_heterogeneity=labelled(persons.heterogeneity, keys),
        map_reliability=labelled(persons.reliability, keys),
        map_differences=labelled(persons.differences, keys),
        difference_maps=persons.maps,
        blind_maps=labelled(blind_table([item.maps for item in findings], study.baselines), keys),
        unseen_pixels=labelled(unseen_table(findings[0].maps, references), keys),
        realigned=labelled(realigned_table(networks, study.expressions, references[0], measure, margin), keys),
        groups=labelled(question.table(persons.group_scores), keys),
    )


def _facts(
    study: Study, networks: Sequence[Network], references: Sequence[Reference], metrics: Metrics
) -> dict[str, Any]:
    """What was analysed, and what it is called."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "explainers": study.explainers,
        "baseline_explainers": [name for name in study.explainers if name in study.baselines],
        "true_map_explainers": study.true_maps,
        "explainer_titles": study.explainer_titles,
        "references": [reference.name for reference in references],
        "reference_titles": {reference.name: reference.title for reference in references},
        "reference_notes": {reference.name: reference.note for reference in references if reference.note},
        "metrics": list(metrics),
        "metric_descriptions": plain_descriptions(describe(metrics)),
        "expressions": study.expressions,
        "labels": [(network.name, network.pretrained, network.label) for network in networks],
    }


def _is_large(study: Study) -> bool:
    """Whether the analysis takes longer than starting other processes does."""
    maps = len(study.networks) * len(study.expressions) * len(study.explainers)
    return maps * max(replicate_count(network.runs) for network in study.networks) >= _MANY


def _explained(networks: Sequence[Network], explainer: str) -> list[str]:
    """Labels of the networks that an explainer has explained."""
    return [item.label for item in networks if any(explainer in run.record.explainers for run in item.runs)]


def _check(order: str, metrics: Metrics, references: Sequence[Reference], margin: float) -> None:
    if order not in ("paper", "score"):
        raise UserError(f"order={order}: known are paper and score")
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 < margin < math.inf:
        raise UserError(
            f"margin={margin}: it has to be a positive number, in units of the primary measure, such as {MARGIN}"
        )
    check_metric_names(metrics)
    names = [reference.name for reference in references]
    if not names or len(set(names)) < len(names):
        raise UserError(f"references {', '.join(names) or '(none)'}: give one or more, each with a name of its own")


def _replace(study: Study, write: Callable[[Path], None]) -> None:
    """Fill a new folder beside `analysis/`, then put it in its place."""
    target = study.paths.analysis
    with as_user_error(target):
        fresh = Path(tempfile.mkdtemp(prefix=".analysis.", suffix=".part", dir=study.paths.root))
        try:
            write(fresh)
            fresh.chmod(0o755)
            old = fresh.with_name(f"{fresh.stem}.old.part")
            if target.exists():
                target.rename(old)
            fresh.rename(target)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
