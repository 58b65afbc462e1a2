"""What data the networks were trained and tested with, and how many images were explained."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.data.face_table import count_reasons
from fer_xai.expressions import EXPRESSIONS
from fer_xai.report.cells import plain_text
from fer_xai.report.section import Content
from fer_xai.results.paths import RunPaths
from fer_xai.results.run_file import RunFile
from fer_xai.results.study import Run, Study

PLACE = 100
NAME = "Data"
HEADING = "Data"


def content(study: Study, analysis: Analysis) -> Content:
    """Facts about the data, what each data set holds, why images were left out, and counts of explained images."""
    return Content(
        facts={
            "data": _data(study.complete),
            "sets": data_sets(study.complete),
            "reasons": reasons(study.complete),
            "image_counts": _image_counts(study, analysis),
        }
    )


def data_sets(runs: Sequence[Run]) -> dict[str, Any] | None:
    """Images of each data set by expression, and their people; None where no run has kept its split."""
    frame = _of_all_data(runs, RunPaths.split)
    if frame is None or not {"dataset", "expression", "subject"} <= set(frame):
        return None
    table = pd.crosstab(frame["dataset"], frame["expression"])
    counts = {str(name): {str(word): int(number) for word, number in row.items()} for name, row in table.iterrows()}
    people = frame[frame["subject"].ne("")].groupby("dataset")["subject"].nunique()
    names = sorted(
        map(str, table), key=lambda name: EXPRESSIONS.index(name) if name in EXPRESSIONS else len(EXPRESSIONS)
    )
    rows = [(name, [own[word] for word in names], sum(own.values()), people.get(name)) for name, own in counts.items()]
    return {"expressions": names, "rows": rows}


def reasons(runs: Sequence[Run]) -> dict[str, int]:
    """How many images were left out for each kind of reason."""
    frame = _of_all_data(runs, RunPaths.left_out)
    return {} if frame is None or frame.empty else count_reasons(frame.fillna(""))


def _of_all_data(runs: Sequence[Run], file: RunFile) -> pd.DataFrame | None:
    """A table of one run for each of the data that runs rest on; None where none has it."""
    first = {run.record.data.get("fingerprint"): run for run in reversed(runs)}
    tables = [table for run in first.values() if (table := file.read(run.paths)) is not None]
    return pd.concat(tables, ignore_index=True) if tables else None


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
    facts = []
    for key, word in names.items():
        values = dict.fromkeys(
            plain_text(run.record.data[key]) for run in runs if run.record.data.get(key) not in (None, "", {})
        )
        if values:
            facts.append((word, "; ".join(values)))
    return facts


def _image_counts(study: Study, analysis: Analysis) -> list[tuple[str, list[int]]]:
    rows = []
    networks = {network.label: network for network in study.networks}
    for label in analysis.labels:
        counts = [run.record.images for run in networks[label].runs if run.record.images]
        if counts:
            rows.append(
                (label, [sum(count.get(name, 0) for count in counts) for name in analysis.facts["expressions"]])
            )
    return rows
