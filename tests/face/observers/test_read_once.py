"""References of observers' files are read once by a process."""

from pathlib import Path

import pytest
from helpers.made_up_gaze import write_stimuli

from fer_xai.errors import UserError
from fer_xai.face.observers.fixations import FixationsReference
from fer_xai.face.observers.point_files import PointFiles


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows by one whenever files of places are read."""
    read, seen = PointFiles.read, []

    def counted(self: PointFiles, *args: object) -> object:
        seen.append(self.files)
        return read(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(PointFiles, "read", counted)
    return seen


def test_the_same_files_are_read_once(tmp_path: Path, readings: list[object]) -> None:
    stimuli = str(write_stimuli(tmp_path / "stimuli.csv", ["f_anger"]))
    gaze = tmp_path / "gaze.csv"
    gaze.write_text("observer,stimulus,x,y,duration\nann,f_anger,112,128,200\n")
    first = FixationsReference(str(gaze), stimuli)
    assert FixationsReference(files=str(gaze), stimuli=stimuli) is first
    assert len(readings) == 1
    assert FixationsReference(str(gaze), stimuli, sigma=0.1) is not first
    gaze.write_text("observer,stimulus,x,y,duration\nann,f_anger,112,128,200\nbob,f_anger,112,128,200\n")
    assert FixationsReference(str(gaze), stimuli).observers_of("anger").names == ("ann", "bob")
    (tmp_path / "stimuli.csv").write_text((tmp_path / "stimuli.csv").read_text() + "\n")
    FixationsReference(str(gaze), stimuli)
    assert len(readings) == 4


def test_what_cannot_be_read_complains_each_time(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(UserError, match=r"reference\.fixations\.files=.*there is no such file"):
            FixationsReference(str(tmp_path / "gaze.csv"), str(write_stimuli(tmp_path / "stimuli.csv", ["f_anger"])))
