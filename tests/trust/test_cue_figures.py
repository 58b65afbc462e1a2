"""What a planted cue is to one map of one face."""

import math

import numpy as np
import pytest

from fer_xai.trust.cue_figures import FIRST, RELEVANCE, VALUE, cue_figures

#: The cue shows in the first column, an action unit in the last.
PLACES = np.zeros((2, 4, 4))
PLACES[0, :, 0] = PLACES[1, :, 3] = 0.25


def test_relevance_is_told_against_the_mean_of_the_map():
    heatmap = np.zeros((4, 4))
    heatmap[:, 0] = 3
    assert cue_figures(heatmap, PLACES, np.array([2.0, 1.0]), 0) == {VALUE: 2, RELEVANCE: 4, FIRST: 1}
    assert cue_figures(-heatmap, PLACES, np.array([2.0, 1.0]), 0) == {VALUE: 2, RELEVANCE: -4, FIRST: 0}
    assert cue_figures(heatmap, PLACES, np.array([2.0, 1.0]), 1) == {VALUE: 1, RELEVANCE: 0, FIRST: 0}


def test_map_that_is_the_same_everywhere_is_one_and_draws_lots():
    assert cue_figures(np.full((4, 4), 7.0), PLACES, np.zeros(2), 0) == {
        VALUE: 0,
        RELEVANCE: pytest.approx(1),
        FIRST: 0.5,
    }


def test_map_that_says_nothing_and_one_that_is_not_finite():
    assert cue_figures(np.zeros((4, 4)), PLACES, np.zeros(2), 0) == {VALUE: 0, RELEVANCE: 0, FIRST: 0.5}
    assert cue_figures(np.full((4, 4), np.nan), PLACES, np.array([3.0, 0.0]), 0) == {VALUE: 3}
    assert math.isnan(cue_figures(np.ones((4, 4)), PLACES[:1], np.ones(1), 0)[FIRST])
