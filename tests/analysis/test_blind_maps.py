"""Maps that show nothing: what counts as such, and that they have no rank."""

import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from helpers.bands import bands
from helpers.made_up_study import made_up_study

from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.blind_maps import blind_cells, blind_reason
from fer_xai.analysis.outputs import Analysis
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report
from fer_xai.results.heatmap_files import read_dataset, write_heatmaps
from fer_xai.results.paths import RunPaths
from fer_xai.results.pool import GlobalMaps
from fer_xai.results.run import read_run, write_run

NAN = math.nan


def maps(mean: np.ndarray, empty: int = 0, grid: tuple[int, int] | None = None, images: int = 10) -> GlobalMaps:
    count = np.full((1, *mean.shape), float(images))
    numbers = np.array([images])
    grids = None if grid is None else np.array([grid])
    return GlobalMaps(("fear",), mean[None], count, numbers, numbers, np.array([empty]), grids)


RAMP = np.arange(12.0).reshape(3, 4)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (maps(RAMP), ""),
        (maps(RAMP, empty=5), ""),
        (maps(RAMP, empty=6), "zero everywhere for 6 of 10 images"),
        (maps(0 * RAMP + 2), "the same everywhere"),
        (maps(RAMP, grid=(4, 4)), "only 4 x 4 places"),
        (maps(RAMP, grid=(4, 5)), ""),
        (maps(RAMP, grid=(0, 0)), ""),
        (maps(np.full((3, 4), NAN)), ""),
    ],
)
def test_what_is_blind(item: GlobalMaps, reason: str) -> None:
    assert blind_reason(item, 0) == reason


def test_pixels_that_do_not_count_make_no_map() -> None:
    """A map that differs only where under half of the images show anything is the same everywhere."""
    mean = np.ones((3, 4))
    mean[0, 0] = 9.0
    item = maps(mean)
    item.count[0, 0, 0] = 4.0
    assert blind_reason(item, 0) == "the same everywhere"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three networks; of the last, which recognises best, Grad-CAM gives zero for most images, and LIME does not."""
    networks = (("a", "none", 0.3), ("b", "none", 0.4), ("weinet", "none", 0.9))
    root = made_up_study(
        tmp_path_factory.mktemp("blind") / "s",
        networks,
        folds=2,
        subjects=5,
        replicates=6,
        explainers=("gradcam", "lime"),
    )
    for path in root.glob("runs/n*/heatmaps.nc"):
        with read_dataset(path) as dataset:
            whole = dataset.load()
        empty = xr.zeros_like(whole["images"])
        if path.parent.name.startswith("n2"):
            empty.loc[{"explainer": "gradcam"}] = 4
            whole["mean"].loc[{"explainer": "gradcam"}] *= 0.01
        write_heatmaps(path, whole.assign(empty=empty))
        write_run(RunPaths(path.parent), read_run(path.parent))
    analyze_study(root, [bands()], shipped_metrics(["iou", "ncc"]))
    return root


@pytest.fixture(scope="module")
def analysis(study: Path) -> Analysis:
    return read_analysis(study / "analysis")


def test_the_table_names_an_explainer_that_fits(analysis: Analysis) -> None:
    found = analysis.blind_maps
    assert set(found["label"]) == {"weinet"}
    assert set(found["explainer"]) == {"gradcam"}
    assert found["expression"].tolist() == list(EXPRESSIONS)
    assert set(found["reason"]) == {"zero everywhere for 8 of 10 images"}
    assert set(found["fits"]) == {"lime"}
    assert blind_cells(found, "gradcam") == {("weinet", name) for name in EXPRESSIONS}
    assert blind_cells(found, "lime") == frozenset()


@pytest.mark.slow
def test_words_tables_and_page_say_so(study: Path, analysis: Analysis) -> None:
    assert {analysis.facts["best_network"]["name"], analysis.facts["worst_network"]["name"]} == {"a", "b"}
    assert analysis.facts["best_network"]["rank"]["of"] == 2
    by_lime = next(entry for entry in analysis.facts["tables"] if entry["explainer"] == "lime")
    assert by_lime["blind"] == 0
    distrust = analysis.facts["lead"][-1]
    assert "gradcam does not fit weinet: its maps show nothing (zero everywhere for 8 of 10 images, say)" in distrust
    assert "lime fits it." in distrust
    assert "maps that show nothing" in (study / "analysis" / "ncc.md").read_text()
    text = build_report(study).read_text(encoding="utf-8")
    assert text.count(">blind</abbr>") == 2 * len(EXPRESSIONS)
