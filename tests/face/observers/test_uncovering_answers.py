"""People's answers, as they come with the package and as they are counted anew."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import sem, t

from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.observers import uncovering_answers
from fer_xai.face.observers.make_answers import answer_intervals, count_answers, make_answers
from fer_xai.face.observers.uncovering_answers import peoples_answers, peoples_intervals


def test_answers_are_counted_by_what_was_shown_and_named():
    trials = pd.DataFrame(
        [("anger", "anger", "3-1"), ("anger", "fear", "4"), ("anger", "anger", "0-1-2-3"), ("fear", "fear", "7")],
        columns=["expression", "answer", "tiles"],
    )
    found = count_answers(trials).set_index(["expression", "answer"])
    assert found.loc[("anger", "anger")].tolist() == [2, 6]
    assert found.loc[("anger", "fear")].tolist() == [1, 1]
    assert found.loc[("fear", "anger")].tolist() == [0, 0]


def test_figures_of_the_paper_s_observers():
    people = peoples_answers()
    assert people.needed_overall == pytest.approx(11.7, abs=0.05)
    assert people.counts.to_numpy().sum() == 94 * 14 * 16
    assert people.needed["happiness"] == people.needed.min()
    assert np.allclose(people.shares.sum(axis=1), 1)
    assert people.shares.loc["happiness", "happiness"] == pytest.approx(0.974, abs=0.001)


@pytest.mark.skipif("FER_XAI_SHARED" not in os.environ, reason="FER_XAI_SHARED, the folder of the data, is not set")
def test_the_shipped_figures_are_those_of_the_data(tmp_path):
    make_answers(Path(os.environ["FER_XAI_SHARED"]) / "people" / "tiles", tmp_path)
    for name in ("answers.csv", "answer_intervals.csv"):
        assert (tmp_path / name).read_text() == Path(uncovering_answers.__file__).with_name(name).read_text()


def test_intervals_are_student_s_where_everybody_answers_as_often():
    """The jackknife of a mean is its standard error."""
    rng = np.random.default_rng(0)
    needed = rng.integers(1, 9, (12, 2))
    rows = [
        (observer, word, "anger", "-".join(["0"] * needed[observer, place]))
        for observer in range(12)
        for place, word in enumerate(("anger", "fear"))
    ]
    trials = pd.DataFrame(rows, columns=["observer", "expression", "answer", "tiles"])
    found = answer_intervals(trials).set_index(["measure", "expression"])
    for place, word in enumerate(("anger", "fear")):
        own = t.interval(0.95, 11, needed[:, place].mean(), sem(needed[:, place]))
        assert tuple(found.loc[("tiles needed", word), ["low", "high"]]) == pytest.approx(own, abs=1e-4)
    both = needed.mean(axis=1)
    own = t.interval(0.95, 11, both.mean(), sem(both))
    assert tuple(found.loc[("tiles needed", ""), ["low", "high"]]) == pytest.approx(own, abs=1e-4)
    assert tuple(found.loc[("accuracy", "fear"), ["low", "high", "n"]]) == (0, 0, 12)


def test_intervals_hold_the_figures_of_people():
    people, known = peoples_answers(), peoples_intervals().set_index(["measure", "expression"])
    for word in EXPRESSIONS:
        low, high, n = known.loc[("tiles needed", word)]
        assert (low < people.needed[word] < high, n) == (True, 94)
        low, high, _ = known.loc[("accuracy", word)]
        assert low < people.shares.loc[word, word] < high
