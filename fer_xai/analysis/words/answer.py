"""Putting the summary together from the tables."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.blind_sentences import blind_sentences
from fer_xai.analysis.words.contrast_sentences import contrast_answers, contrast_sentences
from fer_xai.analysis.words.effect_sentences import effect_sentences
from fer_xai.analysis.words.five_answers import five_answers
from fer_xai.analysis.words.network_evidence import evidence_sentences, network_evidence
from fer_xai.analysis.words.people_answers import people_answers, people_sentence
from fer_xai.analysis.words.sentences import sentence
from fer_xai.analysis.words.summary import (
    Summary,
    cluster_answers,
    explainer_sentence,
    pretraining_sentences,
    table_answers,
    table_sentences,
)
from fer_xai.analysis.words.tables import Table
from fer_xai.results.classification import BALANCED
from fer_xai.results.run_status import Status
from fer_xai.results.study import Network, Study
from fer_xai.scoring.intervals import PEOPLE

# Cells that are named one by one before the rest is only counted.
_LISTED = 6


def summarise(analysis: Analysis, study: Study, networks: Sequence[Network]) -> Summary:
    """The study's answer."""
    tables = list(analysis.tables.values())
    main = tables[0]
    answers = [table_answers(table, _same(analysis.baselines, table), _same(analysis.ranks, table)) for table in tables]
    clusters = cluster_answers(analysis.clusters, main.explainer)
    scored = [network for network in networks if network.label in {row.label for row in main.rows}]
    notes = _notes(study)
    evidence = network_evidence(analysis)
    people = people_answers(analysis, main.explainer)
    of_evidence = evidence_sentences(evidence)
    of_scores = table_sentences(answers[0], len(main.rows), sum(math.isfinite(cell.value) for cell in main.mean.cells))
    more = [
        *of_evidence,
        *of_scores,
        *(people_sentence(answer) for answer in people),
        *_accuracy_sentences(analysis),
        *blind_sentences(analysis),
        *notes,
        *(sentence("secondary_score", answers=answer) for answer in answers[1:] if _is_the_paper_s(answer, answers[0])),
        *(explainer_sentence(answer) for answer in answers[1:] if _differs_only_in(answer, answers[0], "explainer")),
        *(
            sentence("other_reference", metric=answer["metric_title"], answers=answer, note=note)
            for answer in answers[1:]
            if _differs_only_in(answer, answers[0], "reference")
            for note in [analysis.facts["reference_notes"].get(answer["reference"], "")]
        ),
        *_undefined(analysis, main),
        *contrast_sentences(analysis.pretraining, main),
        *effect_sentences(analysis.permanova.dropna(subset="p"), main.explainer, "pretrained"),
        *pretraining_sentences(clusters, scored),
    ]
    content = {
        "networks": len(networks),
        "folds": study.folds,
        "seeds": study.seeds,
        "runs": study.statuses,
        **answers[0],
        "tables": answers[1:],
        "known_evidence": evidence,
        "people": people,
        "clusters": clusters,
        "pretraining": contrast_answers(analysis.pretraining),
        "notes": notes,
    }
    return Summary(content, five_answers(analysis, study, answers[0], people, evidence), tuple(more))


def _differs_only_in(answers: Mapping[str, Any], main: Mapping[str, Any], key: str) -> bool:
    return [name for name in ("explainer", "reference", "metric") if answers[name] != main[name]] == [key]


def _is_the_paper_s(answers: Mapping[str, Any], main: Mapping[str, Any]) -> bool:
    """Whether a table is of the overlap that the paper gives, by the main explainer and reference."""
    same = all(answers[key] == main[key] for key in ("explainer", "reference"))
    return same and answers["metric"] == "iou" and answers["mean"]["value"] is not None


def _same(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Rows of one table's explainer, reference and metric."""
    here = frame["explainer"].eq(table.explainer) & frame["reference"].eq(table.reference)
    return frame[here & frame["metric"].eq(table.metric)]


def _undefined(analysis: Analysis, table: Table) -> list[str]:
    """Which cells of the main table are undefined, and why."""
    rows = _same(analysis.metrics, table)
    bad = rows[rows["whole"] & rows["expression"].notna() & rows["value"].isna()].to_dict("records")
    if not bad:
        return []
    return [sentence("undefined_cells", rows=bad[:_LISTED], more=max(0, len(bad) - _LISTED))]


def _accuracy_sentences(analysis: Analysis) -> list[str]:
    accuracy = analysis.accuracy
    overall = accuracy[accuracy["whole"] & accuracy["expression"].isna()] if len(accuracy) else accuracy
    if overall.empty:
        return []
    figures = (
        overall[list(BALANCED)].set_axis(["value", "low", "high"], axis=1).assign(label=overall["label"], holds=PEOPLE)
    )
    ordered = figures.dropna(subset="value").sort_values("value").to_dict("records")
    if not ordered:
        return []
    below = [label for label in (str(row["label"]) for row in ordered) if analysis.below[label]]
    mean = figures["value"].mean()
    return [sentence("accuracy", rows=ordered, mean=mean, below=below, floor=analysis.facts["floor"])]


def _notes(study: Study) -> list[str]:
    """What a reader has to know of this study before all else."""
    of_data = dict.fromkeys(run.record.data.get("note") for run in study.complete)
    notes = [note for note in of_data if note]
    for run in study.complete:
        missing = [name for name, number in run.record.images.items() if not number]
        if missing:
            notes.append(sentence("no_heatmap", run=run.record.name, expressions=missing))
    notes += _left_out_explainers(study)
    absent = {status: number for status, number in study.statuses.items() if status != Status.COMPLETE}
    if absent:
        counts = [f"{number} {status}" for status, number in absent.items()]
        notes.append(sentence("incomplete_runs", runs=len(study.runs), counts=counts))
    return notes + passed_over(study)


def passed_over(study: Study) -> list[str]:
    """Which runs that lie in the study's folder are not told of, and why."""
    shown = list(study.left_out.items())[:_LISTED]
    notes = [sentence("run_left_out", name=name, reason=reason) for name, reason in shown]
    if len(study.left_out) > _LISTED:
        notes.append(sentence("more_runs_left_out", number=len(study.left_out) - _LISTED))
    differing = [names for names in study.set_aside.values() if names]
    if differing:
        settings = sorted({name for names in differing for name in names})
        notes.append(sentence("runs_set_aside", number=len(differing), settings=settings))
    again = len(study.set_aside) - len(differing)
    return [*notes, sentence("runs_done_again", number=again)] if again else notes


def _left_out_explainers(study: Study) -> list[str]:
    """Which explainers did not fit which networks, and why: means over networks are without these."""
    labels_by_reason: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for network in study.networks:
        for run in network.runs:
            for name, reason in run.record.left_out_explainers.items():
                labels_by_reason[name, reason][network.label] = None
    return [
        sentence("explainer_left_out", name=name, networks=list(labels), reason=reason)
        for (name, reason), labels in labels_by_reason.items()
    ]
