"""Which files hold what observers did, and what their names say."""

from pathlib import Path

import pytest

from fer_xai.errors import UserError
from fer_xai.face.observers.file_names import StimulusNames, by_pattern, by_table, list_files


def touch(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return [folder / name for name in names]


def test_files_by_pattern_folder_and_list(tmp_path: Path):
    a, b, table = touch(tmp_path, "one/a.csv", "two/b.tsv", "stimuli.csv")
    touch(tmp_path, "one/notes.pdf", "one/.hidden.csv")
    assert list_files(str(tmp_path / "*/*.*sv"), "files") == [a, b]
    assert list_files(str(tmp_path), "files", but=[table]) == [a, b]
    assert list_files([str(b), str(tmp_path / "**" / "*.csv")], "files") == [b, a, table]
    with pytest.raises(UserError, match=r"files=.*nothing.csv: there is no such file"):
        list_files([str(a), str(tmp_path / "nothing.csv")], "files")
    with pytest.raises(UserError, match="files is needed"):
        list_files(None, "files")
    with pytest.raises(UserError, match="it is a file, a pattern"):
        list_files([], "files")


@pytest.mark.parametrize(
    ("name", "stimulus", "rest"),
    [
        ("P01_anger_f03", "f03_anger", "P01"),
        ("P01_f03_anger", "f03_anger", "P01"),
        ("f03-Angry", "f03_anger", ""),
        ("fear_f03 P7 session2", "f03_fear", "P7_session2"),
        ("2_f03_fear_2", "f03_fear_2", "2"),
        ("f03_fear_P3", "f03_fear", "P3"),
        ("eye_m01_happy.v2", "m01_happiness", "eye_v2"),
    ],
)
def test_stimuli_within_names_of_files(name: str, stimulus: str, rest: str):
    names = StimulusNames(["f03_anger", "f03_fear", "f03_fear_2", "m01_happiness"])
    assert names.within(name) == (stimulus, rest)


def test_numbers_lose_zeros_in_spreadsheets():
    names = StimulusNames(["3", "012", "f_7"])
    assert (names.find("003.csv"), names.find("12"), names.within("gaze_0012")) == ("3", "012", ("012", "gaze"))
    assert StimulusNames(["1", "01"]).find("01") == "01"


def test_what_is_no_stimulus_or_two():
    names = StimulusNames(["f_anger", "anger_m", "f_fear"])
    assert names.within("P01_m_fear") is None
    assert names.within("f_anger_m") is None
    assert names.find(r"C:\pictures\F_Anger.bmp") == "f_anger"


def test_names_by_pattern(tmp_path: Path):
    files = [tmp_path / "P1" / "anger-f03.csv", tmp_path / "P2" / "fear-f03.csv"]
    named = by_pattern(files, "{observer}/{expression}-{stimulus}.csv", "reference.fixations.pattern")
    assert named.to_dict("list") == {"observer": ["P1", "P2"], "expression": ["anger", "fear"], "stimulus": ["f03"] * 2}
    assert list(by_pattern(files, "{expression}-{stimulus}", "key")["stimulus"]) == ["f03", "f03"]
    with pytest.raises(UserError, match=r"key=\{observer\}_\{stimulus\} does not fit the file anger-f03.csv"):
        by_pattern(files, "{observer}_{stimulus}", "key")


def test_names_by_table(tmp_path: Path):
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    table = tmp_path / "files.csv"
    table.write_text("File;Observer;Stimulus\nb;P2;f_fear\na.csv;P1;f_anger\n")
    assert by_table(files, str(table), "key").to_dict("list") == {
        "observer": ["P1", "P2"],
        "stimulus": ["f_anger", "f_fear"],
    }
    with pytest.raises(UserError, match=r"does not name the file c.csv"):
        by_table([*files, tmp_path / "c.csv"], str(table), "key")
    table.write_text("name,who\na,P1\n")
    with pytest.raises(UserError, match="needs the columns file and observer, or stimulus, or both; it has: name, who"):
        by_table(files, str(table), "key")
