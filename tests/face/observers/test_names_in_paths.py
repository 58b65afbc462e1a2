"""Who and what the paths of files speak of."""

from pathlib import Path

import pytest

from fer_xai.face.observers.file_names import StimulusNames, expression_within
from fer_xai.face.observers.names_in_paths import named_in_paths, observers_of

NAMES = StimulusNames(["f00_anger", "f01_anger", "f00_fear"])
STIMULI = ["f00_anger", "f00_anger", "f01_anger", "f01_anger"]


def who(paths: list[str]) -> list[str] | None:
    told = named_in_paths([Path("/study") / path for path in paths], NAMES.within)
    return observers_of([words for _, words in told], [found for found, _ in told])


@pytest.mark.parametrize(
    "form",
    [
        "{o}_{s}.csv",
        "{s}_{o}.csv",
        "2021-03-04 {o}_{s}.csv",
        "{o}_Rec 2_{s}.csv",
        "{o}/{s}.csv",
        "{s}/{o}.csv",
        "{s}/{o}_fixations.csv",
        "{o}/gaze_{s}.csv",
        "{o}/session1/{s}.csv",
        "{w}/{p}/{o}.csv",
        "{w}/{o}_{p}.csv",
        "{o}/{p} {w}/export.csv",
        "{o}_trial{n}_{s}_2021-03-0{n}_10.22.0{n}.csv",
    ],
)
def test_observers_and_stimuli_by_file_names_and_folders(form: str):
    """Whatever else stands there: dates, recordings, trials that are other ones in each file."""
    paths = [
        form.format(o=o, s=s, p=s.split("_")[0], w=s.split("_")[1], n=n)
        for n, (o, s) in enumerate(zip(["P1", "P2"] * 2, STIMULI, strict=True), 1)
    ]
    told = named_in_paths([Path("/study") / path for path in paths], NAMES.within)
    assert [found for found, _ in told] == STIMULI
    assert who(paths) == ["P1", "P2"] * 2


def test_a_file_for_each_observer():
    assert who(["ann.csv", "bob.csv"]) == ["ann", "bob"]
    assert who(["sub-01_task-faces.tsv", "sub-02_task-faces.tsv"]) == ["01", "02"]


def test_several_words_name_an_observer_where_no_single_one_does():
    assert who(["A_1_f00_anger.csv", "A_2_f00_anger.csv", "B_1_f00_anger.csv", "B_2_f00_anger.csv"]) == [
        *("A_1", "A_2", "B_1", "B_2")
    ]
    assert who(["ann_f00_anger.csv", "ann marie_f00_anger.csv"]) == ["ann", "ann_marie"]


def test_what_all_files_share_names_nobody():
    assert who(["eye_f00_anger.csv", "eye_f01_anger.csv"]) is None
    assert who(["f00_anger.csv", "f01_anger.csv"]) is None
    assert who(["P1_f00_anger.csv", "f01_anger.csv"]) is None


def test_the_folder_of_all_files_may_name_what_they_speak_of():
    told = named_in_paths([Path("/study/anger/f00/P1.csv"), Path("/study/anger/f01/P1.csv")], NAMES.within)
    assert [found for found, _ in told] == ["f00_anger", "f01_anger"]


def test_expressions_by_folders():
    files = [Path(f"/study/{word}/P1_f00.csv") for word in ("Happy", "fearful")]
    assert [word for word, _ in named_in_paths(files, expression_within)] == ["happiness", "fear"]
