"""Putting the summary together from the tables."""

from collections.abc import Sequence

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.summary import Summary, cluster_answers, pretraining_sentences, table_answers, table_sentences
from fer_xai.analysis.tables import Table
from fer_xai.analysis.verdicts import join
from fer_xai.results.study import Network, Study


def summarise(analysis: Analysis, study: Study, networks: Sequence[Network]) -> Summary:
    """The study's answer."""
    tables = list(analysis.tables.values())
    main = tables[0]
    answers = [table_answers(table, _same(analysis.baselines, table)) for table in tables]
    clusters = cluster_answers(analysis.clusters, main.explainer)
    told = [network for network in networks if network.label in {row.label for row in main.rows}]
    notes = _notes(study)
    sentences = [
        *table_sentences(answers[0], len(main.rows), len(main.expressions)),
        *pretraining_sentences(clusters, told),
        *_accuracy_sentences(analysis),
        *notes,
    ]
    content = {
        "networks": len(networks),
        "folds": study.folds,
        "seeds": study.seeds,
        "runs": study.statuses,
        **answers[0],
        "tables": answers[1:],
        "clusters": clusters,
        "notes": notes,
    }
    return Summary(content, tuple(sentences))


def _same(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Rows of one table's explainer, reference and metric."""
    here = frame["explainer"].eq(table.explainer) & frame["reference"].eq(table.reference)
    return frame[here & frame["metric"].eq(table.metric)]


def _accuracy_sentences(analysis: Analysis) -> list[str]:
    accuracy = analysis.accuracy
    overall = accuracy[accuracy["whole"] & accuracy["expression"].isna()] if len(accuracy) else accuracy
    if overall.empty:
        return []
    ordered = overall.sort_values("value").to_dict("records")
    sentence = f"Mean test accuracy is {overall['value'].mean():.3f}"
    if len(ordered) > 1:
        worst, best = ordered[0], ordered[-1]
        sentence += f", from {worst['value']:.3f} ({worst['label']}) to {best['value']:.3f} ({best['label']})"
    chance = [str(row["label"]) for row in ordered if row["remark"] and not pd.isna(row["remark"])]
    if chance:
        who = "it looks" if len(chance) == 1 else "they look"
        sentence += f"; {join(chance)} cannot be told from chance (1/6), so where {who} says little"
    return [f"{sentence}."]


def _notes(study: Study) -> list[str]:
    """What a reader has to know of this study before all else."""
    found = dict.fromkeys(run.record.data.get("note") for run in study.complete)
    notes = [note for note in found if note]
    for run in study.complete:
        missing = [name for name, number in run.record.images.items() if not number]
        if missing:
            notes.append(f"Run {run.record.name} has no heatmap for {join(missing)}.")
    absent = {status: number for status, number in study.statuses.items() if status != "complete"}
    if absent:
        told = join([f"{number} {status}" for status, number in absent.items()])
        notes.append(f"Of {len(study.runs)} runs {told}: see the table of runs.")
    return notes
