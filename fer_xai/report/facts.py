"""What the page says, as plain values for its template."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import pandas as pd

from fer_xai import __version__
from fer_xai.analysis.cluster_tables import ALL
from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.tables import Cell
from fer_xai.analysis.verdicts import LEVEL
from fer_xai.report.agreement import agreement_rows, agreement_words
from fer_xai.report.explainers import named, silent_maps
from fer_xai.report.pretraining import contrast_facts
from fer_xai.report.recognition import recognition
from fer_xai.report.regions import region_facts
from fer_xai.report.trust import trust_facts
from fer_xai.results.classification import BALANCED
from fer_xai.results.duration import duration
from fer_xai.results.study import Run, Study

T = TypeVar("T")

_SECTIONS = (
    ("scores", "Scores"),
    ("heatmaps", "Heatmaps"),
    ("similarity", "Similarity"),
    ("pretraining", "Pretraining"),
    ("explainers", "Explainers"),
    ("accuracy", "Accuracy"),
    ("data", "Data"),
    ("runs", "Runs"),
    ("details", "How it was made"),
    ("limits", "Limits"),
)


def page_facts(study: Study, analysis: Analysis) -> dict[str, Any]:
    """Everything that the template names, but for the figures."""
    tables = list(analysis.tables.values())
    facts = analysis.facts
    imported = any(run.record.data.get("imported") for run in study.complete)
    accuracy = _accuracy(analysis)
    labels = {(name, word): label for name, word, label in facts["labels"]}
    return {
        "title": f"Where networks look: {study.paths.root.resolve().name}",
        "subtitle": f"{len(analysis.labels)} networks, {len(study.complete)} of {len(study.runs)} runs complete; "
        f"analysed {facts['created'].replace('T', ' ').removesuffix('+00:00')} UTC",
        "sections": _SECTIONS,
        "sentences": facts["sentences"],
        "main": tables[0],
        "others": tables[1:],
        "intervals": math.isfinite(tables[0].mean.mean.low),
        "flagged": [label for label, below in analysis.below.items() if below],
        "floor": facts["floor"],
        "contrasts": contrast_facts(analysis),
        "cell_words": _of_each(analysis, _cell_words),
        "explainers": [named(name, facts["baseline_explainers"]) for name in facts["explainers"]],
        "expressions": facts["expressions"],
        "similarity_words": _of_each(analysis, _similarity_words),
        "clusters": _of_each(analysis, _clusters),
        "agreement_words": agreement_words(analysis),
        "agreement": agreement_rows(analysis),
        "trust": trust_facts(analysis),
        "regions": region_facts(analysis),
        "silent": silent_maps(study, analysis),
        "accuracy": accuracy,
        "recognition": recognition(study, analysis.labels, list(analysis.facts["expressions"])),
        "imported": imported,
        "data": _data(study.complete),
        "image_counts": _image_counts(study, analysis),
        "run_words": _run_words(study),
        "problems": [run.record for run in study.runs if not run.record.complete],
        "runs": [_run(run, labels) for run in study.runs],
        "details": _details(study, analysis),
        "version": __version__,
    }


def _of_each(analysis: Analysis, tell: Callable[[Analysis, str], list[T]]) -> dict[str, list[T]]:
    """What is told of each explainer that looks at networks (of baselines, if there are only those)."""
    names, blind = analysis.facts["explainers"], analysis.facts["baseline_explainers"]
    return {name: tell(analysis, name) for name in [name for name in names if name not in blind] or names}


def _cell_words(analysis: Analysis, explainer: str) -> list[str]:
    """How many single cells pass the two tests, under false-discovery control."""
    facts = analysis.facts
    frame = analysis.baselines
    here = frame["explainer"].eq(explainer) & frame["reference"].eq(facts["references"][0])
    cells = frame[
        here & frame["metric"].eq(facts["metrics"][0]) & frame["expression"].notna() & frame["label"].ne("mean")
    ]
    rows = frame[
        here & frame["metric"].eq(facts["metrics"][0]) & frame["expression"].isna() & frame["label"].ne("mean")
    ]
    found = []
    for name, words in (("random shifts", "randomly shifted maps"), ("pairings", "pairings with other masks")):
        tested = cells[cells["baseline"].eq(name) & cells["q"].notna()]
        passed = tested[tested["q"] <= LEVEL]
        told = f"Against {words}, {len(passed)} of {len(tested)} cells stand out (false-discovery rate {LEVEL:.0%})"
        if 0 < len(passed) <= 12:
            told += ": " + ", ".join(f"{row['label']} {row['expression']}" for row in passed.to_dict("records"))
        if name == "pairings":
            whole = rows[rows["baseline"].eq(name) & rows["q"].notna()]
            better = whole.loc[whole["q"] <= LEVEL, "label"].tolist()
            told += (
                "; a single cell never can, since one mask in six is its own (p is at least 0.167). Taken over its six "
                f"expressions, {len(better)} of {len(whole)} networks stand out"
                + (f": {', '.join(better)}" if better else "")
            )
        found.append(f"{told}.")
    return found


def _similarity_words(analysis: Analysis, explainer: str) -> list[str]:
    if len(analysis.labels) < 2:
        return ["With one network there are no distances between networks and no dendrogram of them."]
    found = ["Two maps are as alike as their normalised correlation coefficient (NCC) over the pixels is high."]
    rows = analysis.clusters[analysis.clusters["explainer"].eq(explainer)]
    whole = rows[rows["expression"].eq(ALL) & rows["factor"].isin(["network", "expression"])]
    told = [
        f"by {row['factor']} {row['adjusted_rand']:.2f} (p = {row['p']:.3f})"
        for row in whole.to_dict("records")
        if row["k"] > 2 and row["adjusted_rand"] == row["adjusted_rand"]
    ]
    if told:
        found.append(
            "All maps in one tree, cut into as many clusters as there are groups: adjusted Rand index "
            f"{', '.join(told)}."
        )
    return found


def _clusters(analysis: Analysis, explainer: str) -> list[dict[str, Any]]:
    """Rows of the table of dendrograms, a block per tree."""
    rows = analysis.clusters
    rows = rows[rows["explainer"].eq(explainer)]
    whole = rows["expression"].eq(ALL)
    largest = rows.groupby(["expression", "factor"])["k"].transform("max")
    rows = rows[~whole | rows["factor"].isna() | rows["k"].eq(largest)]
    found = []
    for expression, part in rows.groupby("expression", sort=False):
        for number, row in enumerate(part.to_dict("records")):
            found.append(
                {
                    "first": number == 0,
                    "rows": len(part),
                    "expression": "all together" if expression == ALL else expression,
                    "root": Cell(row["root_height"], row["low"], row["high"]),
                    "cophenetic": _number(row["cophenetic"]),
                    "factor": row["factor"] if isinstance(row["factor"], str) else "",
                    "k": "" if pd.isna(row["k"]) else int(row["k"]),
                    "ari": Cell(*(row[key] for key in ("adjusted_rand", "adjusted_rand_low", "adjusted_rand_high"))),
                    "p": _number(row["p"]),
                    "remark": row["reason"] if isinstance(row["reason"], str) else "",
                }
            )
    return found


def _accuracy(analysis: Analysis) -> list[dict[str, Any]]:
    frame = analysis.accuracy
    found = []
    for label in analysis.labels:
        own = frame[frame["whole"] & frame["label"].eq(label)]
        cells = {row["expression"]: row for row in own.to_dict("records") if isinstance(row["expression"], str)}
        for row in own[own["expression"].isna()].to_dict("records"):
            found.append(
                {
                    "label": label,
                    "n": _whole(row["n"]),
                    "subjects": _whole(row["subjects"]),
                    "balanced": _cell(row, BALANCED),
                    "overall": _cell(row),
                    "cells": [_cell(cells.get(name, {})) for name in analysis.facts["expressions"]],
                }
            )
    return found


def _data(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Facts about the data, each with all values that the runs give."""
    names = {
        "names": "data sets",
        "name": "data set",
        "n_images": "images",
        "subjects": "people",
        "left_out": "images left out",
        "expressions": "images by expression",
        "fingerprint": "fingerprint",
        "source": "imported from",
        "pattern": "pattern of file names",
        "note": "note",
    }
    found = []
    for key, word in names.items():
        values = dict.fromkeys(
            _text(run.record.data[key]) for run in runs if run.record.data.get(key) not in (None, "", {})
        )
        if values:
            found.append((word, "; ".join(values)))
    return found


