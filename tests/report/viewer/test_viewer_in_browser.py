"""The page in a real browser: it works by keyboard, on a narrow screen, in the dark, and without a network."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.bands import bands
from helpers.made_up_study import made_up_study

from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.otsu import relevant_pixels
from fer_xai.report.page import build_report
from fer_xai.report.viewer.viewer_data import STEP
from fer_xai.results.pool import pool_heatmaps
from fer_xai.results.study import read_study

pytestmark = pytest.mark.slow

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NETWORKS = (("one", "none", 0.8), ("two", "none", 0.7))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = made_up_study(
        tmp_path_factory.mktemp("browser") / "s",
        NETWORKS,
        folds=2,
        subjects=5,
        replicates=3,
        explainers=("gradcam", "lime"),
    )
    analyze_study(root, [bands(), bands("other_bands")], shipped_metrics(["ncc", "iou"]))
    return build_report(root)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if BROWSER is None:
        pytest.skip("there is no Chromium on this machine")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield started
        started.close()


def opened(browser: Any, report: Path, **options: Any) -> tuple[Any, list[str]]:
    """The page with the viewer drawn, and what went wrong in it or was asked of a network."""
    page = browser.new_context(**options).new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: wrong.append(request.url) if request.url.startswith("http") else None)
    page.goto(report.as_uri())
    page.wait_for_selector("#viewer[data-ready]")
    return page, wrong


def test_a_map_opens_large_by_keyboard_and_gives_the_focus_back(browser: Any, report: Path) -> None:
    page, wrong = opened(browser, report)
    button = page.locator("#viewer button").nth(EXPRESSIONS.index("fear"))
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    text = page.locator("dialog").inner_text()
    for words in ("one, fear", "10 images", "3 bootstrap replicates", "fold 0", "fold 1", "IoU", "NCC"):
        assert words in text
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog:not([open])", state="attached")
    assert "one, fear" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert wrong == []


def test_the_slider_tells_the_overlap_above_its_threshold(browser: Any, report: Path) -> None:
    page, wrong = opened(browser, report)
    column = EXPRESSIONS.index("happiness")
    page.locator("#viewer button").nth(column).click()
    page.locator("#binary").check()
    words = page.locator("dialog [role=status]").inner_text()
    network = next(network for network in read_study(report.parents[1]).networks if network.label == "one")
    maps = pool_heatmaps(network.runs, "gradcam", EXPRESSIONS)
    valid = maps.valid[column]
    relevant = relevant_pixels(np.where(valid, maps.mean[column], 0.0), valid)[::STEP, ::STEP]
    mask = bands().mask("happiness")[::STEP, ::STEP] & valid[::STEP, ::STEP]
    iou = (relevant & mask).sum() / (relevant | mask).sum()
    assert "(Otsu's)" in words
    assert float(re.search(r"half the resolution\) (\d\.\d+)", words)[1]) == pytest.approx(iou, abs=6e-4)  # type: ignore[index]
    page.locator("#threshold").fill("255")
    assert "0 % of the pixels" in page.locator("dialog [role=status]").inner_text()
    assert wrong == []


def test_switches_change_what_is_shown(browser: Any, report: Path) -> None:
    page, wrong = opened(browser, report)
    before = page.locator("#viewer button").first.get_attribute("aria-label")
    page.locator("select[name=metric]").select_option(label="IoU")
    page.wait_for_function("document.querySelector('#viewer caption').textContent.includes('IoU')")
    after = page.locator("#viewer button").first.get_attribute("aria-label")
    assert "NCC" in before
    assert "IoU" in after
    page.locator("select[name=explainer]").select_option(label="lime")
    page.locator("select[name=reference]").select_option(label="other bands")
    page.wait_for_function(
        "document.querySelector('#viewer caption').textContent === 'lime; figures: IoU with other bands'"
    )
    assert wrong == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (400, "light")])
def test_nothing_bars_people_who_use_no_mouse_or_see_little(
    browser: Any, report: Path, width: int, scheme: str
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed: pip install axe-playwright-python"
    ).Axe()
    page, _ = opened(browser, report, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")

    def barriers() -> dict[str, str]:
        found = axe.run(page).response["violations"]
        return {one["id"]: one["nodes"][0]["html"][:200] for one in found}

    assert barriers() == {}
    page.locator("#viewer button").first.click()
    assert barriers() == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_on_a_narrow_screen_in_light_and_dark(browser: Any, report: Path, scheme: str) -> None:
    page, wrong = opened(browser, report, viewport={"width": 400, "height": 800}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    colours = page.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    ink, paper = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
    assert abs(ink - paper) > 500
    assert (ink > paper) == (scheme == "dark")
    page.locator("#viewer button").first.click()
    assert page.locator("dialog").bounding_box()["width"] <= 400
    assert wrong == []
