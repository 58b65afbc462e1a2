"""Groups of people: who is in which, and which cannot be compared."""

import pandas as pd
import pytest

from fer_xai.analysis.subjects.groupings import groupings
from fer_xai.errors import UserError
from fer_xai.results.group_columns import kept_columns


def predictions(**columns: list[object]) -> pd.DataFrame:
    """Two images of each of 12 people."""
    rows = [(f"{person}_{image}.png", "d", f"p{person}") for person in range(12) for image in range(2)]
    frame = pd.DataFrame(rows, columns=["image", "dataset", "subject"])
    return frame.assign(**{name: [word for word in words for _ in range(2)] for name, words in columns.items()})


SEX = ["female"] * 5 + ["male"] * 6 + [""]


def test_people_are_grouped_by_the_columns_there_are() -> None:
    (found,) = groupings(predictions(sex=SEX))
    assert (found.column, found.levels, found.remark) == ("sex", ("female", "male"), "")
    assert found.level_of["d/p4"] == "female"
    assert "d/p11" not in found.level_of
    assert list(found.contrasts()) == [("female", "male")]
    assert groupings(predictions()) == []
    assert groupings(pd.DataFrame()) == []


def test_several_groups_are_each_compared_with_all_others() -> None:
    words = ["a"] * 5 + ["b"] * 5 + ["c"] * 2
    (found,) = groupings(predictions(group=words))
    assert found.levels == ("a", "b")
    assert found.remark == "2 people are 'c', at least 5 are wanted"
    frame = pd.concat([predictions(group=words), predictions(group=["c"] * 12).assign(dataset="e")])
    assert list(groupings(frame)[0].contrasts()) == [("a", "others"), ("b", "others"), ("c", "others")]


def test_ages_are_cut_at_their_median() -> None:
    (found,) = groupings(predictions(age=list(range(20, 32))))
    assert found.levels == ("25.5 and above", "below 25.5")
    assert found.level_of["d/p0"] == "below 25.5"


def test_people_of_several_values_are_left_out() -> None:
    frame = predictions(sex=["female"] * 6 + ["male"] * 6)
    frame.loc[0, "sex"] = "male"
    (found,) = groupings(frame)
    assert found.remark == "1 people have several values and are left out"
    assert len(found.level_of) == 11


@pytest.mark.parametrize(
    ("columns", "named", "message"),
    [
        ({"sex": SEX}, "glasses", r"groups=glasses: predictions\.csv has no such column \(it has sex\)"),
        ({}, ["glasses"], r"it has none of sex, age and group\); runs keep it where they are trained with groups="),
        ({"glasses": ["yes"] * 12}, "glasses", "groups=glasses: all people are 'yes': nothing to compare"),
        ({"glasses": [""] * 12}, "glasses", "groups=glasses: it is not known of anybody: nothing to compare"),
        (
            {"glasses": ["yes"] * 4 + ["no"] * 8},
            "glasses",
            "no two groups .*; 4 people are 'yes', at least 5",
        ),
        ({}, "true", "groups=true: that is no group of people"),
        ({}, "p_fear", "groups=p_fear: that is no group of people"),
    ],
)
def test_what_cannot_be_compared_is_told_where_it_was_asked_for(
    columns: dict[str, list[object]], named: object, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        groupings(predictions(**columns), named)


def test_what_cannot_be_compared_is_a_remark_where_nobody_asked() -> None:
    (found,) = groupings(predictions(sex=["male"] * 12))
    assert (found.levels, found.remark) == (("male",), "all people are 'male': nothing to compare")
    assert list(found.contrasts()) == []


def test_runs_keep_the_usual_columns_and_the_named_ones() -> None:
    columns = ["image", "age", "glasses", "sex", "content"]
    assert kept_columns(columns, None) == ["sex", "age"]
    assert kept_columns(columns, "glasses") == ["sex", "age", "glasses"]
    with pytest.raises(UserError, match=r"groups=beard: the data bring no such column \(they bring sex, age\)"):
        kept_columns(columns, ["beard"])
