"""Eye tracking as a reference: fixations lie where the export says, and the map's peak there."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.made_up_gaze import (
    EXPRESSIONS,
    LANDMARKS,
    SIZE,
    TARGETS,
    canonical,
    fixations,
    peak,
    tobii_samples,
    write_stimuli,
)

from fer_xai.errors import UserError
from fer_xai.face.observers.fixations import FixationsReference

STIMULI = [f"f{person:02}_{word}" for word in EXPRESSIONS for person in range(2)]


@pytest.fixture
def stimuli(tmp_path: Path) -> str:
    return str(write_stimuli(tmp_path / "stimuli.csv", STIMULI))


@pytest.fixture
def truth() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.concat([fixations(o, s, rng) for o in ("ann", "bob", "cem") for s in STIMULI], ignore_index=True)


def check(reference: FixationsReference) -> None:
    assert reference.expressions == EXPRESSIONS
    for expression, target in TARGETS.items():
        found, wanted = peak(reference.signed_of(expression)), canonical(*target)
        assert max(abs(a - b) for a, b in zip(found, wanted, strict=True)) <= 1, expression
        assert reference.observers_of(expression).names == ("ann", "bob", "cem")
        for one in reference.observers_of(expression).maps:
            assert max(abs(a - b) for a, b in zip(peak(one), wanted, strict=True)) <= 1


def test_a_plain_table(tmp_path: Path, truth: pd.DataFrame, stimuli: str):
    truth.to_csv(tmp_path / "gaze.csv", index=False)
    reference = FixationsReference(str(tmp_path / "gaze.csv"), stimuli)
    check(reference)
    assert reference.reading.facts[-1] == "108 fixations count, by their duration: of 3 observers, on 6 stimuli"
    assert reference.reading.left_out.empty


def test_tobii_studio_a_file_per_stimulus(tmp_path: Path, truth: pd.DataFrame, stimuli: str):
    for stimulus, rows in truth.groupby("stimulus"):
        export = tobii_samples(rows).drop(columns="MediaName")
        export.to_csv(tmp_path / f"{stimulus}.csv", index=False, sep=";", decimal=",")
    check(FixationsReference(str(tmp_path / "*.csv"), stimuli))


def test_tobii_pro_lab_on_the_screen_at_twice_the_size(tmp_path: Path, truth: pd.DataFrame, stimuli: str):
    table = pd.DataFrame(
        {
            "Participant name": truth["observer"],
            "Presented Media name": truth["stimulus"] + ".png",
            "Eye movement type": "Fixation",
            "Eye movement type index": truth["fixation index"],
            "Gaze event duration": truth["duration"],
            "Fixation point X": 2 * truth["x"] + 400.5,
            "Fixation point Y": 2 * truth["y"] + 100.5,
            "Presented Media position X (DACSpx)": 400,
            "Presented Media position Y (DACSpx)": 100,
            "Presented Media width": 2 * SIZE[0],
            "Presented Media height": 2 * SIZE[1],
        }
    )
    table.to_csv(tmp_path / "export.tsv", sep="\t", index=False, encoding="utf-16")
    check(FixationsReference(str(tmp_path / "export.tsv"), stimuli))


def test_eyelink_in_the_middle_of_the_screen(tmp_path: Path, truth: pd.DataFrame, stimuli: str):
    table = pd.DataFrame(
        {
            "RECORDING_SESSION_LABEL": truth["observer"],
            "TRIAL_INDEX": truth.groupby(["observer", "stimulus"]).ngroup(),
            "image": truth["stimulus"] + ".jpg",
            "CURRENT_FIX_INDEX": truth["fixation index"],
            "CURRENT_FIX_START": truth["onset"],
            "CURRENT_FIX_DURATION": truth["duration"],
            "CURRENT_FIX_X": truth["x"] + (1024 - SIZE[0]) / 2,
            "CURRENT_FIX_Y": truth["y"] + (768 - SIZE[1]) / 2,
        }
    )
    table.loc[len(table)] = ["ann", 0, "f00_anger.jpg", 9, 9000, 200, np.nan, np.nan]
    table.to_csv(tmp_path / "fixations.txt", sep="\t", index=False, na_rep=".")
    check(FixationsReference(str(tmp_path / "fixations.txt"), stimuli, screen=[1024, 768]))
    with pytest.raises(UserError, match=r"nothing tells where the stimuli were.*reference.fixations.screen"):
        FixationsReference(str(tmp_path / "fixations.txt"), stimuli)


def test_files_of_each_observer_and_stimulus_without_names_inside(tmp_path: Path, truth: pd.DataFrame, stimuli: str):
    for (observer, stimulus), rows in truth.groupby(["observer", "stimulus"]):
        person, word = stimulus.split("_")
        rows[["x", "y", "duration"]].to_csv(tmp_path / f"{observer}-{word}-{person}.csv", index=False)
    reference = FixationsReference(str(tmp_path), stimuli)
    check(reference)
    assert "observers from the names of the files, stimuli from the names of the files" in reference.reading.facts


def test_observers_and_showings_weigh_alike(tmp_path: Path, stimuli: str):
    """One looks ten times as long, and at one face more often: both are half of the mean."""
    lines = ["observer,stimulus,x,y,duration", *["ann,f00_anger,112,128,2000"] * 5, "bob,f01_anger,180,128,200"]
    (tmp_path / "gaze.csv").write_text("\n".join(lines))
    reference = FixationsReference(str(tmp_path / "gaze.csv"), stimuli)
    (xa, ya), (xb, yb) = canonical(112, 128), canonical(180, 128)
    signed = reference.signed_of("anger")
    np.testing.assert_allclose(signed[ya, xa], signed[yb, xb], rtol=0.02)


def test_what_lies_outside_is_left_out_and_counted(tmp_path: Path, stimuli: str):
    lines = ["observer,stimulus,x,y,duration", "ann,f00_anger,112,128,200", "ann,f00_anger,400,128,200"]
    (tmp_path / "gaze.csv").write_text("\n".join([*lines, "bob,f00_anger,-3,5,100"]))
    reference = FixationsReference(str(tmp_path / "gaze.csv"), stimuli)
    assert reference.reading.left_out.to_dict("records") == [
        {"observer": "ann", "stimulus": "f00_anger", "reason": "outside the stimulus", "n": 1},
        {"observer": "bob", "stimulus": "f00_anger", "reason": "outside the stimulus", "n": 1},
    ]
    assert reference.observers_of("anger").names == ("ann",)
    assert reference.expressions == ("anger",)


def test_all_outside_is_one_line(tmp_path: Path, stimuli: str):
    (tmp_path / "gaze.csv").write_text("observer,stimulus,x,y,duration\nann,f00_anger,900,500,200\n")
    with pytest.raises(UserError) as error:
        FixationsReference(str(tmp_path / "gaze.csv"), stimuli)
    assert "all 1 fixations lie outside their stimuli: x from 900 to 900, y from 500 to 500" in str(error.value)


def test_the_gaussian_is_as_wide_as_said(tmp_path: Path, stimuli: str):
    """At one standard deviation from its only fixation, a map is exp(-1/2) of its peak."""
    (tmp_path / "gaze.csv").write_text("observer,stimulus,x,y,duration\nann,f00_anger,150,180,200\n")
    width = float(np.linalg.norm(LANDMARKS[16] - LANDMARKS[0]))
    settings = [
        {"sigma": 20 / width},
        {"degrees": 0.5, "px_per_degree": 40},
        {"degrees": 1, "px_per_degree": 40, "scale": 2},
    ]
    (x, y), (right, _) = canonical(150, 180), canonical(170, 180)
    for options in settings:
        # With a scale, places are those of what was shown, too.
        text = "observer,stimulus,x,y,duration\nann,f00_anger,150,180,200\n"
        (tmp_path / "gaze.csv").write_text(text if "scale" not in options else text.replace("150,180", "300.5,360.5"))
        signed = FixationsReference(str(tmp_path / "gaze.csv"), stimuli, **options).signed_of("anger")
        np.testing.assert_allclose(signed[y, right] / signed[y, x], np.exp(-0.5), atol=0.03)
    with pytest.raises(UserError, match=r"degrees=1 needs reference\.fixations\.px_per_degree"):
        FixationsReference(str(tmp_path / "gaze.csv"), stimuli, degrees=1)
    with pytest.raises(UserError, match="sigma=0: a number above 0"):
        FixationsReference(str(tmp_path / "gaze.csv"), stimuli, sigma=0)


def test_stimuli_without_landmarks_are_one_line(tmp_path: Path, truth: pd.DataFrame):
    truth.to_csv(tmp_path / "gaze.csv", index=False)
    (tmp_path / "stimuli.csv").write_text("stimulus,expression,width,height\nf00_anger,anger,300,360\n")
    with pytest.raises(UserError, match="needs the columns x0, y0"):
        FixationsReference(str(tmp_path / "gaze.csv"), str(tmp_path / "stimuli.csv"))
