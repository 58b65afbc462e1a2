"""Clicks and bubbles as a reference."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.made_up_gaze import canonical, peak, write_stimuli

from fer_xai.errors import UserError
from fer_xai.face.observers.clicks import ClicksReference


@pytest.fixture
def stimuli(tmp_path: Path) -> str:
    return str(write_stimuli(tmp_path / "stimuli.csv", ["f_anger", "f_fear"]))


def clicked(folder: Path, stimuli: str, table: pd.DataFrame, **settings: str) -> ClicksReference:
    table.to_csv(folder / "clicks.csv", index=False)
    return ClicksReference(str(folder / "clicks.csv"), stimuli, **settings)


def near(signed: np.ndarray, place: tuple[float, float]) -> bool:
    return max(abs(a - b) for a, b in zip(peak(signed), canonical(*place), strict=True)) <= 1


def test_clicks_lie_where_they_were(tmp_path: Path, stimuli: str):
    rows = [("ann", "f_anger.png", 112, 128), ("bob", "f_anger.png", 112, 128), ("ann", "f_fear.png", 150, 232)]
    reference = clicked(tmp_path, stimuli, pd.DataFrame(rows, columns=["subject", "image", "x", "y"]))
    assert reference.expressions == ("anger", "fear")
    assert near(reference.signed_of("anger"), (112, 128))
    assert near(reference.signed_of("fear"), (150, 232))
    assert reference.observers_of("anger").names == ("ann", "bob")
    assert reference.reading.facts[-1] == "3 clicks count: of 2 observers, on 2 stimuli"


def test_clicks_of_wrong_answers_do_not_count(tmp_path: Path, stimuli: str):
    rows = [("ann", "f_anger", 112, 128, 1), ("ann", "f_anger", 200, 250, 0), ("ann", "f_anger", 200, 250, 0)]
    reference = clicked(tmp_path, stimuli, pd.DataFrame(rows, columns=["observer", "stimulus", "x", "y", "right"]))
    assert near(reference.signed_of("anger"), (112, 128))
    assert reference.reading.left_out["reason"].tolist() == ["wrong answer"]
    assert reference.reading.left_out["n"].tolist() == [2]


@pytest.mark.parametrize(("right", "wrong"), [("yes", "no"), ("True", "False"), ("Correct", "incorrect"), ("1.0", "0")])
def test_answers_are_words_or_numbers(tmp_path: Path, stimuli: str, right: str, wrong: str):
    rows = [("ann", "f_anger", 112, 128, right), ("ann", "f_anger", 200, 250, wrong)]
    reference = clicked(tmp_path, stimuli, pd.DataFrame(rows, columns=["observer", "stimulus", "x", "y", "accuracy"]))
    assert near(reference.signed_of("anger"), (112, 128))
    assert reference.reading.left_out["reason"].tolist() == ["wrong answer"]


def test_weights_of_clicks(tmp_path: Path, stimuli: str):
    rows = [("ann", "f_anger", 112, 128, 3), ("ann", "f_anger", 200, 230, 1), ("ann", "f_anger", 90, 90, 0)]
    reference = clicked(tmp_path, stimuli, pd.DataFrame(rows, columns=["observer", "stimulus", "x", "y", "weight"]))
    signed = reference.signed_of("anger")
    (x, y), (x2, y2) = canonical(112, 128), canonical(200, 230)
    np.testing.assert_allclose(signed[y, x] / signed[y2, x2], 3, rtol=0.03)


def test_bubbles_of_right_answers_less_those_of_wrong_ones(tmp_path: Path, stimuli: str):
    """With as many right as wrong answers, both places weigh alike, with opposite signs."""
    rows = [("ann", "f_anger", *place, right, 24) for place, right in [((112, 128), 1), ((150, 232), 0)] * 3]
    table = pd.DataFrame(rows, columns=["observer", "stimulus", "x", "y", "right", "radius"])
    reference = clicked(tmp_path, stimuli, table)
    signed = reference.signed_of("anger")
    (x, y), (x2, y2) = canonical(112, 128), canonical(150, 232)
    assert near(signed, (112, 128))
    assert near(-signed, (150, 232))
    np.testing.assert_allclose(signed[y, x], -signed[y2, x2], rtol=0.02)
    # The aperture's standard deviation is half of its radius.
    (right, _) = canonical(124, 128)
    np.testing.assert_allclose(signed[y, right] / signed[y, x], np.exp(-0.5), atol=0.03)
    assert reference.reading.facts[-2:] == (
        "6 bubbles count: of 1 observers, on 1 stimuli",
        "no observer for fear, which stimuli show",
    )


def test_one_kind_of_answer_tells_nothing(tmp_path: Path, stimuli: str):
    rows = [("ann", "f_anger", 112, 128, 1, 24), ("bob", "f_anger", 9, 9, 1, 24), ("bob", "f_anger", 80, 90, 0, 24)]
    table = pd.DataFrame(rows, columns=["observer", "stimulus", "x", "y", "right", "radius"])
    reference = clicked(tmp_path, stimuli, table)
    assert reference.observers_of("anger").names == ("bob",)
    assert reference.reading.left_out["reason"].tolist() == ["one kind of answer alone"]
    with pytest.raises(UserError, match="nothing is left that weighs anything"):
        clicked(tmp_path, stimuli, table.head(1))


def test_mistakes_are_one_line(tmp_path: Path, stimuli: str):
    table = pd.DataFrame([("ann", "f_anger", 112, 128, 2)], columns=["observer", "stimulus", "x", "y", "right"])
    with pytest.raises(UserError, match="2 is neither 1"):
        clicked(tmp_path, stimuli, table)
    with pytest.raises(UserError, match="kind=dots: known are clicks, bubbles"):
        clicked(tmp_path, stimuli, table, kind="dots")
