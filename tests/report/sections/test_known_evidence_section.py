"""What the report says of explainers by known evidence: a ranking beside chance, and words where intervals allow."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import NETWORKS, made_up_study
from helpers.page import Page

from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.beside_baselines import BETTER, UNCLEAR, WORSE, beside_baselines
from fer_xai.analysis.words.evidence_verdicts import ALL, network_verdicts, ranked_rows
from fer_xai.analysis.words.network_evidence import evidence_rows, evidence_sentences, network_evidence
from fer_xai.expressions import EXPRESSIONS
from fer_xai.files import write_json
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report
from fer_xai.report.sections.known_evidence import answer_rows
from fer_xai.results.paths import RunPaths
from fer_xai.results.run import read_run, write_run
from fer_xai.scoring.explainer_test_rows import IMAGE_COLUMNS, summarise_images
from fer_xai.trust.known_evidence import KnownEvidenceTest
from fer_xai.trust.measures import as_plain, describe

#: Mean rank correlation of each explainer, and how far people differ by it: lime is better or worse by the person.
LEVELS = {"gradcam": (0.8, 0.01), "lime": (0.3, 0.5), "difference": (0.3, 0.0), "noise": (0.0, 0.0)}
#: An explainer whose maps are the true ones.
TRUTH = "intervention"


def add_figures(folder: Path, offset: float) -> None:
    rows = [
        (name, "known_evidence", "rank_correlation", np.nan, expression, f"i{person}", person, answer, value)
        for name, (level, spread) in LEVELS.items()
        for person in range(6)
        for expression in EXPRESSIONS
        for answer, less in [("right", 0.0) if person < 4 else ("wrong", 0.2)]
        for value in [level + offset - less + spread * (-1) ** person]
    ]
    rows += [
        (TRUTH, "known_evidence", measure, np.nan, "fear", f"i{person}", person, "right", value)
        for measure, value in (("rank_correlation", 0.9), ("map_correlation", 1.0))
        for person in range(6)
    ]
    images = pd.DataFrame(rows, columns=list(IMAGE_COLUMNS))
    tests = {"known_evidence": describe(KnownEvidenceTest())}
    images.to_csv(folder / "trust_images.csv", index=False)
    summarise_images(images, tests, 20).to_csv(folder / "trust.csv", index=False)
    write_json(folder / "trust_tests.json", as_plain(tests))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("known") / "s"
    made_up_study(root, NETWORKS[1:], folds=1, replicates=4, subjects=4, explainers=("gradcam", "lime", TRUTH, "noise"))
    for number, folder in enumerate(sorted(path.parent for path in root.glob("runs/*/heatmaps.nc"))):
        add_figures(folder, -0.1 * number)
        write_run(RunPaths(folder), replace(read_run(folder), baselines=["noise"], true_maps=[TRUTH]))
    analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]))
    return root


@pytest.fixture(scope="module")
def analysis(study: Path) -> Analysis:
    return read_analysis(study / "analysis")


def test_explainers_are_ranked_over_all_networks_baselines_among_them(analysis):
    frame = ranked_rows(analysis)
    own = frame[frame["label"].eq(ALL) & frame["answers"].eq("all")]
    assert own["explainer"].iloc[[0, 1, -1]].tolist() == [TRUTH, "gradcam", "noise"]
    # 0.8, less half of the second network's 0.1 and a third of the wrong answers' 0.2.
    assert own["value"].iloc[1] == pytest.approx(0.8 - 0.05 - 0.2 / 3)
    assert set(own["chance_of"]) == {"difference"}


def test_words_follow_the_intervals(analysis):
    verdicts = {verdict["label"]: verdict for verdict in network_verdicts(analysis, ranked_rows(analysis))}
    assert set(verdicts) == {ALL, "resnet50 (imagenet)", "resnet50 (none)"}
    for verdict in verdicts.values():
        assert verdict["sides"] == {BETTER: ["gradcam"], UNCLEAR: ["lime"], WORSE: []}
        assert verdict["chance_of"] == "difference"
    assert verdicts[ALL]["best"] is None  # lime's interval reaches gradcam's


def test_summary_says_first_who_tells_the_truth(analysis):
    assert evidence_sentences(network_evidence(analysis))[-1] == (
        "Of what the networks use, gradcam tells more than every baseline (the best of them is difference, with a rank "
        "correlation of 0.18); whether lime does is unclear (95 % intervals over people, trainings held fixed)."
    )
    start = len(analysis.facts["lead"])
    assert analysis.facts["sentences"][start : start + 2] == [
        "Of its explainers, gradcam (0.63) agrees with what resnet50 (none) uses; unclear: lime (0.13). In "
        "brackets: rank correlation, judged by 95 % intervals over people, this training held fixed; the best "
        "baseline, difference, has 0.13.",
        "Of its explainers, gradcam (0.73) agrees with what resnet50 (imagenet) uses; unclear: lime (0.23). In "
        "brackets: rank correlation, judged by 95 % intervals over people, this training held fixed; the best "
        "baseline, difference, has 0.23.",
    ]


@pytest.mark.slow
def test_report_begins_with_the_answer_and_leaves_the_rest_of_the_words_below(analysis, study):
    lead, sentences = analysis.facts["lead"], analysis.facts["sentences"]
    assert sentences[: len(lead)] == lead
    assert "Of what is known to be used, gradcam tells more than every baseline; unclear: lime " in lead[2]
    assert "(95 % intervals over people, trainings held fixed). [tested]" in lead[2]
    text = Page(build_report(study)).text
    assert text.index("What is to be distrusted?") < text.index("More in words") < text.index(sentences[-1])


@pytest.mark.slow
def test_true_maps_stand_beside_the_explainers_of_each_network(study):
    page = Page(build_report(study))
    assert "Network: resnet50 (none)" in page.text
    figures = study / "report" / "figures"
    assert sorted(path.stem for path in figures.glob("heatmaps*.png")) == ["heatmaps", "heatmaps_resnet50_imagenet"]
    pictures = dict(zip(page.values("img", "src"), page.values("img", "alt"), strict=True))
    assert any(
        "of resnet50 (imagenet), the true map and explainers in rows: 4 rows" in alt for alt in pictures.values()
    )


def test_chance_stands_beside_every_figure(analysis):
    rows = {row["label"]: row for row in answer_rows(analysis, ranked_rows(analysis))}
    assert next(iter(rows)) == TRUTH
    (whole, chance, name), (right, _, _), (wrong, _, _) = rows["gradcam"]["cells"]
    assert (chance, name) == (pytest.approx(0.3 - 0.05 - 0.2 / 3), "difference")
    assert (right.value, wrong.value) == (pytest.approx(0.75), pytest.approx(0.55))
    assert whole.value == pytest.approx(0.8 - 0.05 - 0.2 / 3)
    assert rows["noise (baseline)"]["baseline"]


def test_side_is_that_of_all_baselines_together():
    def frame(*bounds):
        rows = [("a", "t", "m", f"b{i}", low, high) for i, (low, high) in enumerate(bounds)]
        return pd.DataFrame(rows, columns=["explainer", "test", "measure", "against", "low", "high"])

    assert beside_baselines(frame((0.1, 0.2), (0.3, 0.4)), "a", "t", "m", True) == BETTER
    assert beside_baselines(frame((0.1, 0.2), (-0.1, 0.4)), "a", "t", "m", True) == UNCLEAR
    assert beside_baselines(frame((0.1, 0.2), (-0.4, -0.1)), "a", "t", "m", True) == WORSE
    assert beside_baselines(frame((0.1, 0.2), (0.3, 0.4)), "a", "t", "m", False) == WORSE
    assert beside_baselines(frame((np.nan, np.nan)), "a", "t", "m", True) is None


@pytest.mark.slow
def test_page_shows_the_ranking_before_any_overlap(study):
    page = Page(build_report(study))
    assert page.open == []
    place = page.text.index("Which explanation tells the truth about the network")
    assert place < page.text.index("How well the heatmaps match")
    assert "chance: the best baseline" in page.text
    assert (study / "report" / "figures" / "known_evidence.png").stat().st_size > 5000


@pytest.mark.slow
def test_the_page_begins_with_what_each_network_uses_and_who_agrees(study: Path) -> None:
    rows = {row["network"]: row for row in evidence_rows(network_evidence(read_analysis(study / "analysis")))}
    assert set(rows) == {label for _, _, label in read_analysis(study / "analysis").facts["labels"]}
    for row in rows.values():
        assert [name.partition(" (")[0] for name in row["agree"]] == ["gradcam"]
        assert "lime" in " ".join((*row["differ"], *row["unclear"]))
    build_report(study)
    page = (study / "report" / "index.html").read_text(encoding="utf-8")
    first_screen = page[: page.index('<nav aria-label="Contents">')]
    for name in rows:
        assert f'<th scope="row">{name}</th>' in first_screen
    assert rows[next(iter(rows))]["agree"][0] in first_screen
