from pathlib import Path

import numpy as np
import pytest
from helpers.bands import bands
from helpers.made_up_study import NETWORKS, made_up_study
from helpers.page import Page
from PIL import Image

from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.errors import UserError
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report
from fer_xai.report.plots.style import shorten

FIGURES = {
    *("scores", "threshold_curves", "heatmaps", "dendrograms", "distances", "dendrogram_pairs", "dendrograms_folds"),
    *("pretraining", "variance_shares", "accuracies", "confusions"),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = made_up_study(tmp_path_factory.mktemp("report") / "a <study>", replicates=4, subjects=4)
    analyze_study(root, [bands("bands & <i>more</i>")], metrics=shipped_metrics(["iou", "ncc"]))
    return build_report(root)


@pytest.fixture(scope="module")
def page(report: Path) -> Page:
    return Page(report)


def test_page_is_whole_and_needs_nothing_else(page: Page) -> None:
    assert page.open == []
    assert {value.split(":")[0] for value in page.values("img", "src")} == {"data"}
    assert not {"link", "iframe", "object"} & set(page.tags)
    assert page.values("script", "src") == []
    assert all(value.startswith("#") for value in page.values("a", "href"))
    anchors = {value for _, key, value in page.attributes if key == "id"}
    assert {value[1:] for value in page.values("a", "href")} <= anchors
    assert "@import" not in page.text
    assert "url(" not in page.text


def test_page_can_be_read_without_seeing(page: Page) -> None:
    assert page.values("html", "lang") == ["en"]
    alts = page.values("img", "alt")
    assert len(alts) == page.tags.count("img")
    assert all(len(alt) > 20 for alt in alts)
    headings = [int(tag[1]) for tag in page.tags if tag in ("h1", "h2", "h3")]
    assert headings[0] == 1
    assert max(np.diff(headings)) <= 1


def test_names_from_data_are_escaped(report: Path, page: Page) -> None:
    raw = report.read_text(encoding="utf-8")
    for tag in ("<b>net", "<i>more", "<weights>", "a <study>"):
        assert tag not in raw
        assert tag in page.text + " ".join(page.values("img", "alt"))


def test_answer_comes_first(page: Page) -> None:
    places = [
        "Do they look where people look?",
        "What is to be distrusted?",
        "Over 3 networks and 6 expressions",
        "The global heatmaps",
        "The networks at a glance",
        "How well the heatmaps match",
    ]
    found = [page.text.index(words) for words in places]
    assert found == sorted(found)


def test_everything_is_told(page: Page) -> None:
    for part in (
        "at chance",
        "timm has no <weights> for it: choose pretrained=none",
        "put them into ~/.cache/huggingface",
        "baseline: centred Gaussian",
        "pairings as good",
        "setting: recipe",
        "abcdef0",
        "images left out",
        "Limits, and how to read this",
        "Poisson bootstrap",
        "adjusted Rand index",
        "Precision, F1 and calibration error",
    ):
        assert part in page.text, part


def test_every_figure_is_a_png_and_an_svg(report: Path) -> None:
    names = {path.name for path in (report.parent / "figures").iterdir()}
    assert names == {f"{name}.{ending}" for name in FIGURES for ending in ("png", "svg")}
    for name in FIGURES:
        with Image.open(report.parent / "figures" / f"{name}.png") as image:
            assert min(image.size) > 150
            assert max(image.size) < 6000


@pytest.mark.slow
def test_the_same_study_gives_the_same_page(report: Path) -> None:
    before = report.read_bytes()
    assert build_report(report.parents[1]).read_bytes() == before


def test_one_network_without_face_or_folds(tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "s", NETWORKS[1:2], replicates=0, folds=1, subjects=3, face=False)
    analyze_study(root, [bands("bands & <i>more</i>")], metrics=shipped_metrics(["iou"]))
    path = build_report(root)
    text = Page(path).text
    assert "no dendrogram" in text
    assert "no intervals" in text
    names = {item.stem for item in (path.parent / "figures").iterdir()}
    assert names == {"scores", "threshold_curves", "heatmaps", "dendrogram_pairs", "accuracies", "confusions"}


def test_study_that_was_not_analysed(tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "s", NETWORKS[1:2], replicates=1, folds=1, subjects=2)
    with pytest.raises(UserError, match="analyse the study first"):
        build_report(root)


def test_long_names_are_shortened_in_the_middle() -> None:
    assert shorten("short") == "short"
    assert shorten("a" * 20 + "b" * 20, 11) == "aaaaa…bbbbb"
