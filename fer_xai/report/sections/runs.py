"""Every run, and why some have no results."""

from collections.abc import Mapping
from typing import Any

from fer_xai.analysis.outputs import Analysis
from fer_xai.config.fingerprint import ALONE
from fer_xai.report.cells import cell
from fer_xai.report.section import Content
from fer_xai.results.classification import BALANCED
from fer_xai.results.duration import duration
from fer_xai.results.study import Run, Study

PLACE = 110
NAME = "Runs"
HEADING = "Runs"


def content(study: Study, analysis: Analysis) -> Content:
    """All runs, those without results first."""
    labels = {(name, word): label for name, word, label in analysis.facts["labels"]}
    return Content(
        facts={
            "statuses": sorted(study.statuses.items()),
            "folds": len(study.folds),
            "seeds": max(len(study.seeds), 1),
            "problems": [run.record for run in study.runs if not run.record.complete],
            "runs": [_run(run, labels) for run in study.runs],
        }
    )


def _run(run: Run, labels: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    record = run.record
    return {
        "name": record.name,
        "network": record.network_in_tables,
        "label": labels.get((record.network_in_tables, record.pretrained), ""),
        "pretrained": record.pretrained,
        "fold": "" if record.fold is None else record.fold,
        "seed": "" if record.seed is None else record.seed,
        "status": record.status,
        "balanced": cell(record.accuracy, BALANCED) if record.accuracy else None,
        "accuracy": cell(record.accuracy) if record.accuracy else None,
        "device": record.device,
        "time": duration(record.seconds) if record.seconds else "",
        "fingerprints": " ".join(
            word[:ALONE] for word in (record.training_fingerprint, record.run_fingerprint) if word
        ),
    }
