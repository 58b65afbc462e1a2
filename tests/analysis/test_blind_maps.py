"""Maps that show nothing: what counts as such, and that they decide over no best and worst."""

import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from helpers.bands import bands
from helpers.made_up_study import made_up_study

from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.blind_maps import blind_cells, blind_reason
from fer_xai.analysis.outputs import Analysis, read_analysis
from fer_xai.analysis.words.extremes import columns_of, ranked, seeing_rows
from fer_xai.analysis.words.tables import Cell, Row, Table
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report
from fer_xai.results.heatmaps import read_dataset, write_heatmaps
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


def table(*rows: tuple[float, ...], blind: frozenset[tuple[str, str]] = frozenset()) -> Table:
    names = tuple("abcdef"[: len(rows[0])])
    cells = [tuple(Cell(value) for value in row) for row in rows]
    means = [Cell(float(np.nanmean(row)), 0.0, 1.0) if np.isfinite(row).any() else Cell(NAN) for row in rows]
    of_rows = tuple(Row(f"n{i}", own, mean) for i, (own, mean) in enumerate(zip(cells, means, strict=True)))
    columns = np.array(rows, dtype=float)
    below = tuple(
        Cell(float(np.nanmean(columns[:, i]))) if np.isfinite(columns[:, i]).any() else Cell(NAN)
        for i in range(len(names))
    )
    whole = Row("mean", below, Cell(float(np.nanmean(columns))))
    return Table("iou", "IoU", "x", "bands", True, names, of_rows, whole, (), 0, blind_cells=blind)


def order(of: Table) -> list[tuple[str, float, int]]:
    return [(row.label, row.mean.value, cells) for row, cells in ranked(seeing_rows(of), of.higher_is_better)]


def test_ranks_are_over_common_cells() -> None:
    """The second network has no third cell, in which the first is far better; over the other two it is better."""
    found = order(table((0.1, 0.2, 0.9), (0.2, 0.3, NAN)))
    assert found == [("n0", pytest.approx(0.15), 2), ("n1", pytest.approx(0.25), 2)]


def test_one_network_without_most_cells_does_not_decide_over_what_the_others_are_ranked() -> None:
    found = order(table((0.1, 0.2, 0.9), (0.2, 0.3, 0.4), (0.0, NAN, NAN)))
    assert [label for label, _, _ in found] == ["n1", "n0"]
    assert {cells for _, _, cells in found} == {3}


def test_a_blind_network_is_neither_best_nor_worst() -> None:
    blind = frozenset(("n0", name) for name in "abc")
    assert [label for label, _, _ in order(table((0.0, 0.0, 0.0), (0.2, 0.3, 0.4), (0.3, 0.4, 0.5), blind=blind))] == [
        "n1",
        "n2",
    ]
    assert order(table((0.0, 0.0), blind=frozenset({("n0", "a"), ("n0", "b")}))) == []


def test_best_expression_rests_on_networks_that_all_expressions_have() -> None:
    of = table((0.1, 0.9), (0.5, NAN), (0.2, 0.1))
    found = [(row.label, row.mean.value, cells) for row, cells in ranked(columns_of(seeing_rows(of), of), True)]
    assert found == [("a", pytest.approx(0.15), 2), ("b", pytest.approx(0.5), 2)]


def test_lower_is_better_turns_the_order_round() -> None:
    rows = table((0.1, 0.2), (0.3, 0.4)).rows
    assert [row.label for row, _ in ranked(rows, False)] == ["n1", "n0"]


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


def test_words_tables_and_page_say_so(study: Path, analysis: Analysis) -> None:
    assert {analysis.facts["best_network"]["name"], analysis.facts["worst_network"]["name"]} == {"a", "b"}
    by_lime = next(entry for entry in analysis.facts["tables"] if entry["explainer"] == "lime")
    assert by_lime["blind"] == 0
    distrust = analysis.facts["lead"][-1]
    assert "gradcam does not fit weinet: its maps show nothing (zero everywhere for 8 of 10 images, say)" in distrust
    assert "lime fits it." in distrust
    assert "maps that show nothing" in (study / "analysis" / "ncc.md").read_text()
    text = build_report(study).read_text(encoding="utf-8")
    assert text.count(">blind</abbr>") == 2 * len(EXPRESSIONS)
