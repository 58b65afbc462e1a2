"""People's answers, as they come with the package and as they are counted anew."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_xai.face.observers import answers
from fer_xai.face.observers.answers import peoples_answers
from fer_xai.face.observers.make_answers import count_answers, make_answers


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
    make_answers(Path(os.environ["FER_XAI_SHARED"]) / "people" / "tiles", tmp_path / "answers.csv")
    assert (tmp_path / "answers.csv").read_text() == Path(answers.__file__).with_name("answers.csv").read_text()
