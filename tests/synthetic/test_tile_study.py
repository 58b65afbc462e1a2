"""Drawn faces exported for an experiment with tiles, and its answers read back."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_xai.cli import run
from fer_xai.face.observers.stimuli import Stimuli
from fer_xai.face.observers.tile_grid import TileGrid
from fer_xai.face.observers.tiles import TilesReference
from fer_xai.synthetic.picture_plan import pictures
from fer_xai.synthetic.tile_study import trials_table

GRID = TileGrid(rows=4, columns=3)
EXPORT = ["data", "export", "data.subjects=1", "data.per_expression=1", "data.size=224", "rest=false", "tiles=true"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tiles")
    assert run([*EXPORT, f"out={out}", "observers=14", "grid.rows=4", "grid.columns=3", "data.workers=1"]) == 0
    return out


def test_what_an_experiment_needs_is_there(exported: Path) -> None:
    stimuli = Stimuli.read(exported / "stimuli.csv", "reference.tiles.stimuli")
    assert len(stimuli.expressions) == 6
    faces = {picture.name: picture for picture in pictures(1, 1, 0)}
    for name, shown in stimuli.expressions.items():
        assert (exported / "images" / f"{name}.png").is_file()
        assert shown == faces[name].expression
        np.testing.assert_allclose(stimuli.landmarks_of(name), faces[name].landmarks(224), atol=1e-3)
    grid = pd.read_csv(exported / "grid.csv")
    assert list(grid.iloc[7]) == [7, 75, 168, 149, 223], "the middle column, lowest row"


def test_orders_are_random_and_hang_on_nothing_but_observer_and_picture(exported: Path) -> None:
    trials = pd.read_csv(exported / "trials.csv", dtype=str)
    assert len(trials) == 14 * 6
    orders = trials["order"].str.split("-").map(lambda tiles: [int(tile) for tile in tiles])
    assert all(sorted(order) == list(range(12)) for order in orders)
    assert len({tuple(order) for order in orders}) == 14 * 6
    assert trials.groupby("observer")["stimulus"].agg(tuple).nunique() == 14, "stimuli come in an order of one's own"
    keys = ["observer", "stimulus"]
    more = trials_table(list(pictures(2, 1, 0)), 0, GRID, 15).set_index(keys)["order"]
    assert (more.loc[list(trials[keys].itertuples(index=False, name=None))].to_numpy() == trials["order"]).all()


def test_filled_in_answers_are_read_back(exported: Path) -> None:
    """Observers who answer, rightly, once the tile in the middle of the lowest row is uncovered."""
    trials = pd.read_csv(exported / "trials.csv", dtype=str, keep_default_na=False)
    stimuli = Stimuli.read(exported / "stimuli.csv", "reference.tiles.stimuli")
    for line, order in trials["order"].str.split("-").items():
        trials.loc[line, "tiles"] = "-".join(order[: order.index("7") + 1])
        trials.loc[line, "answer"] = stimuli.expression_of(trials.loc[line, "stimulus"])
    trials.loc[trials["observer"] == "o002", ["tiles", "answer"]] = ""
    answers = exported / "answers.csv"
    trials.to_csv(answers, index=False)
    reference = TilesReference(answers, exported / "stimuli.csv", rows=4, columns=3, quickest=12, frame=(55, 45))
    assert len(reference.expressions) == 6
    for expression in reference.expressions:
        assert "o002" not in reference.observers_of(expression).names, "whoever did not answer is no observer"
        assert len(reference.observers_of(expression)) > 6
        y, x = np.unravel_index(np.nanargmax(reference.signed_of(expression)), (55, 45))
        assert y > 38
        assert 8 < x < 36


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("grid.rows=0", "grid.rows=0: a whole number of at least 1"),
        ("grid.numbering=snake", "grid.numbering=snake: known are column, row"),
        ("observers=0", "observers=0: an experiment needs at least 1"),
        ("grid.tiles=3", "unknown key grid.tiles"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, capsys: pytest.CaptureFixture, setting: str, message: str) -> None:
    assert run([*EXPORT, f"out={tmp_path / 'none'}", setting]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "none").exists()
