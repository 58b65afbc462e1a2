"""What data the networks were trained and tested with, and how many images were explained."""

from collections.abc import Sequence

from fer_xai.analysis.outputs import Analysis
from fer_xai.report.cells import plain_text
from fer_xai.report.section import Content
from fer_xai.results.study import Run, Study

PLACE = 100
NAME = "Data"
HEADING = "Data"


def content(study: Study, analysis: Analysis) -> Content:
    """Facts about the data, and counts of explained images."""
    return Content(facts={"data": _data(study.complete), "image_counts": _image_counts(study, analysis)})


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
