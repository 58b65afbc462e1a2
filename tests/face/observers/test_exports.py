"""Which columns of an export are which."""

import pytest

from fer_xai.errors import UserError
from fer_xai.face.observers.exports import find_columns

WANTED = ("observer", "stimulus", "duration", "onset", "event", "index", "trial", "left", "top", "wide", "high")


def found(columns: list[str], chosen: dict[str, str | None] | None = None, export: str | None = None):
    return find_columns(columns, chosen or {}, WANTED, export, "reference.fixations: a.csv")


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("FixationPointX(MCSpx)", "FixationPointY(MCSpx)"),
        ("FixationPointX (MCSpx)", "FixationPointY (MCSpx)"),
        ("FixationPointX..MCSpx.", "FixationPointY..MCSpx."),
    ],
)
def test_tobii_studio(x: str, y: str):
    others = ["ExportDate", "ParticipantName", "MediaName", "RecordingTimestamp", "FixationIndex", "GazeEventType"]
    columns = found([*others, "GazeEventDuration", "GazePointX (ADCSpx)", "GazePointY (ADCSpx)", x, y])
    assert columns.names == {
        "observer": "ParticipantName",
        "stimulus": "MediaName",
        "duration": "GazeEventDuration",
        "onset": "RecordingTimestamp",
        "event": "GazeEventType",
        "index": "FixationIndex",
        "x": x,
        "y": y,
    }
    assert (columns.export.name, columns.coordinates, columns.export.clock) == ("tobii", "stimulus", "recording")


def test_tobii_pro_lab_tells_where_the_stimulus_was():
    columns = found(
        [
            *("Recording timestamp [μs]", "Participant name", "Presented Media name", "Eye movement type"),
            *("Eye movement type index", "Gaze event duration [ms]", "Fixation point X [DACS px]"),
            *("Fixation point Y [DACS px]", "Presented Media position X (DACSpx)"),
            *("Presented Media position Y (DACSpx)", "Presented Media width", "Presented Media height"),
        ]
    )
    assert columns.names["x"] == "Fixation point X [DACS px]"
    assert columns.names["left"] == "Presented Media position X (DACSpx)"
    assert (columns.coordinates, columns.to_ms) == ("screen", 1e-3)
    assert found(["Participant name", "Fixation point X", "Fixation point Y"]).coordinates == "screen"
    assert found(["Fixation point X (MCSnorm)", "Fixation point Y (MCSnorm)"]).coordinates == "share"


def test_eyelink_with_a_variable_of_the_experiment():
    columns = found(
        [
            *("RECORDING_SESSION_LABEL", "TRIAL_INDEX", "CURRENT_FIX_X", "CURRENT_FIX_Y", "CURRENT_FIX_DURATION"),
            *("CURRENT_FIX_INDEX", "CURRENT_FIX_START", "image"),
        ]
    )
    assert columns.names["observer"] == "RECORDING_SESSION_LABEL"
    assert (columns.names["stimulus"], columns.names["trial"]) == ("image", "TRIAL_INDEX")
    assert (columns.coordinates, columns.export.clock) == ("screen", "trial")


def test_a_plain_table():
    columns = found(["Subject ID", "stimulus", "X", "Y", "duration_ms"])
    assert columns.names == {
        "observer": "Subject ID",
        "stimulus": "stimulus",
        "duration": "duration_ms",
        "x": "X",
        "y": "Y",
    }
    assert columns.coordinates == "stimulus"


def test_columns_by_setting_come_first():
    columns = found(
        ["who", "observer", "left eye", "down", "x", "y"], {"observer": "who", "x": "Left Eye", "y": "down"}
    )
    assert [columns.names[role] for role in ("observer", "x", "y")] == ["who", "left eye", "down"]


def test_what_is_not_there_is_one_line():
    with pytest.raises(UserError) as error:
        found(["who", "x", "y"], {"observer": "person"})
    assert "a.csv: there is no column 'person' (observer_column); there are: who, x, y" in str(error.value)
    with pytest.raises(UserError, match=r"no columns of the usual names for x and y \(there are: who, across\)"):
        found(["who", "across"])
    with pytest.raises(UserError, match="no columns of the usual names"):
        found(["observer", "x", "y"], export="tobii")