def _image_counts(study: Study, analysis: Analysis) -> list[tuple[str, list[int]]]:
    found = []
    networks = {network.label: network for network in study.networks}
    for label in analysis.labels:
        counts = [run.record.images for run in networks[label].runs if run.record.images]
        if counts:
            found.append(
                (label, [sum(count.get(name, 0) for count in counts) for name in analysis.facts["expressions"]])
            )
    return found


def _run_words(study: Study) -> str:
    told = ", ".join(f"{number} {status}" for status, number in sorted(study.statuses.items()))
    folds = f"{len(study.folds)} folds" if len(study.folds) > 1 else "one fold or none"
    return f"{len(study.runs)} runs: {told}; {folds}, {max(len(study.seeds), 1)} seed{'s' * (len(study.seeds) > 1)}."


def _run(run: Run, labels: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    record = run.record
    return {
        "name": record.name,
        "network": record.network,
        "label": labels.get((record.network, record.pretrained), ""),
        "pretrained": record.pretrained,
        "fold": "" if record.fold is None else record.fold,
        "seed": "" if record.seed is None else record.seed,
        "status": record.status,
        "balanced": _cell(record.accuracy, BALANCED) if record.accuracy else None,
        "accuracy": _cell(record.accuracy) if record.accuracy else None,
        "device": record.device,
        "time": duration(record.seconds) if record.seconds else "",
        "fingerprints": " ".join(word[:12] for word in (record.training_fingerprint, record.run_fingerprint) if word),
    }


def _details(study: Study, analysis: Analysis) -> list[tuple[str, str]]:
    records = [run.record for run in study.complete]
    facts = analysis.facts
    settings = {
        key: dict.fromkeys(_text(r.settings[key]) for r in records if key in r.settings)
        for r in records
        for key in r.settings
    }
    versions = {
        key: dict.fromkeys(r.versions[key] for r in records if key in r.versions) for r in records for key in r.versions
    }
    pairs = [
        ("explainers", ", ".join(named(name, facts["baseline_explainers"]) for name in facts["explainers"])),
        ("references", ", ".join(facts["references"])),
        ("metrics", ", ".join(facts["metrics"])),
        *((f"setting: {key}", "; ".join(values)) for key, values in settings.items()),
        ("seeds", ", ".join(map(str, study.seeds))),
        ("revision of the code", ", ".join(dict.fromkeys(r.git_revision for r in records if r.git_revision))),
        ("devices", ", ".join(dict.fromkeys(r.device for r in records if r.device))),
        ("versions", ", ".join(f"{key} {' or '.join(values)}" for key, values in versions.items())),
        ("analysed with", f"fer_xai {__version__}"),
    ]
    return [(key, value) for key, value in pairs if value]


def _cell(row: Any, names: Sequence[str] = ("value", "low", "high")) -> Cell:
    figures = (row.get(name) for name in names)
    return Cell(*(math.nan if value is None else float(value) for value in figures))


def _number(value: float) -> str:
    return f"{value:.3f}" if value == value else "n/a"


def _whole(value: Any) -> str:
    return "" if pd.isna(value) else str(int(value))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {number}" for key, number in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
