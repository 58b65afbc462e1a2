"""Weights of tiles, against arithmetic and against the published ones."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_xai.face.observers.tile_weights import tile_weights


def test_weights_by_arithmetic():
    """Answers after 1 and after 2 of 12 tiles; the third, after 5, is not among the quickest third."""
    shown = np.zeros((3, 12), dtype=bool)
    shown[0, 0] = shown[1, :2] = shown[2, 4:9] = True
    took_part = np.array([(3 / 4 + 2 / 4) / 2, 2 / 4 / 2, *[0] * 10])
    assert tile_weights(shown) == pytest.approx(100 * took_part / took_part.mean() - 100)


def test_without_a_quick_answer_nothing_is_defined():
    assert np.isnan(tile_weights(np.zeros((0, 48), dtype=bool))).all()
    assert np.isnan(tile_weights(np.ones((3, 48), dtype=bool))).all()


@pytest.mark.skipif("FER_XAI_SHARED" not in os.environ, reason="FER_XAI_SHARED, the folder of the data, is not set")
def test_weights_of_people_s_own_answers_are_the_published_ones():
    folder = Path(os.environ["FER_XAI_SHARED"]) / "people" / "tiles"
    published = pd.read_csv(folder / "weights.csv").set_index(["observer", "stimulus"])
    trials = pd.read_csv(folder / "trials.csv")
    trials = trials[trials["right"].eq(1) & trials["observer"].isin(sorted(set(trials["observer"]))[:20])]
    compared = 0
    for place, own in trials.groupby(["observer", "stimulus"]):
        shown = np.zeros((len(own), 48), dtype=bool)
        for row, tiles in enumerate(own["tiles"]):
            shown[row, [int(tile) for tile in tiles.split("-")]] = True
        wanted = published.loc[place, [f"t{tile}" for tile in range(48)]].to_numpy(dtype=float)
        np.testing.assert_allclose(tile_weights(shown), wanted, atol=0.051)
        compared += 1
    assert compared > 200
