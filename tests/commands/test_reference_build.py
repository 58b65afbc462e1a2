"""`fer-xai reference build` on made-up data of observers, by the documented command alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from helpers.made_up_gaze import EXPRESSIONS, TARGETS, canonical, fixations, peak, tobii_samples, write_stimuli
from PIL import Image

from fer_xai.cli import run
from fer_xai.face.masks import ImagesReference
from fer_xai.face.observers.fixations import FixationsReference
from fer_xai.face.observers.pictures import MapsReference


def write_recordings(folder: Path, observers: int, people: int) -> tuple[str, str]:
    """A file of Tobii's columns for each observer and stimulus, and the table of the stimuli."""
    rng = np.random.default_rng(0)
    stimuli = [f"f{person:02}_{word}" for word in EXPRESSIONS for person in range(people)]
    (folder / "gaze").mkdir(parents=True)
    for observer in range(observers):
        for number, stimulus in enumerate(stimuli):
            person, word = stimulus.split("_")
            rows = tobii_samples(fixations(f"P{observer:02}", stimulus, rng), samples=2, first=1 + 6 * number)
            rows.to_csv(folder / "gaze" / f"P{observer:02}_{word}_{person}.csv", index=False)
    return str(folder / "gaze" / "*.csv"), str(write_stimuli(folder / "stimuli.csv", stimuli))


def build(*arguments: str) -> int:
    return run(["reference", "build", "metrics=[ncc]", *arguments])


def of_fixations(files: str, stimuli: str, out: Path) -> list[str]:
    settings = {"files": files, "stimuli": stimuli}
    return [
        "reference=fixations",
        *(f"reference.fixations.{key}={value}" for key, value in settings.items()),
        f"out={out}",
    ]


def test_a_folder_of_recordings_becomes_a_reference(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """120 files: 10 observers, 4 people, 3 expressions; the documented command alone."""
    files, stimuli = write_recordings(tmp_path, observers=10, people=4)
    out = tmp_path / "out"
    assert build(*of_fixations(files, stimuli, out)) == 0
    said = capsys.readouterr().out
    assert "120 files (columns: tobii)" in said
    assert "observers from the column ParticipantName, stimuli from the column MediaName" in said
    assert "720 fixations count, by their duration: of 10 observers, on 12 stimuli" in said
    assert "left out: 720 rows that are no fixation (Saccade), 720 rows that are no fixation (Unclassified)" in said
    assert "anger: 10 observers, reliability of their mean map 0." in said or "map 1.00" in said
    assert {path.name for path in out.iterdir()} == {
        *(f"{word}.png" for word in EXPRESSIONS),
        *("maps.nc", "ceilings.csv", "dropped.csv"),
    }
    images = ImagesReference(out)
    assert images.expressions == EXPRESSIONS
    with xr.open_dataset(out / "maps.nc", engine="h5netcdf") as maps:
        assert maps["maps"].dims == ("expression", "observer", "y", "x")
        assert list(maps["observer"].values) == [f"P{observer:02}" for observer in range(10)]
        for word in EXPRESSIONS:
            mean = maps["mean"].sel(expression=word).values
            np.testing.assert_allclose(mean, maps["maps"].sel(expression=word).mean("observer").values, rtol=1e-4)
            place, wanted = peak(mean), canonical(*TARGETS[word])
            assert max(abs(a - b) for a, b in zip(place, wanted, strict=True)) <= 1
            assert np.asarray(Image.open(out / f"{word}.png"))[place[1], place[0]] == 255
            np.testing.assert_allclose(images.weights_of(word), np.nan_to_num(mean).clip(0) / mean.max(), atol=1 / 255)
    again = MapsReference(str(out / "maps.nc"))
    built = FixationsReference(files, stimuli)
    assert (again.expressions, again.note) == (built.expressions, built.note)
    for word in EXPRESSIONS:
        assert again.observers_of(word).names == built.observers_of(word).names
        np.testing.assert_array_equal(again.observers_of(word).maps, built.observers_of(word).maps)
    ceilings = pd.read_csv(out / "ceilings.csv")
    assert list(ceilings) == ["reference", "expression", "metric", "kind", "value", "low", "high", "n", "reason"]
    assert {"reliability", "ceiling", "leave_one_out"} <= set(ceilings["kind"])
    dropped = pd.read_csv(out / "dropped.csv")
    assert list(dropped) == ["observer", "stimulus", "reason", "n"]
    assert dropped["n"].sum() == 1440


def test_one_observer_has_no_ceiling_and_expressions_may_be_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    stimuli = write_stimuli(tmp_path / "stimuli.csv", ["f_anger", "f_fear"])
    gaze = tmp_path / "gaze.csv"
    gaze.write_text("observer,stimulus,x,y,duration\nann,f_anger,112,128,200\n")
    out = tmp_path / "out"
    assert build(*of_fixations(str(gaze), str(stimuli), out)) == 0
    said = capsys.readouterr().out
    assert "anger: one observer only, so there is no noise ceiling" in said
    assert "no observer for fear, which stimuli show" in said
    assert "Observers saw a single face per expression" in said
    assert not (out / "fear.png").exists()
    # Another build into the same folder leaves no picture of an expression that it lacks.
    gaze.write_text("observer,stimulus,x,y,duration\nann,f_fear,112,128,200\n")
    assert build(*of_fixations(str(gaze), str(stimuli), out)) == 0
    assert (out / "fear.png").exists()
    assert not (out / "anger.png").exists()


def test_masks_can_be_built_too_and_have_no_ceiling(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert build("reference=friesen_ekman", f"out={tmp_path}") == 0
    assert "masks have no observers, so there is no noise ceiling" in capsys.readouterr().out
    assert pd.read_csv(tmp_path / "ceilings.csv").empty
    assert (tmp_path / "surprise.png").exists()


@pytest.mark.parametrize(
    ("text", "settings", "said"),
    [
        ("who,stimulus,x,y,duration\nann,f_anger,1,2,3\n", [], "nothing tells who looked"),
        (
            "observer,stimulus,x,y,duration\nann,f_anger,1,2,3\n",
            ["reference.fixations.observer_column=Name(s)"],
            "there is no column 'Name(s)' (observer_column); there are: observer, stimulus, x, y, duration",
        ),
        ("observer,stimulus,x,y,duration\nann,g_joy,1,2,3\n", [], "no stimulus of gaze.csv has landmarks"),
        ("observer,stimulus,x,y,duration\nann,f_anger,900,2,3\n", [], "all 1 fixations lie outside their stimuli"),
        ("observer,stimulus,x,y,duration\nann,f_anger,1,2,3\n", ["reference.fixations.sigmas=1"], "unknown key"),
        (
            "observer,stimulus,x,y,duration\nann,f_anger,1,2,3\n",
            ["reference.fixations.pattern={who}.csv"],
            "field {who}",
        ),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, settings: list[str], said: str
):
    (tmp_path / "gaze.csv").write_text(text)
    stimuli = write_stimuli(tmp_path / "stimuli.csv", ["f_anger"])
    assert build(*of_fixations(str(tmp_path / "gaze.csv"), str(stimuli), tmp_path / "out"), *settings) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.strip().splitlines()) == 1


def test_a_reference_has_to_be_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert build(f"out={tmp_path}") == 2
    assert "reference" in capsys.readouterr().err
    assert run(["reference"]) == 2
    assert "'reference' wants one of: build" in capsys.readouterr().err
