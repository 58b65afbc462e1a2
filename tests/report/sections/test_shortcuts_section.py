"""What the report says of planted shortcuts: verdicts, costs and curves, and a sentence that follows from them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.bands import bands
from helpers.made_up_study import made_up_study
from helpers.page import Page
from helpers.planted_runs import planted, write_cue_figures

from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report
from fer_xai.report.sections.shortcuts import answer, explainer_facts, network_facts
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import read_run, write_run

#: Network, rate of the cue: the first is trained at the base rate.
ROWS = (("net", 0.2), ("other", 1.0))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three folds of a network at the base rate and with the cue, which it then uses; gradcam mostly shows it."""
    root = tmp_path_factory.mktemp("shortcuts") / "s"
    made_up_study(root, [("net", "none", 0.8), ("other", "none", 0.5)], folds=3, replicates=4, subjects=4)
    rng = np.random.default_rng(0)
    for folder in sorted(path.parent for path in root.glob("runs/*/heatmaps.nc")):
        record = read_run(folder)
        rate = dict(ROWS)[record.network]
        people = 8
        worth = (4 * (rate == 1) + rng.normal(0, 0.1, people)).tolist()
        on_cue = (3 * (rate == 1) + rng.uniform(0, 4, people)).tolist()
        paths = StudyPaths(root).run(folder.name)
        write_cue_figures(folder, worth, {"gradcam": on_cue, "noise": np.linspace(0.5, 1.5, people).tolist()})
        write_run(paths, replace(record, network="net", planted=planted(rate)))
    analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]))
    return root


def test_each_rate_has_its_row_and_its_verdict(study):
    analysis = read_analysis(study / "analysis")
    assert analysis.labels == ["net [mark 0.2]", "net [mark 1]"]
    base, planted_one = network_facts(analysis)
    assert base["verdict"] == "trained at the base rate"
    assert planted_one["verdict"] == "uses it"
    assert planted_one["remark"] == "3 of 3 trained networks use it"
    assert planted_one["base_networks"] == 3
    assert planted_one["value"].value == pytest.approx(4, abs=0.2)


def test_sentence_names_what_is_above_every_baseline(study):
    analysis = read_analysis(study / "analysis")
    best, blind = explainer_facts(analysis)
    assert best["label"] == "gradcam"
    assert 0.9 < best["cells"][0].value < 1
    assert blind["label"] == "noise (baseline)"
    assert blind["cells"][0].value == pytest.approx(0.5)
    assert answer(analysis) == (
        "3 of 3 trained networks use the cue; better than every baseline, which look at no network, that is told by "
        "gradcam (95 % intervals over people and trained networks)."
    )
    without = replace(analysis, shortcuts=analysis.shortcuts[analysis.shortcuts["explainer"].ne("gradcam")])
    assert "; no explainer tells it better than the best baseline" in answer(without)
    few = analysis.shortcuts.replace({"verdict": {"uses it": "unclear"}})
    said = answer(replace(analysis, shortcuts=few))
    assert "(of 3 it is unclear, which more networks" in said


@pytest.mark.slow
def test_page_has_the_section_with_its_figure(study):
    page = Page(build_report(study))
    assert page.open == []
    assert "Planted shortcuts: who uses the cue" in page.text
    assert "net [mark 1]" in page.text
    assert (study / "report" / "figures" / "shortcuts.png").stat().st_size > 5000
