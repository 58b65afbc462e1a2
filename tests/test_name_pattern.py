"""Patterns of file names."""

import pytest

from fer_xai.errors import UserError
from fer_xai.name_pattern import EXPRESSION_WORD, NamePattern

FIELDS = {"observer": None, "stimulus": None, "expression": EXPRESSION_WORD}


def test_fields_stand_between_what_the_pattern_says():
    pattern = NamePattern("{observer}/eye_{stimulus}.csv", FIELDS)
    assert pattern.fields == ("observer", "stimulus")
    assert pattern.values("P01/eye_f_anger.csv") == {"observer": "P01", "stimulus": "f_anger"}
    assert pattern.values("P01/more/eye_f_anger.csv") is None


def test_a_field_that_comes_twice_is_the_same_both_times():
    pattern = NamePattern("{observer}/{observer}_{expression}.csv", FIELDS)
    assert pattern.values("P1/P1_Happy.csv") == {"observer": "P1", "expression": "Happy"}
    assert pattern.values("P1/P2_Happy.csv") is None


def test_what_is_wrong_with_a_name_can_be_told():
    pattern = NamePattern("{observer}_{expression}.csv", FIELDS)
    assert pattern.values("P1_bored.csv") is None
    assert pattern.loosely("P1_bored.csv", "expression") == {"observer": "P1", "expression": "bored"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{person}.csv", "unknown field {person}: known are observer, stimulus, expression"),
        ("{observer}{stimulus}.csv", "nothing between {observer} and {stimulus}"),
        ("{observer.csv", "cannot be read"),
    ],
)
def test_a_mistaken_pattern_is_one_line(text: str, said: str):
    with pytest.raises(UserError, match=r"reference\.eyes\.pattern"):
        NamePattern(text, FIELDS, "reference.eyes.pattern")
    with pytest.raises(UserError) as error:
        NamePattern(text, FIELDS)
    assert said in str(error.value)
