"""The figures that come with the package."""

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.observers.make_figures import group_weights, reliabilities
from fer_xai.face.observers.shipped import (
    TILES,
    ShippedObserversReference,
    shipped_reliabilities,
    shipped_stimuli,
    shipped_weights,
)
from fer_xai.face.observers.stimuli import Stimuli

FIGURES = Path(str(files("fer_xai.face.observers"))) / "figures"
needs_data = pytest.mark.skipif(
    "FER_XAI_SHARED" not in os.environ, reason="FER_XAI_SHARED (data of observers) is not set"
)


def data() -> tuple[pd.DataFrame, Stimuli]:
    folder = Path(os.environ["FER_XAI_SHARED"]) / "people" / "tiles"
    return pd.read_csv(folder / "weights.csv"), Stimuli.read(folder / "stimuli.csv", "stimuli")


def test_the_reference_is_ten_groups_of_94_people() -> None:
    reference = ShippedObserversReference(frame=(55, 45))
    assert reference.expressions == (*EXPRESSIONS, "neutral")
    for expression in EXPRESSIONS:
        groups = reference.observers_of(expression)
        assert (groups.unit, len(groups)) == ("group", 10)
        assert 89 <= sum(groups.sizes) <= 94
        known = reference.known_of(expression)
        assert known.mean() > 0.9
        assert (reference.signed_of(expression)[known] < 0).any()
        assert 0.15 < reference.mask(expression)[known].mean() < 0.25
    assert reference.note == (
        "Observers saw only 2 faces per expression: what holds for these need not hold for faces at large."
    )


def test_no_row_of_the_data_is_shipped() -> None:
    rows = shipped_weights()
    assert len(rows) == 14 * 10
    assert (rows["n"] >= 5).all(), "each is a mean over several people"
    assert (rows["n"] <= rows["size"]).all()
    assert sum(file.stat().st_size for file in FIGURES.iterdir()) < 150_000
    assert {file.name for file in FIGURES.iterdir()} == {
        "SOURCE.md",
        "observers.csv",
        "reliabilities.csv",
        "stimuli.csv",
    }


def test_reliabilities_are_those_that_were_seen() -> None:
    told = shipped_reliabilities().set_index(["space", "metric", "expression"]).sort_index()
    by_tile = {"anger": 0.91, "disgust": 0.95, "happiness": 0.93, "surprise": 0.91}
    assert told.loc["tiles", "ncc"]["reliability"][list(by_tile)].to_dict() == pytest.approx(by_tile, abs=0.01)
    halves = dict(zip(EXPRESSIONS, (0.82, 0.91, 0.73, 0.83, 0.65, 0.78), strict=True))
    assert told.loc["canonical", "ncc"]["half"].to_dict() == pytest.approx(halves, abs=0.01)


@needs_data
def test_group_means_and_photographs_are_those_of_the_data() -> None:
    weights, stimuli = data()
    again = group_weights(weights)
    pd.testing.assert_frame_equal(again, shipped_weights())
    people = sorted(weights["observer"].unique())
    some = weights[(weights["stimulus"] == "m_sadness") & weights["observer"].isin(people[3::10])]
    row = again[(again["stimulus"] == "m_sadness") & (again["group"] == 3)].iloc[0]
    np.testing.assert_allclose(row[TILES].to_numpy(float), some[TILES].mean(), atol=0.051)
    for name in stimuli.expressions:
        np.testing.assert_allclose(shipped_stimuli().landmarks_of(name), stimuli.landmarks_of(name), atol=0.051)
        assert shipped_stimuli().size_of(name) == stimuli.size_of(name)
        assert shipped_stimuli().expression_of(name) == stimuli.expression_of(name)


@needs_data
@pytest.mark.slow
def test_reliabilities_are_those_of_the_data() -> None:
    again = reliabilities(*data())
    keys = ["expression", "space", "metric"]
    pd.testing.assert_frame_equal(
        again.set_index(keys), shipped_reliabilities().set_index(keys), check_exact=False, atol=2e-4
    )


def test_references_of_observers_need_no_torch() -> None:
    folder = FIGURES.parent
    modules = [f"fer_xai.face.observers.{path.stem}" for path in folder.glob("*.py") if path.stem != "__init__"]
    code = (
        f"import sys, importlib\nfor name in {modules}: importlib.import_module(name)\n"
        "from fer_xai.face.observers.shipped import ShippedObserversReference\n"
        "ShippedObserversReference(frame=(55, 45))\nsys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
