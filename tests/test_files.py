import errno
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_xai.errors import UserError
from fer_xai.files import plain, read_json, write_csv, write_json, write_text, write_with


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    write_text(target, "old")

    def broken(temporary: Path) -> None:
        temporary.write_text("half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_with(target, broken)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


@pytest.mark.parametrize(
    ("code", "advice"), [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "not writable")]
)
def test_failed_write_says_what_to_do(tmp_path: Path, code: int, advice: str) -> None:
    def refused(_: Path) -> None:
        raise OSError(code, "message of the system")

    with pytest.raises(UserError, match=advice):
        write_with(tmp_path / "x", refused)
    assert not list(tmp_path.iterdir())


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "study").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        write_text(tmp_path / "study" / "a.txt", "")


def test_json_holds_no_nan(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": np.float32("nan"), "b": [np.int64(3), float("inf")], "c": np.array([0.5]), "d": Path("x")})
    assert json.loads(path.read_text()) == {"a": None, "b": [3, None], "c": [0.5], "d": "x"}
    assert plain((np.True_,)) == [True]


def test_broken_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text("{")
    with pytest.raises(UserError, match=r"run\.json"):
        read_json(path)


def test_csv_round_trip_is_exact(tmp_path: Path) -> None:
    frame = pd.DataFrame({"value": [1 / 3, np.nan], "name": ['a,"b"', "é"]})
    write_csv(tmp_path / "a.csv", frame)
    back = pd.read_csv(tmp_path / "a.csv", float_precision="round_trip")
    assert back["value"][0] == 1 / 3
    assert np.isnan(back["value"][1])
    assert list(back["name"]) == list(frame["name"])
