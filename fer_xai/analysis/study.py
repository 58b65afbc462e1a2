"""Artefacts of a study -> tables, distances, dendrograms, baselines, summary."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pandas as pd

from fer_xai.analysis.accuracy import accuracy_table
from fer_xai.analysis.baseline_table import baseline_table
from fer_xai.analysis.baselines import baselines_of
from fer_xai.analysis.cluster_tables import ALL, cluster_rows, cluster_table, factors_of
from fer_xai.analysis.groups import Rows, parts, rows_of, whole
from fer_xai.analysis.order import in_paper_order
from fer_xai.analysis.outputs import Analysis, SimilarityTables, labelled, write_analysis
from fer_xai.analysis.run_scores import recorded_rows
from fer_xai.analysis.scores import Scores, long_table, mean_rows, score_rows
from fer_xai.analysis.similarity import Similarity, fold_similarities, similarities
from fer_xai.analysis.summary import Summary
from fer_xai.analysis.telling import summarise
from fer_xai.errors import UserError
from fer_xai.face.masks import Reference
from fer_xai.metrics.registry import METRICS
from fer_xai.results.files import as_user_error
from fer_xai.results.study import Network, Study, read_study


def _silent(_: str) -> None:
    """Tell nobody."""


def analyze_study(
    study_dir: Path,
    references: Sequence[Reference],
    *,
    order: Literal["paper", "score"] | str = "paper",
    metrics: Sequence[str] | None = None,
    progress: Callable[[str], None] = _silent,
) -> Summary:
    """Analyse every complete run of a study and write `analysis/`, whole or not at all.

    Args:
        study_dir: folder of the study.
        references: what heatmaps are compared with; the first is the main one.
        order: of the tables' rows: `paper`, or `score` (best mean first).
        metrics: names in `METRICS`, the first is the main one; None for all.
        progress: is told what is being done.

    Returns:
        The study's answer.

    Raises:
        UserError: no study, no complete run, runs that do not go together, unknown order or metric, no reference, or a
            folder that cannot be written.
    """
    names = list(METRICS) if metrics is None else list(metrics)
    _check(order, names, references)
    study = read_study(study_dir)
    if not study.complete:
        raise UserError(f"{study_dir} has no complete run: {_statuses(study)}")
    progress("reading and scoring the maps of all networks")
    networks = in_paper_order(study.networks)
    analysis = _analyse(study, networks, references, names, order, progress)
    summary = summarise(analysis, study, networks)
    progress("writing tables")
    _replace(study, lambda folder: write_analysis(folder, analysis, summary, references))
    return summary


def _analyse(
    study: Study,
    networks: Sequence[Network],
    references: Sequence[Reference],
    metrics: list[str],
    order: str,
    progress: Callable[[str], None],
) -> Analysis:
    factors = factors_of(networks)
    scores, means, baselines, clusters = [], [], [], []
    similarity: list[SimilarityTables] = []
    for explainer in study.explainers:
        rows = rows_of([whole(network) for network in networks], explainer, study.expressions)
        found = score_rows(rows, references, metrics)
        scores += [row for item in found for row in item.rows()]
        means += [row for same in _by_metric(found) for row in mean_rows(same)]
        progress(f"baselines of {explainer}")
        for reference in references:
            baselines.append(_baselines(rows, reference, metrics, found))
        progress(f"folds of {explainer}")
        single = rows_of([part for network in networks for part in parts(network)], explainer, study.expressions)
        scores += (
            recorded_rows(single, score_rows(_without_replicates(single), references, metrics)) if single.groups else []
        )
        progress(f"similarity of {explainer}")
        alike = similarities(rows)
        folds = [group for group in single.groups if group.fold is not None]
        by_fold = fold_similarities(_chosen(single, folds)) if len(folds) > len(rows.groups) else {}
        similarity.append(SimilarityTables(explainer, alike, by_fold))
        clusters += _clusters(explainer, alike, factors, study.expressions)
    keys = {(network.name, network.pretrained): network.label for network in networks}
    facts = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "order": order,
        "explainers": study.explainers,
        "references": [reference.name for reference in references],
        "metrics": metrics,
        "expressions": study.expressions,
        "labels": [(network.name, network.pretrained, network.label) for network in networks],
    }
    return Analysis(
        facts,
        metrics=labelled(long_table(scores), keys),
        means=labelled(long_table(means), keys),
        baselines=labelled(pd.concat(baselines, ignore_index=True), keys),
        accuracy=labelled(accuracy_table(networks), keys),
        clusters=cluster_table(clusters),
        similarity=tuple(similarity),
    )


def _baselines(rows: Rows, reference: Reference, metrics: list[str], scores: Sequence[Scores]) -> pd.DataFrame:
    same = [item for item in scores if item.reference == reference.name]
    keys = [row for item in same for row in item.rows()] + [row for part in _by_metric(same) for row in mean_rows(part)]
    return baseline_table(
        long_table(keys), baselines_of(rows, reference, metrics), [group.key for group in rows.groups]
    )


def _clusters(
    explainer: str, alike: dict[str, Similarity], factors: dict[str, dict[str, str]], expressions: Sequence[str]
) -> list[dict[str, object]]:
    rows = []
    for name in expressions:
        rows += cluster_rows(name, explainer, alike[name], factors)
    pairs = {leaf: leaf.rsplit(", ", 1) for leaf in alike[""].labels}
    flat = {
        factor: {leaf: words.get(network, "") for leaf, (network, _) in pairs.items()}
        for factor, words in factors.items()
    }
    flat |= {"expression": {leaf: name for leaf, (_, name) in pairs.items()}}
    flat |= {"network": {leaf: network for leaf, (network, _) in pairs.items()}}
    return rows + cluster_rows(ALL, explainer, alike[""], flat)


def _by_metric(scores: Sequence[Scores]) -> list[list[Scores]]:
    """Scores that are averaged over networks: those of one reference and metric."""
    groups: dict[tuple[str, str], list[Scores]] = {}
    for item in scores:
        groups.setdefault((item.reference, item.metric), []).append(item)
    return list(groups.values())


def _without_replicates(rows: Rows) -> Rows:
    return Rows(rows.explainer, rows.expressions, rows.groups, rows.maps, 0)


def _chosen(rows: Rows, groups: Sequence[object]) -> Rows:
    kept = [number for number, group in enumerate(rows.groups) if group in groups]
    return Rows(
        rows.explainer,
        rows.expressions,
        tuple(rows.groups[number] for number in kept),
        tuple(rows.maps[number] for number in kept),
        0,
    )


def _check(order: str, metrics: Sequence[str], references: Sequence[Reference]) -> None:
    if order not in ("paper", "score"):
        raise UserError(f"order={order}: known are paper and score")
    unknown = [name for name in metrics if name not in METRICS]
    if unknown or not metrics:
        raise UserError(f"unknown metric '{' '.join(unknown)}': known are {', '.join(METRICS)}")
    names = [reference.name for reference in references]
    if not names or len(set(names)) < len(names):
        raise UserError(f"references {', '.join(names) or '(none)'}: give one or more, each with a name of its own")


def _statuses(study: Study) -> str:
    return ", ".join(f"{number} {status}" for status, number in study.statuses.items())


def _replace(study: Study, write: Callable[[Path], None]) -> None:
    """Fill a new folder beside `analysis/`, then put it in its place."""
    target = study.paths.analysis
    with as_user_error(target):
        fresh = Path(tempfile.mkdtemp(prefix=".analysis.", dir=study.paths.root))
        try:
            write(fresh)
            fresh.chmod(0o755)
            old = fresh.with_name(f"{fresh.name}.old")
            if target.exists():
                target.rename(old)
            fresh.rename(target)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
