import numpy as np
import pandas as pd
import pytest

from fer_xai.data.face_table import FaceTable, count_reasons, left_out_rows, no_rows
from fer_xai.errors import UserError


def frame(*images: str) -> pd.DataFrame:
    n = len(images)
    return pd.DataFrame(
        {"image": images, "path": [f"/x/{i}" for i in images], "expression": "anger", "subject": "", "dataset": "d"},
        index=range(n),
    )


def test_table_holds_rows_and_nothing_left_out_by_default() -> None:
    table = FaceTable(frame("a", "b"))
    assert len(table) == 2
    assert list(table.left_out.columns) == ["image", "reason"]
    assert table.left_out.empty


def test_table_refuses_ids_that_occur_twice() -> None:
    with pytest.raises(UserError, match="'a' occurs twice"):
        FaceTable(frame("a", "a"))


def test_empty_table_says_what_was_left_out() -> None:
    with pytest.raises(UserError, match="2 expression not in the study"):
        FaceTable(frame(), left_out=left_out_rows(["a", "b"], ["expression not in the study: neutral"] * 2))


def test_table_refuses_landmarks_of_another_shape_and_missing_columns() -> None:
    with pytest.raises(ValueError, match="landmarks"):
        FaceTable(frame("a"), np.zeros((2, 68, 2), np.float32))
    with pytest.raises(ValueError, match="subject"):
        FaceTable(frame("a").drop(columns="subject"))


def test_reasons_are_counted_by_what_comes_before_the_colon() -> None:
    rows = left_out_rows(["a", "b", "c"], ["cannot be read: x", "no face found", "cannot be read: y"])
    assert count_reasons(rows) == {"cannot be read": 2, "no face found": 1}
    assert count_reasons(no_rows()) == {}
