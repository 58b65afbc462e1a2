"""Weights of tiles as a reference: the published formula, the grid, and bad input."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.made_up_tiles import FRAME, LANDMARKS, SIZE, stimuli_table, weights_table, write

from fer_xai.errors import UserError
from fer_xai.face.observers.maps import over_stimuli
from fer_xai.face.observers.numpy_warp import look_up_of, warp_to_canonical
from fer_xai.face.observers.stimuli import Stimuli
from fer_xai.face.observers.tile_grid import TileGrid
from fer_xai.face.observers.tile_tables import TileTables
from fer_xai.face.observers.tiles import TilesReference

SMALL = {"rows": 4, "columns": 3}
COLUMNS = {role: role for role in ("observer", "stimulus", "answer", "right", "tiles")}


def one_tile(place: int, number: int = 12) -> np.ndarray:
    weights = np.full(number, -100.0)
    weights[place] = 100.0 * (number - 1)
    return weights


def build(
    tmp_path: Path, table: pd.DataFrame, stimuli: dict[str, str] | None = None, **settings: Any
) -> TilesReference:
    tables = write(tmp_path, stimuli or {"f": "anger", "m": "Angry", "s": "sad"}, table)
    return TilesReference(**{**tables, **SMALL, "frame": FRAME, **settings})


@pytest.mark.parametrize(("numbering", "place"), [("column", 7), ("row", 10)])
def test_a_tile_lies_where_its_number_says(tmp_path: Path, numbering: str, place: int) -> None:
    """The tile in the middle column, lowest row, of 3 x 4."""
    reference = build(tmp_path, weights_table({("a", "s"): one_tile(place)}), numbering=numbering)
    y, x = np.argwhere(reference.signed_of("sadness") > 1000).T
    rows, columns = FRAME
    assert rows * 0.73 < y.min() < y.max() < rows
    assert columns * 0.3 < x.min() < x.max() < columns * 0.7
    assert TileGrid(4, 3, numbering).tile_of_pixels(*SIZE)[75, 30] == place


def test_maps_are_those_of_painted_pictures() -> None:
    rng = np.random.default_rng(0)
    grid, values = TileGrid(5, 4, "row"), rng.normal(size=(2, 20))
    landmarks = LANDMARKS + rng.normal(0, 1, LANDMARKS.shape)
    painted = values[:, grid.tile_of_pixels(*SIZE)]
    maps = grid.to_canonical(values, SIZE, landmarks, FRAME)
    expected, valid = warp_to_canonical(painted[None], landmarks[None], FRAME)
    assert valid.mean() > 0.5
    np.testing.assert_allclose(maps[:, valid[0]], expected[0][:, valid[0]], atol=1e-5)
    shown = look_up_of(landmarks, SIZE[::-1], FRAME, smeared=True).valid
    np.testing.assert_array_equal(np.isfinite(maps), [shown, shown])
    values[0, 7], values[1] = np.nan, np.nan
    some = grid.to_canonical(values, SIZE, landmarks, FRAME)
    assert np.isnan(some[1]).all()
    both = np.isfinite(some[0])
    assert 0.8 < both.sum() / shown.sum() < 1
    np.testing.assert_allclose(some[0][both], maps[0][both])


def test_trials_give_the_published_weights_by_hand(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        [
            ("a", "f", "anger", 1, "3-11"),
            ("a", "f", "anger", 1, "3"),
            ("a", "f", "fear", 0, "0-1"),
            ("a", "f", "", 1, ""),
            ("a", "f", "anger", 1, "0-1-2-3-4"),
            ("b", "s", "anger", 0, "5"),
        ],
        columns=["observer", "stimulus", "answer", "right", "tiles"],
    )
    tables = write(tmp_path, {"f": "anger", "s": "sadness"}, rows)
    known = Stimuli.read(tables["stimuli"], "stimuli")
    weights = TileTables(TileGrid(4, 3), None, COLUMNS).read(Path(tables["files"]), known)
    # A third of twelve tiles: 4. Two right answers were quicker; they give tile 3 1/2 + 3/4, tile 11 1/2.
    expected = np.full(12, -100.0)
    expected[[3, 11]] = [100 * 1.25 / (1.75 / 12) - 100, 100 * 0.5 / (1.75 / 12) - 100]
    np.testing.assert_allclose(weights.loc[0, range(12)].to_numpy(float), expected)
    assert weights.loc[1, range(12)].isna().all()
    reference = TilesReference(**tables, **SMALL, frame=FRAME)
    assert reference.expressions == ("anger",), "nobody was quick and right about sadness"
    assert reference.observers_of("anger").names == ("a",), "one observer is a reference, though without a ceiling"
    assert reference.reading.facts[1:] == (
        "1 observers have weights for 1 stimuli",
        "nobody has weights for sadness, so the reference says nothing of it",
    )
    assert reference.reading.left_out.to_dict("records") == [
        {"observer": "b", "stimulus": "s", "reason": "no weight: no right answer that was quick enough", "n": 1}
    ]


@pytest.mark.parametrize("text", ["3,11", "t3 t11", "[3; 11]", "3 - 11", "03/11"])
def test_tiles_are_told_apart_by_whatever_is_no_digit(tmp_path: Path, text: str) -> None:
    rows = pd.DataFrame({"observer": ["a"], "stimulus": ["f"], "answer": ["Angry"], "tiles": [text]})
    uncovered = build(tmp_path, rows).signed_of("anger")
    rows["tiles"] = "4-12"
    np.testing.assert_allclose(build(tmp_path, rows, first_tile=1).signed_of("anger"), uncovered)


def test_answers_tell_what_is_right_where_no_column_does(tmp_path: Path) -> None:
    rows = pd.DataFrame({"observer": "a", "stimulus": ["f", "m"], "answer": ["fear", "anger"], "tiles": ["1", "2"]})
    told = build(tmp_path, rows.assign(right=["no", "TRUE"]))
    np.testing.assert_array_equal(build(tmp_path, rows).signed_of("anger"), told.signed_of("anger"))


def test_a_pixel_that_one_stimulus_shows_takes_its_value_and_each_stimulus_counts_the_same() -> None:
    nan = np.nan
    woman = np.array([[[1.0, 1, nan]], [[3.0, 3, nan]], [[2.0, 2, nan]]])
    man = np.array([[[nan, 6.0, 6]], [[nan] * 3], [[nan] * 3]])
    both = over_stimuli(["a", "b", "c"], [woman, man], [[1, 1, 1], [1, 0, 0]])
    np.testing.assert_allclose(both.mean(), [[2, (2 + 6) / 2, 6]])
    np.testing.assert_allclose(both.maps[:, 0, 0], [1, 3, 2])
    groups = over_stimuli(["g", "h"], [woman[:2], man[:2]], [[3, 1], [2, 0]], sizes=[3, 1], unit="group")
    np.testing.assert_allclose(groups.mean(), [[1.5, (1.5 + 6) / 2, 6]])
    everyone = over_stimuli(["a", "b"], [woman[:2], woman[:2] + 2], [[1, 1], [1, 1]])
    np.testing.assert_allclose(everyone.maps, woman[:2] + 1, err_msg="the mean of one's own stimuli, if all saw all")


@pytest.mark.parametrize(
    "how", [{"sep": ";", "decimal": ","}, {"sep": "\t", "encoding": "utf-16"}, {"encoding": "cp1252"}]
)
def test_tables_in_any_usual_form_are_read(tmp_path: Path, how: dict) -> None:
    rows = weights_table({("ä", "f"): one_tile(3) + 0.25, ("b", "f"): one_tile(4) - 0.25})
    plain = build(tmp_path, rows)
    other = TilesReference(**write(tmp_path, {"f": "anger"}, rows, **how), **SMALL, frame=FRAME)
    np.testing.assert_allclose(other.signed_of("anger"), plain.signed_of("anger"))
    assert other.observers_of("anger").names == ("b", "ä")


def test_the_table_of_weights_may_tell_expressions(tmp_path: Path) -> None:
    rows = weights_table({("a", "s1"): one_tile(0), ("a", "s2"): one_tile(1)}).assign(expression=["joy", "fear"])
    tables = write(tmp_path, {"s1": ""}, rows)
    stimuli_table({"s1": "", "s2": ""}).drop(columns="expression").to_csv(tables["stimuli"], index=False)
    reference = TilesReference(**tables, **SMALL, frame=FRAME)
    assert reference.expressions == ("fear", "happiness")
    assert (
        reference.note
        == "Observers saw a single face per expression: what holds for these need not hold for faces at large."
    )


@pytest.mark.parametrize(
    ("changes", "settings", "message"),
    [
        (
            {},
            {"rows": 5},
            r"12 columns of weights, t0 to t11: a grid of 3 columns x 5 rows has 15 tiles, 0 to 14; set ref",
        ),
        ({}, {"rows": 0}, r"reference\.tiles\.rows=0: a whole number"),
        ({}, {"numbering": "spiral"}, r"reference\.tiles\.numbering=spiral: known are column, row"),
        ({}, {"quickest": 13}, r"reference\.tiles\.quickest=13: a number of tiles above 0 and at most 12"),
        ({}, {"files": None}, r"reference\.tiles\.files is needed"),
        (
            {},
            {"observer_column": "who"},
            r"has no column who: name it by reference\.tiles\.observer_column; it has: observer",
        ),
        ({"stimulus": "x"}, {}, "has no stimulus x; there are: f, m, s"),
        ({"stimulus": ["f", "f"], "observer": "a"}, {}, "line 3: a second row of observer a and stimulus f"),
        ({"t3": ["1", "many"]}, {}, "column t3, line 3: 'many' is no number"),
        ({"observer": ["a", ""]}, {}, "line 3: observer or stimulus is empty"),
        ({f"t{n}": "" for n in range(12)}, {}, "no observer has a weight"),
    ],
)
def test_mistakes_in_weights_are_told_in_one_line(tmp_path: Path, changes: dict, settings: dict, message: str) -> None:
    rows = weights_table({("a", "f"): one_tile(0), ("b", "f"): one_tile(1)}).assign(**changes)
    with pytest.raises(UserError, match=message):
        build(tmp_path, rows, **settings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tiles": "3-12"}, r"line 2: there is no tile 12: a grid of 3 columns x 4 rows has 12 tiles, 0 to 11"),
        ({"tiles": "left eye"}, "'left eye' names no tiles, such as 21-41-3"),
        ({"right": "perhaps"}, "column right, line 2: 'perhaps' is neither 1 nor 0"),
        ({"answer": "angr"}, "line 2: unknown expression word 'angr'"),
    ],
)
def test_mistakes_in_trials_are_told_in_one_line(tmp_path: Path, changes: dict, message: str) -> None:
    rows = pd.DataFrame({"observer": ["a"], "stimulus": ["f"], "answer": ["anger"], "tiles": ["3"]}).assign(**changes)
    with pytest.raises(UserError, match=message):
        build(tmp_path, rows)


def test_a_table_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"neither a column tiles \(what was uncovered\) nor columns t0, t1"):
        build(tmp_path, pd.DataFrame({"observer": ["a"], "stimulus": ["f"]}))


@pytest.mark.skipif("FER_XAI_SHARED" not in os.environ, reason="FER_XAI_SHARED (data of observers) is not set")
def test_trials_give_every_published_weight() -> None:
    folder = Path(os.environ["FER_XAI_SHARED"]) / "people" / "tiles"
    known = Stimuli.read(folder / "stimuli.csv", "stimuli")
    tables = TileTables(TileGrid(), None, COLUMNS)
    given, computed = (
        tables.read(folder / name, known).set_index(["observer", "stimulus"]).sort_index()
        for name in ("weights.csv", "trials.csv")
    )
    assert len(given) == 1316
    assert given.index.equals(computed.index)
    difference = (given[range(48)] - computed[range(48)]).to_numpy()
    np.testing.assert_array_equal(np.isnan(given[range(48)]), np.isnan(computed[range(48)]))
    assert np.nanmax(np.abs(difference)) <= 0.05 + 1e-9, "they are rounded to one decimal"
