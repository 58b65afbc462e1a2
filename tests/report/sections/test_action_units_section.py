"""What the report says of the worth of action units: figures where they are known, words where they are certain."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import NETWORKS, made_up_study
from helpers.page import Page

from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.words.sentences import sentence
from fer_xai.analysis.words.units_in_use import all_folds, most_used
from fer_xai.face.prototypes import PROTOTYPES
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report
from fer_xai.report.sections.action_units import drawn_units, network_facts


def row(value: float, low: float, high: float, n: int = 8) -> dict:
    return {"value": value, "low": low, "high": high, "n": n}


def test_unit_is_the_one_of_most_value_only_where_intervals_lie_apart():
    cells = {("AU4", "anger"): row(5, 4, 6), ("AU7", "anger"): row(2, 1, 3), ("AU1", "fear"): row(9, 8, 10)}
    assert most_used(cells, "anger") == "AU4"
    assert most_used(cells | {("AU7", "anger"): row(4.5, 3.5, 5)}, "anger") is None
    assert most_used({("AU4", "anger"): row(1, -1, 3)}, "anger") is None
    assert most_used({("AU4", "anger"): row(1, math.nan, math.nan)}, "anger") is None
    # A unit that few images show has no word, whatever its value.
    assert most_used(cells | {("AU9", "anger"): row(50, 49, 51, n=2)}, "anger") == "AU4"
    assert most_used(cells, "disgust") is None


def test_units_that_few_faces_show_are_not_drawn():
    few = {("AU9+AU10", "anger"): row(50, 49, 51, n=2)}
    panels = {"one": {("AU12", "anger"): row(1, 0, 2), **few}, "other": {("AU4", "anger"): row(1, 0, 2), **few}}
    assert drawn_units(panels, ["anger"]) == ["AU4", "AU12"]
    assert drawn_units({"one": {("AU4", "anger"): row(1, 0, 2, n=1)}}, ["anger"]) == ["AU4"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two networks: both live by the first unit of each prototype, the second one less by half; AU2 is invisible."""
    root = tmp_path_factory.mktemp("units") / "s"
    made_up_study(root, NETWORKS[1:], folds=1, replicates=4, subjects=4)
    rng = np.random.default_rng(0)
    for number, folder in enumerate(sorted(path.parent for path in root.glob("runs/*/heatmaps.nc"))):
        rows = [
            (f"i{person}", expression, unit, person, value, 0.01)
            for person in range(8)
            for expression, prototype in PROTOTYPES.items()
            for place, unit in enumerate(f"AU{number}" for number in prototype)
            for value in [np.nan if unit == "AU2" else rng.normal(0, 0.1) + (4.0 / (1 + number) if place == 0 else 0)]
        ]
        columns = ["image", "expression", "unit", "group", "value", "error"]
        pd.DataFrame(rows, columns=columns).to_csv(folder / "action_units.csv", index=False)
    analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]))
    return root


def test_every_network_has_its_words_and_values(study):
    analysis = read_analysis(study / "analysis")
    facts = {network["label"]: network for network in network_facts(analysis, all_folds(analysis))}
    first, second = facts["resnet50 (imagenet)"], facts["resnet50 (none)"]
    assert dict(first["uses"])["anger"]["most"] == "AU4"
    assert "AU4" in dict(first["uses"])["anger"]["for"]
    assert first["invisible"] == ["AU2"]
    cells = dict(second["rows"])["AU4"]
    assert cells[analysis.facts["expressions"].index("anger")].value == pytest.approx(2, abs=0.2)


def test_summary_says_first_after_the_answer_what_each_network_uses(study):
    facts = read_analysis(study / "analysis").facts
    assert facts["sentences"][len(facts["lead"])] == (
        "By intervention, resnet50 (none) names anger by AU4 (brows), disgust by AU4 (brows), fear by AU1 (inner "
        "brows), happiness by AU6 (cheeks), sadness by AU1 (inner brows) and surprise by AU1 (inner brows) above all "
        "(95 % intervals over people, this training held fixed)."
    )
    words = sentence("units_in_use", network="net", most=["anger by AU4"], unclear=["fear"])
    assert words == (
        "By intervention, net names anger by AU4 above all; by which action unit above all it names fear is unclear "
        "(95 % intervals over people, this training held fixed)."
    )
    words = sentence("units_in_use", network="net", most=[], unclear=["fear", "anger"])
    assert words.startswith("By intervention, by which action unit above all net names fear and anger is unclear (95 %")


def test_page_shows_the_units_before_any_overlap(study):
    page = Page(build_report(study))
    assert page.open == []
    assert "What the networks use" in page.text
    assert page.text.index("What the networks use") < page.text.index("How well the heatmaps match")
    assert (study / "report" / "figures" / "action_units.png").stat().st_size > 5000
