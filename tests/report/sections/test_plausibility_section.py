"""What the report says of likeness to people and faithfulness, of tables that are made up."""

import numpy as np
import pandas as pd
import pytest

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.plausibility import plausibility_table
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.metric import describe as describe_metrics
from fer_xai.metrics.metric import plain_descriptions
from fer_xai.report.sections.plausibility import content, plausibility_rows, plausibility_words
from fer_xai.trust.deletion import Deletion
from fer_xai.trust.insertion import Insertion
from fer_xai.trust.measures import as_plain, describe
from fer_xai.trust.road import Road

SEEING = ["gradcam", "lime", "saliency", "rise", "layercam"]


def analysis_of(networks=4, explainers=SEEING, slope=1.0):
    """ROAD's gap rises with IoU, the area of deletion has nothing to do with it, that of insertion falls."""
    rng = np.random.default_rng(0)
    tests = {
        name: describe(one) for name, one in (("deletion", Deletion(["mean"])), ("insertion", Insertion(["mean"])))
    }
    tests["road"] = describe(Road())
    rows = []
    for n in range(networks):
        for name in [*explainers, "gaussian", "intervention"]:
            iou = rng.uniform(0.1, 0.5)
            figures = {("deletion", "area_mean"): rng.uniform(), ("insertion", "area_mean"): 0.9 - slope * iou}
            figures["road", "gap"] = slope * iou
            rows += [(f"net{n}", "none", name, "people", "iou", iou, *key, value) for key, value in figures.items()]
    names = ["network", "pretrained", "explainer", "reference", "metric", "score", "test", "measure", "faithfulness"]
    points = pd.DataFrame(rows, columns=names).assign(label=lambda frame: frame["network"])
    facts = {
        "explainers": [*explainers, "gaussian", "intervention"],
        "baseline_explainers": ["gaussian"],
        "true_map_explainers": ["intervention"],
        "references": ["people"],
        "reference_titles": {"people": "the gaze of people"},
        "metrics": ["iou"],
        "metric_descriptions": plain_descriptions(describe_metrics(shipped_metrics(["iou"]))),
        "trust_tests": as_plain(tests),
    }
    empty = pd.DataFrame()
    table = plausibility_table(points, explainers, {"iou": True}, tests)
    return Analysis(facts, *[empty] * 6, plausibility=table, plausibility_points=points)


def test_each_measure_has_its_answer_by_name():
    words = plausibility_words(analysis_of())
    assert "By ROAD gap (1.00, q < 0.001)" in words
    assert "maps that are more like the gaze of people (IoU) are more faithful." in words
    assert "By insertion (mean) (-1.00, q < 0.001)" in words
    assert "are less faithful." in words
    assert "By deletion (mean) (" in words
    assert "it is unclear whether maps that are more like the gaze of people (IoU) are more faithful or less." in words
    assert "rank correlation over 4 networks and 5 explainers, which were permuted as wholes" in words


def test_without_a_test_it_is_unclear():
    words = plausibility_words(analysis_of(explainers=SEEING[:2]))
    assert words == (
        "Whether maps that are more like people's are more faithful is unclear, and was not tested: fewer than 3 "
        "explainers that all networks have."
    )


def test_few_explainers_of_one_network_are_unclear_however_well_they_agree():
    """Of three explainers no order is rarer than one in six, or two for both signs."""
    words = plausibility_words(analysis_of(networks=1, explainers=SEEING[:3]))
    assert "more faithful." not in words
    assert "less faithful." not in words
    assert "ROAD gap (1.00, q 0.333)" in words


def test_section_has_a_panel_per_measure_and_a_row_per_question():
    found = analysis_of()
    shown = content(None, found)
    (figure,) = shown.figures
    panels = [axes for axes in figure.figure.axes if axes.has_data()]
    assert [axes.get_ylabel() for axes in panels] == ["deletion (mean), low is better", "insertion (mean)", "ROAD gap"]
    # Up is more faithful; blind and true maps are drawn, and take no part.
    assert [axes.yaxis_inverted() for axes in panels] == [True, False, False]
    assert {len(axes.lines) for axes in panels} == {7}
    assert len(plausibility_rows(found)) == 6
    assert shown.facts["sentence"] in figure.alt


def test_no_test_no_section():
    found = analysis_of()
    nothing = Analysis(found.facts, *[pd.DataFrame()] * 6)
    assert content(None, nothing) is None


@pytest.mark.parametrize("number", [2, 9, 20])
def test_explainers_are_told_apart_by_colour_and_shape(number):
    found = analysis_of(networks=2, explainers=[f"e{i}" for i in range(number)])
    (figure,) = content(None, found).figures
    seen = {(line.get_markerfacecolor(), line.get_marker()) for line in figure.figure.axes[0].lines}
    assert len(seen) == number + 2
