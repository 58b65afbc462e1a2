"""Units that are one player in some faces and several in others."""

import math

import pandas as pd
import pytest

from fer_xai.analysis.steady_units import with_steady_units


def faces(*players: dict[str, float], expression: str = "fear") -> pd.DataFrame:
    rows = [
        ("net", 0, 0, f"i{number}", number, expression, unit, value)
        for number, own in enumerate(players)
        for unit, value in own.items()
    ]
    return pd.DataFrame(rows, columns=["network", "fold", "seed", "image", "group", "expression", "unit", "value"])


def values(frame: pd.DataFrame, image: str) -> dict[str, float]:
    own = frame[frame["image"].eq(image)]
    return dict(zip(own["unit"], own["value"], strict=True))


def test_what_is_joined_in_some_faces_is_joined_in_all_and_values_add_up():
    told = with_steady_units(
        faces({"AU1+AU4": 3.0, "AU2": 1.0, "AU20": 5.0}, {"AU1": 0.5, "AU2+AU4": 2.0, "AU20": 4.0}, {"AU20": 1.0})
    )
    assert values(told, "i0") == {"AU1+AU2+AU4": 4.0, "AU20": 5.0}
    assert values(told, "i1") == {"AU1+AU2+AU4": 2.5, "AU20": 4.0}
    assert values(told, "i2") == {"AU20": 1.0}


def test_what_is_seldom_joined_stays_apart():
    apart = [{"AU5": 1.0, "AU7": 2.0}] * 4
    told = with_steady_units(faces({"AU5+AU7": 9.0}, *apart))
    assert values(told, "i0") == {"AU5+AU7": 9.0}
    assert values(told, "i4") == {"AU5": 1.0, "AU7": 2.0}


def test_parts_of_a_unit_are_not_taken_for_the_whole():
    """In the last face AU4 is one with AU9, which it seldom is."""
    often = [{"AU1+AU4": 1.0, "AU9": 1.0}] * 5
    told = with_steady_units(faces(*often, {"AU1": 2.0, "AU4+AU9": 7.0}))
    assert values(told, "i5") == {"AU1": 2.0, "AU4+AU9": 7.0}


def test_units_without_effect_add_nothing_and_have_no_value_by_themselves():
    told = with_steady_units(faces({"AU25+AU26": 2.0, "AU16": math.nan}, {"AU25": 1.5, "AU26": math.nan, "AU16": 1.0}))
    assert values(told, "i1") == {"AU25+AU26": 1.5, "AU16": 1.0}
    assert values(told, "i0") == pytest.approx({"AU25+AU26": 2.0, "AU16": math.nan}, nan_ok=True)


def test_expressions_do_not_join_each_others_units():
    told = with_steady_units(
        pd.concat([faces({"AU4+AU9": 3.0}, expression="disgust"), faces({"AU4": 1.0, "AU9": 2.0}, expression="anger")])
    )
    own = told[told["expression"].eq("anger")]
    assert dict(zip(own["unit"], own["value"], strict=True)) == {"AU4": 1.0, "AU9": 2.0}
    assert with_steady_units(faces()).empty
