"""What the report says of explainers: of several, of baselines, of tests, regions and local examples."""

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
from fer_xai.callbacks.typical import LocalMap, build_examples
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.files import write_json
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report
from fer_xai.report.plots.signed import SIGNED
from fer_xai.report.sections.examples import _FACE, _coloured, _over
from fer_xai.report.sections.trust import trust_facts
from fer_xai.results.heatmap_files import read_dataset, write_heatmaps
from fer_xai.results.paths import RunPaths
from fer_xai.results.run import read_run, write_run
from fer_xai.scoring.explainer_test_rows import IMAGE_COLUMNS, summarise_images
from fer_xai.trust.deletion import Deletion
from fer_xai.trust.measures import as_plain, describe
from fer_xai.trust.road import Road

_CURVE = (0.0, 0.5, 1.0)


def add_trust(folder: Path, offset: float) -> None:
    """Deletion whose area is what the explainer's letter says, a little higher for every person (baselines: lower)."""
    rows = []
    for explainer, area in (("gradcam", 0.1), ("lime", 0.6), ("noise", 0.5), ("random blobs", 0.5)):
        blind = explainer not in ("gradcam", "lime")
        for person in range(6):
            for expression in EXPRESSIONS:
                place = (expression, f"i{person}", person, "right")
                value = area + offset + 0.005 * (5 - person if blind else person)
                rows.append((explainer, "deletion", "area_mean", np.nan, *place, value))
                rows += [(explainer, "deletion", "probability_mean", x, *place, value * (1 - x)) for x in _CURVE]
    images = pd.DataFrame(rows, columns=list(IMAGE_COLUMNS))
    images.to_csv(folder / "trust_images.csv", index=False)
    failed = {"explainer": "lime", "test": "road", "measure": "not done", "answers": "all", "expression": "", "n": 0}
    table = pd.concat([summarise_images(images, {}, 20), pd.DataFrame([failed])])
    table.to_csv(folder / "trust.csv", index=False)
    write_json(folder / "trust_tests.json", as_plain({"deletion": describe(Deletion()), "road": describe(Road())}))


def add_regions(folder: Path) -> None:
    rows = [
        ("lime", f"i{person}", person, expression, region, value)
        for person in range(6)
        for expression in EXPRESSIONS
        for region, value in (("mouth", 0.25), ("eyes", -0.125))
    ]
    columns = ["explainer", "image", "group", "expression", "region", "value"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "regions.csv", index=False)


