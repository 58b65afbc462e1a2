"""What the report says of networks that were drawn to a reference: only what the table's verdicts hold."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from helpers.aligned_runs import PEOPLE, aligned_network, alignment
from helpers.bands import bands
from helpers.made_up_study import made_up_study
from helpers.page import Page

from fer_xai.analysis.alignment.alignment_table import alignment_table
from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.outputs import Analysis, labelled
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report
from fer_xai.report.sections.alignment import content, sentences, strength_facts, table_facts
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import read_run, write_run

HALF = ["yn" * PEOPLE, "ny" * PEOPLE, "ynny" * (PEOPLE // 2), "nyyn" * (PEOPLE // 2)]
MOST = ["y" * 15 + "n", "n" + "y" * 15, "y" * 14 + "ny", "yn" + "y" * 14]


@pytest.fixture
def analysis(tmp_path: Path) -> Analysis:
    """A network that was drawn nowhere, to bands (then it is hardly ever wrong), too strongly, and to others."""
    networks = [
        aligned_network(tmp_path, "", HALF, validation=0.5),
        aligned_network(tmp_path, "bands", MOST, 1.0, validation=0.6),
        aligned_network(tmp_path, "bands", HALF, 3.0, validation=0.2),
        aligned_network(tmp_path, "shuffled", HALF, 1.0, validation=0.5),
    ]
    keys = {(network.name, network.pretrained): network.label for network in networks}
    table = labelled(alignment_table(networks, "gradcam", [], ("ncc", "NCC", True), 50), keys)
    return Analysis({}, *[pd.DataFrame()] * 6, alignment=table)


def test_sentences_say_better_only_where_a_verdict_does(analysis):
    by_label = {text.split("]")[0]: text for text in sentences(analysis)}
    assert set(by_label) == {"net [to bands 1", "net [to shuffled 1"}
    drawn = by_label["net [to bands 1"]
    assert "beside the one drawn nowhere, accuracy on unseen people better" in drawn
    assert "beside the one drawn to other expressions' maps, accuracy on unseen people better" in drawn
    assert "better" not in by_label["net [to shuffled 1"]
    assert by_label["net [to shuffled 1"].endswith("]: beside the one drawn nowhere, all is unclear.")
    assert "unclear" not in drawn


def test_strengths_and_tables(analysis):
    rows = {row["label"]: row for row in strength_facts(analysis)}
    chosen = {"net [to bands 1]": True, "net [to bands 3]": False, "net [to shuffled 1]": True}
    assert {label: row["chosen"] for label, row in rows.items()} == chosen
    assert rows["net [to bands 3]"]["validation"] == "0.200"
    none, others = (table_facts(analysis, against) for against in ("none", "shuffled"))
    assert [row["label"] for row in none["rows"]] == ["net [to bands 1]", "net [to shuffled 1]"]
    assert [row["label"] for row in others["rows"]] == ["net [to bands 1]"]
    assert none["rows"][0]["cells"][none["titles"].index("accuracy on unseen people")][1] == "better"


def test_studies_without_alignment_have_no_section(analysis):
    assert content(None, replace(analysis, alignment=pd.DataFrame())) is None  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_study_is_written_read_and_shown(tmp_path):
    root = tmp_path / "s"
    made_up_study(root, [("a", "none", 0.5), ("b", "none", 0.5)], folds=2, replicates=4, subjects=4)
    for folder in sorted(path.parent for path in root.glob("runs/*/heatmaps.nc")):
        record = read_run(folder)
        own = alignment("bands") if record.network == "b" else {}
        write_run(StudyPaths(root).run(folder.name), replace(record, network="net", alignment=own))
    analyze_study(root, [bands()], metrics=shipped_metrics(["ncc"]))
    found = read_analysis(root / "analysis")
    assert found.labels == ["net", "net [to bands 1]"]
    assert set(found.alignment["label"]) == {"net [to bands 1]"}
    assert found.alignment["chosen"].dtype == "boolean"
    near = found.alignment[found.alignment["measure"].eq("nearness")].iloc[0]
    whole = found.metrics[
        found.metrics["whole"] & found.metrics["expression"].isna() & found.metrics["metric"].eq("ncc")
    ]
    scores = whole.set_index("label")["value"]
    assert near["with"] == pytest.approx(scores["net [to bands 1]"])
    assert near["value"] == pytest.approx(scores["net [to bands 1]"] - scores["net"])
    build_report(root)
    assert "What drawing maps to a reference does to a network" in Page(root / "report" / "index.html").text
    assert (root / "report" / "figures" / "alignment.svg").is_file()
