"""Rows of exports become fixations, each once."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.made_up_gaze import fixations, tobii_samples

from fer_xai.errors import UserError
from fer_xai.face.observers.fixation_rows import Choice
from fer_xai.face.observers.point_files import PointFiles
from fer_xai.face.observers.reading import LeftOut

ROLES = ("observer", "stimulus", "x", "y", "duration", "onset", "end", "event", "index", "trial")
NODE = "reference.fixations"


def chosen(table: pd.DataFrame, folder: Path, **settings: object) -> tuple[pd.DataFrame, dict[str, int]]:
    """What counts of a table."""
    table.to_csv(folder / "gaze.csv", index=False)
    source = PointFiles(str(folder / "gaze.csv"), None, None, None, dict.fromkeys(ROLES), NODE)
    left_out = LeftOut()
    rows, _ = source.read({"f_anger": "anger", "f_fear": "fear"}, left_out)
    return Choice(**settings).fixations(rows, left_out), left_out.reasons()  # type: ignore[arg-type]


def plain(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["observer", "stimulus", "x", "y", "duration"])


def test_rows_of_one_fixation_count_once(tmp_path: Path):
    """As many samples as its duration has: weighting by number must not count them."""
    rng = np.random.default_rng(0)
    truth = pd.concat([fixations("ann", "f_anger", rng), fixations("ann", "f_fear", rng)], ignore_index=True)
    parts = [tobii_samples(truth.iloc[:6], samples=7), tobii_samples(truth.iloc[6:], samples=3, first=7)]
    found, reasons = chosen(pd.concat(parts), tmp_path)
    key = ["observer", "stimulus", "x", "y", "duration"]
    pd.testing.assert_frame_equal(found[key].reset_index(drop=True), truth[key], check_dtype=False)
    np.testing.assert_array_equal(found["weight"], truth["duration"])
    assert reasons == {
        "rows that are no fixation (Saccade)": 12,
        "rows that are no fixation (Unclassified)": 12,
    }


def test_rows_in_another_order_are_the_same_fixations(tmp_path: Path):
    truth = fixations("ann", "f_anger", np.random.default_rng(0))
    found, _ = chosen(tobii_samples(truth).sample(frac=1, random_state=0), tmp_path)
    assert sorted(found["index"]) == truth["fixation index"].tolist()


@pytest.mark.parametrize("lost", [["FixationIndex"], ["FixationIndex", "SaccadeIndex", "RecordingTimestamp"]])
def test_without_numbers_the_same_place_and_duration_in_a_row_is_one_fixation(tmp_path: Path, lost: list[str]):
    truth = fixations("ann", "f_anger", np.random.default_rng(0)).assign(x=range(100, 106))
    found, _ = chosen(tobii_samples(truth).drop(columns=lost), tmp_path)
    assert found["x"].tolist() == truth["x"].tolist()


def test_numbers_that_begin_anew_are_another_showing(tmp_path: Path):
    table = plain(
        *[("ann", s, x, 9, 200) for s, x in zip(["f_anger"] * 2 + ["f_fear"] + ["f_anger"] * 2, range(5), strict=True)]
    )
    found, _ = chosen(table.assign(fixation_index=[1, 2, 1, 1, 2]), tmp_path)
    assert len(found) == 5
    once, _ = chosen(table.assign(fixation_index=[1, 1, 1, 2, 2]), tmp_path)
    assert once["x"].tolist() == [0, 2, 3]
    of_trials, _ = chosen(table.assign(fixation_index=1, trial=[1, 1, 2, 3, 4]), tmp_path)
    assert of_trials["x"].tolist() == [0, 2, 3, 4]


def test_plain_rows_of_the_same_place_are_several_fixations(tmp_path: Path):
    found, reasons = chosen(plain(*[("ann", "f_anger", 5, 6, 200)] * 3), tmp_path)
    assert len(found) == 3
    assert reasons == {}


def test_durations_and_numbers(tmp_path: Path):
    table = plain(("ann", "f_anger", 5, 6, 200), ("ann", "f_anger", 7, 8, 0), ("bob", "f_anger", 7, 8, ""))
    by_duration, reasons = chosen(table, tmp_path)
    assert by_duration["weight"].tolist() == [200]
    assert reasons == {"no duration": 2}
    by_number, reasons = chosen(table, tmp_path, weight="number")
    assert by_number["weight"].tolist() == [1, 1, 1]
    assert reasons == {}
    with pytest.raises(UserError, match=r"no fixation has a duration above 0.*reference.fixations.weight=number"):
        chosen(table.drop(columns="duration"), tmp_path)


def test_the_first_fixation_of_each_showing_may_be_left_out(tmp_path: Path):
    table = plain(*[(o, "f_anger", x, 6, 200) for o in ("ann", "bob") for x in range(3)])
    found, reasons = chosen(table, tmp_path, skip_first=True)
    assert found["x"].tolist() == [1, 2, 1, 2]
    assert reasons == {"first fixation": 2}
    by_time, _ = chosen(table.assign(onset=[20, 30, 10] * 2), tmp_path, skip_first=True)
    assert by_time["x"].tolist() == [0, 1, 0, 1]


def test_a_recording_shows_a_stimulus_again(tmp_path: Path):
    rng = np.random.default_rng(0)
    shown = [fixations("ann", stimulus, rng, number=3) for stimulus in ("f_anger", "f_fear", "f_anger")]
    recorded = [tobii_samples(rows, first=1 + 3 * n) for n, rows in enumerate(shown)]
    for n, part in enumerate(recorded):
        part["RecordingTimestamp"] += 60_000 * n
    found, reasons = chosen(pd.concat(recorded), tmp_path, skip_first=True)
    assert (len(found), reasons["first fixation"]) == (6, 3)
    # Times count from when the stimulus came: each first fixation begins then.
    found, reasons = chosen(pd.concat(recorded), tmp_path, window=[0, 1])
    assert (len(found), reasons["outside the time window"]) == (3, 6)


def test_a_time_window_takes_fixations_by_their_beginning(tmp_path: Path):
    table = plain(*[("ann", "f_anger", x, 6, 200) for x in range(4)]).assign(onset=[0, 300, 600, 900])
    found, reasons = chosen(table, tmp_path, window=[300, 900])
    assert found["x"].tolist() == [1, 2]
    assert reasons == {"outside the time window": 2}
    in_seconds, _ = chosen(table.assign(onset=[0, 0.3, 0.6, 0.9]), tmp_path, window=[300, 900], time_unit="s")
    assert in_seconds["x"].tolist() == [1, 2]
    with pytest.raises(UserError, match="no fixation begins then; they begin 0 to 900 ms after"):
        chosen(table, tmp_path, window=[2000, 3000])
    with pytest.raises(UserError, match="no column tells when fixations began"):
        chosen(table.drop(columns="onset"), tmp_path, window=[0, 900])


def test_no_fixation_is_one_line(tmp_path: Path):
    table = plain(("ann", "f_anger", 5, 6, 200))
    with pytest.raises(UserError, match=r"no event is a fixation \(there are: Saccade\)"):
        chosen(table.assign(event="Saccade"), tmp_path)
    with pytest.raises(UserError, match="no fixation has both an x and a y"):
        chosen(table.assign(x=""), tmp_path)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"weight": "length"}, "weight=length: known are duration, number"),
        ({"window": [900, 300]}, "window=[900, 300]: two times"),
        ({"window": [0]}, "two times in milliseconds"),
        ({"time_unit": "h"}, "time_unit=h: known are us, ms, s"),
    ],
)
def test_mistaken_settings_are_one_line(settings: dict[str, object], said: str):
    with pytest.raises(UserError) as error:
        Choice(**settings)  # type: ignore[arg-type]
    assert said in str(error.value)
