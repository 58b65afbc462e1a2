"""Imported maps are put to the tests that need no network, beside what looks at none, and their people are kept."""

import numpy as np
import pandas as pd
import pytest

from fer_xai.cli import run
from fer_xai.data.sources.table import POINTS
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import CANONICAL_POINTS, FRAME_SHAPE
from fer_xai.metrics.resolution import block_sums
from fer_xai.results.average_maps import LocalMaps
from fer_xai.results.paths import RunPaths
from fer_xai.results.person_maps import read_people
from fer_xai.results.study import read_study
from fer_xai.run.map_tests import MapTests
from fer_xai.scoring.explainer_test_rows import IMAGE_COLUMNS
from fer_xai.scoring.person_cells import PersonCell, person_cell

SIZE = 20


def batch() -> LocalMaps:
    """One map that is the same everywhere, one with all in one pixel, one that says nothing."""
    maps = np.zeros((3, SIZE, SIZE), np.float32)
    maps[0] = 0.5
    maps[1, 4, 7] = 2.0
    points = np.repeat(CANONICAL_POINTS[None, :68] * (SIZE / 275), 3, axis=0)
    return LocalMaps(maps, points, ["fear", "fear", "anger"], ["ann", "bob", ""], ["a", "b", "c"])


def test_figures_of_known_maps() -> None:
    found = MapTests().of("theirs", batch())
    assert list(found) == list(IMAGE_COLUMNS)
    own = found[found["explainer"] == "theirs"].set_index(["measure", "image"])["value"]
    assert own["gini", "a"] == pytest.approx(0)
    assert own["gini", "b"] == pytest.approx(1 - 1 / SIZE**2)
    assert own["entropy", "a"] == pytest.approx(np.log(SIZE**2))
    assert own["entropy", "b"] == pytest.approx(0)
    assert own["spread", "b"] == pytest.approx(1 / SIZE**2)
    assert own[:, "c"].isna().all()
    assert set(found["explainer"]) == {"theirs", "noise", "gaussian", "landmark_density", "random blobs"}
    assert found.groupby("image")["group"].nunique().eq(1).all()
    assert found["group"].nunique() == 3


def test_baselines_of_an_image_are_the_same_in_whatever_batch() -> None:
    one, tests = batch(), MapTests()
    alone = LocalMaps(one.maps[1:2], one.landmarks[1:2], ["fear"], ["bob"], ["b"])
    together, by_itself = (
        part[part["explainer"].eq("noise") & part["image"].eq("b")]["value"].to_numpy()
        for part in (tests.of("theirs", one), tests.of("theirs", alone))
    )
    np.testing.assert_array_equal(together, by_itself)


def test_each_test_is_made_or_named_as_left_out() -> None:
    tests = MapTests()
    assert set(tests.tests) == {"sparseness", "complexity"}
    assert {"deletion", "randomisation", "stability", "known_evidence"} <= set(tests.left_out)
    assert "\n" not in tests.line


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple:
    """Six people, a map of each expression by each of two explainers."""
    folder = tmp_path_factory.mktemp("theirs")
    maps = np.random.default_rng(0).random((2, 6, 6, *FRAME_SHAPE)).astype(np.float32)
    np.save(folder / "maps.npy", maps.reshape(-1, *FRAME_SHAPE))
    rows = [
        {"heatmap": "maps.npy", "part": part, "image": f"{p}{EXPRESSIONS[e]}", "expression": EXPRESSIONS[e]}
        | {"subject": f"p{p}", "explainer": f"by{k}"}
        for part, (k, p, e) in enumerate(np.ndindex(2, 6, 6))
    ]
    places = np.broadcast_to(CANONICAL_POINTS[:68].reshape(-1), (len(rows), 136))
    pd.concat([pd.DataFrame(rows), pd.DataFrame(places, columns=list(POINTS))], axis=1).to_csv(
        folder / "maps.csv", index=False
    )
    command = ["import-heatmaps", "--table", str(folder / "maps.csv"), "--out", str(folder / "study")]
    assert run([*command, "--replicates", "2", "--local-scale", "none"]) == 0
    (done,) = read_study(folder / "study").runs
    return done, maps


def test_a_study_of_imported_maps_holds_tests_with_intervals_over_people(imported: tuple) -> None:
    done, _ = imported
    table = RunPaths.trust.read(done.paths)
    means = table[table["expression"].eq("") & table["measure"].eq("gini")].set_index("explainer")
    # Uniform values in [0, 1] have a Gini index of 1/3.
    assert means.loc[["by0", "by1", "noise"], "value"].to_numpy() == pytest.approx(1 / 3, abs=0.01)
    own = means.loc[["by0", "by1"]]
    assert (own["low"] < own["value"]).all()
    assert (own["value"] < own["high"]).all()
    assert means["n"].eq(36).all()
    assert RunPaths.trust_tests.read(done.paths)["sparseness"].title == "Sparseness"


def test_maps_of_single_people_are_kept_and_tell_how_steady_means_are(imported: tuple) -> None:
    done, maps = imported
    kept = read_people(done.paths.people, "by1", "fear")
    assert kept is not None
    assert kept.people == [f"/p{p}" for p in range(6)]
    expected = block_sums(block_sums(maps[1, :, EXPRESSIONS.index("fear")].astype(np.float64)))
    counts = block_sums(block_sums(np.ones((1, *FRAME_SHAPE))))
    np.testing.assert_allclose(kept.mean, expected / counts, atol=2e-3)
    cell = person_cell([done], "by1", "fear")
    assert isinstance(cell, PersonCell)
    assert len(cell.people) == 6
    assert cell.answers == {}