def add_examples(folder: Path) -> None:
    maps = np.random.default_rng(0).random((2, *FRAME_SHAPE)).astype(np.float32)
    maps[:, :20] = np.nan
    one, other = (LocalMap(f"i{n}", "fear", item) for n, item in enumerate(maps))
    chosen = {"gradcam": [("most", 0, 0.875, one), ("least", 0, -0.25, other)]}
    write_heatmaps(folder / "examples.nc", build_examples(chosen, EXPRESSIONS, 2, FRAME_SHAPE))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two networks, two explainers and a baseline, which the runs name first."""
    root = tmp_path_factory.mktemp("explainers") / "s"
    made_up_study(root, NETWORKS[1:], folds=1, replicates=4, subjects=4, explainers=("noise", "gradcam", "lime"))
    for number, folder in enumerate(sorted(path.parent for path in root.glob("runs/*/heatmaps.nc"))):
        add_trust(folder, 0.05 * number)
        add_regions(folder)
    add_examples(folder)
    with read_dataset(folder / "heatmaps.nc") as dataset:
        full = dataset.load()
    empty = np.zeros(full["images"].shape, dtype=np.int64)
    empty[1] = 2
    counts = {"empty": empty, "not_finite": empty // 2, "without_rest": np.roll(empty, 1, axis=0) // 2}
    counted = full.assign({name: (full["images"].dims, numbers) for name, numbers in counts.items()})
    write_heatmaps(folder / "heatmaps.nc", counted)
    for path in root.glob("runs/*/heatmaps.nc"):
        write_run(RunPaths(path.parent), replace(read_run(path.parent), baselines=["noise"]))
    analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]))
    return root


@pytest.fixture(scope="module")
def page(study: Path) -> Page:
    return Page(build_report(study))


def test_baseline_explainer_comes_last_and_is_no_networks_answer(study, page):
    facts = read_analysis(study / "analysis").facts
    assert facts["explainers"] == ["gradcam", "lime", "noise"]
    assert facts["baseline_explainers"] == ["noise"]
    sentences = " ".join(facts["sentences"])
    assert "(12 heatmaps, gradcam)" in sentences
    assert "By lime the mean IoU with bands is" in sentences
    assert "The maps of noise, a baseline that looks at no network, have a mean IoU with bands of" in sentences
    assert "(noise, a baseline that looks at no network)" in page.text
    assert "noise (baseline)" in page.text


def test_every_explainer_has_its_figures_and_only_networks_answers_have_trees(study, page):
    names = {path.stem for path in (study / "report" / "figures").glob("*.png")}
    for stem in ("scores", "heatmaps", "dendrograms", "distances", "dendrogram_pairs"):
        assert {stem, f"{stem}_lime"} <= names
    assert {"scores_noise", "heatmaps_noise"} <= names
    assert not names & {"dendrograms_noise", "distances_noise"}
    assert {"agreement", "trust", "regions_lime", "plausibility"} <= names
    assert "is unclear, and was not tested: fewer than 3 explainers that all networks have" in page.text
    points = pd.read_csv(study / "analysis" / "plausibility_points.csv")
    assert len(points) == 6
    assert set(pd.read_csv(study / "analysis" / "plausibility.csv")["over"]) == {"all points", "within networks"}
    assert [name for name in names if name.startswith("examples_")] == ["examples_resnet50_none_gradcam"]
    assert page.open == []
    alts = page.values("img", "alt")
    assert len(alts) == page.tags.count("img") == len(names)


def test_page_tells_of_agreement_regions_examples_and_silent_maps(page):
    for part in (
        "Two explainers of the same network agree with an NCC of",
        "What each region of the face speaks for",
        "The most and least typical single heatmaps",
        "resnet50 (none), gradcam",
        "Not done, for reasons that the runs’ logs tell: road of lime.",
        "gradcam, 12 of 30 zero everywhere and 6 not finite",
        "lime, 0 of 30 zero everywhere, 6 left out because the person has no neutral face",
    ):
        assert part in page.text, part


def test_trust_table_is_the_mean_over_networks_beside_the_baselines(study):
    found = trust_facts(read_analysis(study / "analysis"))
    assert found["columns"] == [("deletion (mean)", "lower")]
    assert [row["label"] for row in found["rows"]] == [
        "gradcam",
        "lime",
        "noise (baseline)",
        "random blobs (baseline)",
    ]
    # The area, the people's mean (0.0125) and half of the second network's offset.
    assert found["rows"][0]["cells"][0].value == pytest.approx(0.1 + 0.0125 + 0.025)
    assert found["rows"][0]["against_baselines"] == {"better than every baseline": ["deletion (mean)"]}
    assert found["rows"][1]["against_baselines"] == {"worse than the best baseline": ["deletion (mean)"]}
    assert found["rows"][2]["against_baselines"] == {}
    assert found["networks"] == 2


def test_study_files_hold_the_tables(study):
    regions = pd.read_csv(study / "analysis" / "regions.csv", keep_default_na=False)
    mouth = regions[regions["region"].eq("mouth") & regions["expression"].eq("fear")]
    assert mouth["value"].tolist() == [0.25, 0.25]
    agreement = pd.read_csv(study / "analysis" / "agreement.csv", keep_default_na=False)
    assert set(zip(agreement["a"], agreement["b"], strict=True)) == {
        *(("gradcam", "gradcam"), ("lime", "lime"), ("noise", "noise")),
        *(("gradcam", "lime"), ("gradcam", "noise"), ("lime", "noise")),
    }
    trust = pd.read_csv(study / "analysis" / "trust.csv", keep_default_na=False)
    assert trust.columns[:3].tolist() == ["network", "pretrained", "explainer"]


def test_colours_of_signed_values_are_even_and_symmetric():
    from skimage.color import rgb2lab

    lightness = rgb2lab(SIGNED(np.linspace(0, 1, 257))[None, :, :3])[0, :, 0]
    assert lightness.argmax() in range(126, 131)
    np.testing.assert_allclose(np.diff(lightness[128:]), np.diff(lightness[128:]).mean(), atol=0.35)
    np.testing.assert_allclose(lightness, lightness[::-1], atol=1.5)


def test_map_over_a_face_shows_both() -> None:
    """A bright and a dark face under one map give other pictures: the face has its share, the map the rest."""
    heatmap = np.random.default_rng(0).random((30, 24))
    dark, bright = np.zeros((30, 24, 3)), np.ones((30, 24, 3))
    coloured = _coloured(heatmap)
    np.testing.assert_allclose(_over(coloured, bright) - _over(coloured, dark), _FACE, atol=1e-12)
    np.testing.assert_allclose(_over(coloured, dark), (1 - _FACE) * coloured, atol=1e-12)
