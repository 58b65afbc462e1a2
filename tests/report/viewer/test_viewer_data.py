"""What the viewer is given: the maps, masks and scores of the tables, within the page and not too large."""

import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import made_up_study
from PIL import Image

from fer_xai.analysis.analysis_files import _reference_set, read_analysis, read_continuous_references
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.masks import Reference
from fer_xai.files import write_netcdf
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.otsu import relevant_pixels
from fer_xai.report.page import build_report
from fer_xai.report.viewer.embed import viewer_parts
from fer_xai.report.viewer.viewer_data import STEP, _reference, picture, sheet, viewer_data
from fer_xai.results.pool import pool_heatmaps
from fer_xai.results.study import Study, read_study

NETWORKS = (("<b>net</b>", "none", 0.8), ("other", "none", 0.7))


def pixels(uri: str) -> np.ndarray:
    kind, _, content = uri.partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        return np.asarray(image)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    root = made_up_study(tmp_path_factory.mktemp("viewer") / "s", NETWORKS, folds=2, subjects=5, replicates=4)
    analyze_study(root, [bands("wide_bands")], shipped_metrics(["iou"]))
    return read_study(root)


@pytest.fixture(scope="module")
def data(study: Study) -> dict[str, Any]:
    return viewer_data(study, read_analysis(study.paths.analysis), None)


def test_what_lies_above_the_threshold_is_what_the_scores_call_relevant(study: Study, data: dict[str, Any]) -> None:
    height, width = data["size"]
    (explainer,) = data["explainers"]
    assert not explainer["measured"]
    everything = pixels(explainer["maps"])
    for row, label in enumerate(data["rows"]):
        (network,) = [network for network in study.networks if network.label == label]
        maps = pool_heatmaps(network.runs, "gradcam", EXPRESSIONS)
        for column in range(len(EXPRESSIONS)):
            cell = everything[row * height : (row + 1) * height, column * width : (column + 1) * width]
            valid = maps.valid[column]
            np.testing.assert_array_equal(cell[..., 1] > 0, valid[::STEP, ::STEP])
            relevant = relevant_pixels(np.where(valid, maps.mean[column], 0.0), valid)[::STEP, ::STEP]
            above = (cell[..., 0] > explainer["thresholds"][row][column]) & (cell[..., 1] > 0)
            np.testing.assert_array_equal(above, relevant)
            assert explainer["images"][row][column] == maps.images[column]


def test_masks_and_scores_are_those_of_the_tables(study: Study, data: dict[str, Any]) -> None:
    (reference,) = data["references"]
    assert reference["title"] == "wide bands"
    assert all(reference["has"])
    width = data["size"][1]
    masks = pixels(reference["masks"])
    for column, name in enumerate(EXPRESSIONS):
        own = masks[:, column * width : (column + 1) * width] > 0
        np.testing.assert_array_equal(own, bands().mask(name)[::STEP, ::STEP])
    scores = pd.read_csv(study.paths.analysis / "metrics.csv", keep_default_na=False, na_values=[""])
    scores = scores[scores["metric"].eq("iou") & scores["expression"].eq("fear")]
    column = EXPRESSIONS.index("fear")
    for row, label in enumerate(data["rows"]):
        own = scores[scores["network"].eq(label)]
        value = own.loc[own["fold"].isna(), ["value", "low", "high"]].to_numpy(float)[0]
        found = data["scores"]["gradcam"]["wide_bands"]["iou"][row][column]
        np.testing.assert_allclose(np.array(found, dtype=float), value, atol=1e-4)
        for fold in (0, 1):
            of_fold = own.loc[own["fold"].eq(fold), "value"].to_numpy(float)[0]
            assert data["folds"]["values"]["gradcam"]["wide_bands"]["iou"][row][fold][column] == pytest.approx(
                of_fold, abs=1e-4
            )
    assert data["folds"]["names"] == ["fold 0", "fold 1"]
    assert data["replicates"] == 4


def test_what_is_more_than_a_mask_is_shown_in_its_levels(study: Study, data: dict[str, Any], tmp_path: Path) -> None:
    assert data["references"][0]["maps"] is None
    rows, columns = FRAME_SHAPE
    slope = np.broadcast_to(np.linspace(0, 1, columns, dtype=np.float32), (6, rows, columns))
    write_netcdf(tmp_path / "references.nc", _reference_set([bands(), Reference("people", slope)]))
    found = read_continuous_references(tmp_path)
    assert list(found) == ["people"]
    analysis = read_analysis(study.paths.analysis)
    masks = {name: found["people"][name] >= 0.5 for name in EXPRESSIONS}
    only = {"fear": np.where(np.arange(rows)[:, None] < 99, found["people"]["fear"], np.nan)}
    shown = pixels(_reference(analysis, "people", masks, only, ["anger", "fear"])["maps"])
    width = -(-columns // STEP)
    assert not shown[:, :width, 1].any()
    np.testing.assert_array_equal(shown[:, width:, 1] > 0, np.isfinite(only["fear"][::STEP, ::STEP]))
    np.testing.assert_allclose(shown[0, width:, 0] / 255, slope[0, 0, ::STEP], atol=1 / 255)


def test_true_maps_are_known_as_such(study: Study) -> None:
    analysis = read_analysis(study.paths.analysis)
    facts = {**analysis.facts, "true_map_explainers": ["gradcam"]}
    (explainer,) = viewer_data(study, replace(analysis, facts=facts), None)["explainers"]
    assert explainer["measured"]


def test_no_name_from_data_ends_the_script(data: dict[str, Any]) -> None:
    hostile = data | {"rows": ["</script><script>alert(1)</script>"]}
    text = viewer_parts(hostile)["data"]
    assert "<" not in text
    assert json.loads(text)["rows"] == hostile["rows"]


def test_sheets_of_72_cells_by_three_explainers_leave_room_on_the_page() -> None:
    """Rougher maps than real ones, of 14 x 14 places at random, in lossless sheets."""
    rng = np.random.default_rng(0)
    frame = (138, 112)

    def cell() -> np.ndarray:
        small = Image.fromarray(rng.integers(0, 256, (14, 14), dtype=np.uint8))
        return np.asarray(small.resize(frame[::-1], Image.Resampling.BICUBIC))

    cells = sheet([[cell() for _ in range(6)] for _ in range(12)])
    assert cells.shape == (12 * frame[0], 6 * frame[1])
    assert 3 * len(picture(cells, np.ones(cells.shape, dtype=bool))) < 3e6


@pytest.mark.slow
def test_a_page_of_72_cells_by_three_explainers_is_under_eight_megabytes(tmp_path: Path) -> None:
    networks = [(f"net{number}", word, 0.8) for number in range(6) for word in ("none", "imagenet")]
    names = ("gradcam", "lime", "rise")
    root = made_up_study(tmp_path / "s", networks, folds=1, subjects=2, replicates=0, explainers=names)
    analyze_study(root, [bands()], shipped_metrics(["ncc"]))
    assert build_report(root).stat().st_size < 8e6
