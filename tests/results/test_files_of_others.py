"""Files in a study that somebody else has made, or that were edited: refused in one line, whatever is in them."""

import json
from pathlib import Path

import pytest

from fer_xai.errors import UserError
from fer_xai.files import read_json
from fer_xai.results.duration import duration
from fer_xai.results.paths import RunPaths, StudyPaths
from fer_xai.results.plan import read_states


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("[" * 100_000, "nested more than 100 deep", id="bomb"),
        pytest.param("[" * 200 + "]" * 200, "nested more than 100 deep", id="deep"),
        pytest.param('{"a":' * 150 + "1" + "}" * 150, "nested more than 100 deep", id="objects"),
        ('{"a": 1e999}', "1e999 is no finite number"),
        ('{"a": [NaN]}', "NaN is no finite number"),
        ('{"a": -Infinity}', "-Infinity is no finite number"),
        pytest.param("9" * 5000, "cannot read", id="digits"),
    ],
)
def test_json_that_no_program_writes_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=told):
        read_json(tmp_path / "x.json")


def test_json_of_usual_depth_is_read(tmp_path: Path) -> None:
    content = {"a": [[{"b": [1, 2.5, None]}]]}
    (tmp_path / "x.json").write_text(json.dumps(content), encoding="utf-8")
    assert read_json(tmp_path / "x.json") == content


@pytest.mark.parametrize(
    "runs",
    [
        [{"job": ["x"], "overrides": []}],
        [{"job": {"a": 1}, "overrides": ["model=songnet"]}],
        [{"job": "x", "overrides": [1, None]}],
        [{"job": "x", "overrides": 3}],
        [None],
        7,
    ],
    ids=["list", "object", "numbers", "number", "nothing", "no list"],
)
def test_a_plan_of_other_types_is_no_plan(tmp_path: Path, runs: object) -> None:
    (tmp_path / "plan.json").write_text(json.dumps({"runs": runs}), encoding="utf-8")
    assert read_states(StudyPaths(tmp_path)) == []


def test_any_number_of_seconds_is_written() -> None:
    assert [duration(seconds) for seconds in (float("inf"), 1e300, -5.0, 3600.0)] == [
        *("inf s", "1e+300 s", "-5 s", "1:00:00"),
    ]


def test_words_in_a_column_of_numbers_are_one_line(tmp_path: Path) -> None:
    header = "metric,expression,value\n"
    (tmp_path / "classification.csv").write_text(f"{header}f1,anger,0.5\nf1,fear,=1+1\n", encoding="utf-8")
    with pytest.raises(UserError, match="its column value holds words, not numbers"):
        RunPaths.classification.read(RunPaths(tmp_path))
    (tmp_path / "classification.csv").write_text(f"{header}f1,anger,True\nf1,fear,False\n", encoding="utf-8")
    with pytest.raises(UserError, match="its column value holds words, not numbers"):
        RunPaths.classification.read(RunPaths(tmp_path))
    (tmp_path / "classification.csv").write_text(header, encoding="utf-8")
    assert RunPaths.classification.read(RunPaths(tmp_path)).empty
