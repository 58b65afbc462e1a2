"""Exports in forms that programs and people write them in: each is read by the file and the stimuli alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.made_up_gaze import EXPRESSIONS, SIZE, fixations, write_stimuli

import fer_xai.face.observers.fixations as module
from fer_xai.errors import UserError
from fer_xai.face.observers.fixations import FixationsReference

STIMULI = [f"f{person:02}_{word}" for word in EXPRESSIONS for person in range(2)]
SCREEN = (1024, 768)


@pytest.fixture
def truth() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.concat([fixations(o, s, rng) for o in ("ann", "bob") for s in STIMULI], ignore_index=True)


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Reads a text as the only export, and gives the fixations that count, in pixels of their stimuli."""
    places: list[pd.DataFrame] = []
    real = module.on_stimuli
    monkeypatch.setattr(module, "on_stimuli", lambda *of: places.append(real(*of)) or places[-1])
    write_stimuli(tmp_path / "stimuli.csv", STIMULI)

    def reads(text: str | bytes, **settings: object) -> pd.DataFrame:
        file = tmp_path / "gaze.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        FixationsReference(str(file), str(tmp_path / "stimuli.csv"), **settings)
        return places[-1]

    return reads


def check(found: pd.DataFrame, truth: pd.DataFrame) -> None:
    key = ["observer", "stimulus", "x", "y", "weight"]
    wanted = truth.rename(columns={"duration": "weight"})[key].sort_values(key).to_numpy()
    got = found[key].sort_values(key).to_numpy()
    assert got[:, :2].tolist() == wanted[:, :2].tolist()
    np.testing.assert_allclose(got[:, 2:].astype(float), wanted[:, 2:].astype(float), atol=1e-3)


def csv(table: pd.DataFrame | dict, **how: object) -> str:
    return pd.DataFrame(table).to_csv(index=False, **how)


def on_screen(truth: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return truth["x"] + (SCREEN[0] - SIZE[0]) / 2, truth["y"] + (SCREEN[1] - SIZE[1]) / 2


@pytest.mark.parametrize("event", ["Fixation", "Visual Intake"])
@pytest.mark.parametrize("unit", [" [{}]", ""])
def test_smi_begaze(truth: pd.DataFrame, read, event: str, unit: str):
    x, y = on_screen(truth)
    table = pd.DataFrame(
        {
            "Trial": "Trial001",
            "Stimulus": truth["stimulus"] + ".jpg",
            "Participant": truth["observer"],
            "Category Group": "Eye",
            "Category": event,
            "Eye L/R": "Right",
            "Index": truth["fixation index"],
            "Event Start Trial Time" + unit.format("ms"): truth["onset"],
            "Event Duration" + unit.format("ms"): truth["duration"],
            "Fixation Position X" + unit.format("px"): x,
            "Fixation Position Y" + unit.format("px"): y,
            "Fixation Average Pupil Size X" + unit.format("px"): 11.5,
        }
    ).astype(object)
    saccades = table.assign(Category="Saccade", **dict.fromkeys(table.columns[-3:], "-"))
    check(read(csv(pd.concat([table, saccades]).sort_index(kind="stable")), screen=SCREEN), truth)


@pytest.mark.parametrize("names", [("x (pixels)", "y (pixels)"), ("x [px]", "y [px]"), ("fix_x_px", "fix_y_px")])
@pytest.mark.parametrize(
    "duration", ["duration (ms)", "Fixation Duration [ms]", "dur_ms", "duration_s", "duration (s)"]
)
def test_units_stand_beside_names(truth: pd.DataFrame, read, names: tuple[str, str], duration: str):
    table = truth[["observer", "stimulus"]].assign(**{names[0]: truth["x"], names[1]: truth["y"]})
    check(read(csv(table.assign(**{duration: truth["duration"]}))), truth)


@pytest.mark.parametrize(("onset", "unit"), [("onset_s", 1e-3), ("start (sec)", 1e-3), ("timestamp [µs]", 1e3)])
def test_the_unit_of_times_is_the_one_of_their_column(truth: pd.DataFrame, read, onset: str, unit: float):
    table = truth.rename(columns={"onset": onset}).assign(**{onset: truth["onset"] * unit})
    check(read(csv(table), window=[0, 500]), truth[truth["onset"] < 500])


def test_begin_and_end_tell_a_duration(truth: pd.DataFrame, read):
    table = truth.assign(start=truth["onset"], end=truth["onset"] + truth["duration"])
    check(read(csv(table.drop(columns=["onset", "duration"]))), truth)


@pytest.mark.parametrize("name", ["img_name", "TRIAL_IMAGE", "face", "condition"])
@pytest.mark.parametrize("form", ["{}.bmp", '"{}.bmp"', "set 1\\{}.BMP", "{}"])
def test_a_column_that_names_stimuli_is_known_by_its_cells(truth: pd.DataFrame, read, name: str, form: str):
    table = truth.rename(columns={"stimulus": name}).assign(**{name: truth["stimulus"].map(form.format)})
    check(read(csv(table)), truth)


def test_bare_numbers_are_no_names_of_stimuli(tmp_path: Path, truth: pd.DataFrame):
    stimuli = write_stimuli(tmp_path / "stimuli.csv", STIMULI)
    table = pd.read_csv(stimuli)
    table.assign(stimulus=range(len(table))).to_csv(stimuli, index=False)
    truth.drop(columns="stimulus").assign(run=1).to_csv(tmp_path / "gaze.csv", index=False)
    with pytest.raises(UserError, match=r"nothing tells what was shown in gaze\.csv"):
        FixationsReference(str(tmp_path / "gaze.csv"), str(stimuli))


def test_columns_that_stand_twice_do_no_harm_unless_they_are_needed(truth: pd.DataFrame, read):
    """Areas of interest have the same names in all pictures."""
    table = pd.concat([truth, pd.DataFrame(0, truth.index, ["AOI[mouth]Hit"] * 2)], axis=1)
    check(read(csv(table)), truth)
    with pytest.raises(UserError, match="has two columns called 'x'"):
        read(csv(pd.concat([truth, truth[["x"]] + 1], axis=1)))


@pytest.mark.parametrize(
    "above",
    [
        "# made by hand\n# 2020\n",
        "Project:\tFaces\nDate:\t2.2.2020\nScreen\t1024\t768\n\n",
        "#INFO,\n#Study name,Faces\n\n#DATA,\n",
        "## [BeGaze]\n## Version:\tBeGaze 3.7\n## Sample Rate:\t60\n",
    ],
)
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_facts_on_the_recording_stand_above_the_table(truth: pd.DataFrame, read, above: str, separator: str):
    check(read(above + csv(truth, sep=separator)), truth)


def test_a_spreadsheet_with_facts_above_its_table(tmp_path: Path, truth: pd.DataFrame):
    rows = [["Project", "Faces"], ["Screen", 1024], [], list(truth.columns), *truth.to_numpy().tolist()]
    pd.DataFrame(rows).to_excel(tmp_path / "gaze.xlsx", index=False, header=False)
    stimuli = write_stimuli(tmp_path / "stimuli.csv", STIMULI)
    reference = FixationsReference(str(tmp_path / "gaze.xlsx"), str(stimuli))
    assert reference.reading.facts[-1] == "72 fixations count, by their duration: of 2 observers, on 6 stimuli"


def test_places_of_the_stimulus_come_before_those_of_the_screen(truth: pd.DataFrame, read):
    """Then nobody needs to know where on the screen it was."""
    table = {
        "Participant name": truth["observer"],
        "Presented Stimulus name": truth["stimulus"],
        "Eye movement type": "Fixation",
        "Eye movement type index": truth["fixation index"],
        "Gaze event duration [ms]": truth["duration"],
        "Fixation point X [DACS px]": truth["x"] + 77,
        "Fixation point Y [DACS px]": truth["y"] + 55,
        "Fixation point X [MCS norm]": (truth["x"] + 0.5) / SIZE[0],
        "Fixation point Y [MCS norm]": (truth["y"] + 0.5) / SIZE[1],
    }
    check(read(csv(table)), truth)


def test_columns_without_any_value_come_last(truth: pd.DataFrame, read):
    table = truth.rename(columns={"stimulus": "Stimulus_File", "x": "mean_x", "y": "mean_y"})
    check(read(csv(table.assign(stimulus="", x=np.nan, y=np.nan))), truth)


def test_a_file_without_a_single_place_leaves_the_others(tmp_path: Path, truth: pd.DataFrame):
    stimuli = write_stimuli(tmp_path / "stimuli.csv", STIMULI)
    for observer, rows in truth.groupby("observer"):
        (rows if observer == "ann" else rows.assign(x="", y="")).to_csv(tmp_path / f"{observer}_gaze.csv", index=False)
    reference = FixationsReference(str(tmp_path / "*_gaze.csv"), str(stimuli))
    assert reference.observers_of("fear").names == ("ann",)
    assert reference.reading.left_out["reason"].unique().tolist() == ["rows without a place"]


def test_events_that_say_nothing_of_places(truth: pd.DataFrame, read):
    """Programs mark when stimuli came in a column of events."""
    marks = truth.head(2).assign(event="ImageStimulusStart", x=np.nan, y=np.nan)
    check(read(csv(pd.concat([truth.assign(event=""), marks]))), truth)


def test_what_spreadsheets_write_for_nothing_and_for_minus(truth: pd.DataFrame, read):
    odd = truth.head(4).assign(x=["#N/A", "#NUM!", "missing", "\N{MINUS SIGN}5"], y=["#N/A", "1", "n.a.", "7"])
    check(read(csv(pd.concat([truth, odd]))), truth)


@pytest.mark.parametrize("where", ["column", "folder", "name", "pattern", "table"])
def test_expressions_that_the_table_of_stimuli_does_not_tell(tmp_path: Path, truth: pd.DataFrame, where: str):
    called = {name: f"{name[:3]}{'ABC'[EXPRESSIONS.index(name[4:])]}" for name in STIMULI}
    stimuli = write_stimuli(tmp_path / "stimuli.csv", STIMULI)
    table = pd.read_csv(stimuli).drop(columns="expression")
    table.assign(stimulus=table["stimulus"].map(called)).to_csv(stimuli, index=False)
    words = truth["stimulus"].str[4:].replace("happiness", "Joy")
    truth = truth.assign(stimulus=truth["stimulus"].map(called))
    settings: dict = {}
    if where == "column":
        (tmp_path / "gaze").mkdir()
        truth.assign(emotion=words).to_csv(tmp_path / "gaze" / "all.csv", index=False)
    else:
        listed = []
        for (observer, stimulus), rows in truth.groupby(["observer", "stimulus"]):
            word = words[rows.index[0]]
            names = {
                "folder": f"{word}/{observer}_{stimulus}.csv",
                "name": f"{observer}_{stimulus}_{word}.csv",
                "pattern": f"{word}-{observer}-{stimulus}.csv",
                "table": f"{len(listed)}.csv",
            }
            file = tmp_path / "gaze" / names[where]
            file.parent.mkdir(parents=True, exist_ok=True)
            rows[["x", "y", "duration"]].to_csv(file, index=False)
            listed.append({"file": file.name, "observer": observer, "stimulus": stimulus, "expression": word})
        pd.DataFrame(listed).to_csv(tmp_path / "files.csv", index=False)
        settings = {
            "pattern": {"pattern": "{expression}-{observer}-{stimulus}.csv"},
            "table": {"file_table": str(tmp_path / "files.csv")},
        }.get(where, {})
    reference = FixationsReference(str(tmp_path / "gaze"), str(stimuli), **settings)
    assert reference.expressions == EXPRESSIONS
    assert reference.observers_of("fear").names == ("ann", "bob")


def test_two_expressions_of_one_stimulus_are_one_line(tmp_path: Path, truth: pd.DataFrame):
    stimuli = write_stimuli(tmp_path / "stimuli.csv", STIMULI)
    pd.read_csv(stimuli).drop(columns="expression").replace("f00_anger", "f00").to_csv(stimuli, index=False)
    said = truth.replace("f00_anger", "f00").assign(emotion=["joy", "fear"] * (len(truth) // 2))
    said.to_csv(tmp_path / "gaze.csv", index=False)
    with pytest.raises(UserError, match="stimulus f00 is said to show happiness and fear: a column expression in"):
        FixationsReference(str(tmp_path / "gaze.csv"), str(stimuli))


def test_names_of_files_that_may_mean_two_stimuli_are_one_line(tmp_path: Path, truth: pd.DataFrame):
    stimuli = write_stimuli(tmp_path / "stimuli.csv", STIMULI)
    table = pd.read_csv(stimuli)
    table.assign(stimulus=range(1, 1 + len(table))).to_csv(stimuli, index=False)
    for observer in (1, 2):
        for stimulus in (1, 2, 3):
            truth[["x", "y", "duration"]].head(3).to_csv(tmp_path / f"{observer}_{stimulus}.csv", index=False)
    with pytest.raises(UserError, match=r"the name of 1_2.csv may mean the stimuli 1, 2; reference.fixations.pattern="):
        FixationsReference(str(tmp_path / "*_*.csv"), str(stimuli))
    pattern = "{observer}_{stimulus}.csv"
    reference = FixationsReference(str(tmp_path / "*_*.csv"), str(stimuli), pattern=pattern)
    assert reference.observers_of("anger").names == ("1", "2")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"skip_first": "yes"}, r"reference\.fixations\.skip_first=yes: it is true or false"),
        ({"stimulus_column": ["a"]}, r"reference\.fixations\.stimulus_column=\['a'\]: a single word or path is needed"),
        ({"pattern": True}, r"reference\.fixations\.pattern=True: a single word or path is needed"),
        ({"stimulus_column": 5}, "there is no column '5'"),
        ({"pattern": 5}, r"pattern=5 does not fit the file gaze\.csv"),
        ({"sigma": float("inf")}, "sigma=inf: a number above 0 is needed"),
        ({"px_per_degree": 30}, r"px_per_degree=30 says nothing without reference\.fixations\.degrees"),
    ],
)
def test_settings_of_another_kind_are_one_line(truth: pd.DataFrame, read, settings: dict, said: str):
    with pytest.raises(UserError, match=said):
        read(csv(truth), **settings)


def test_shares_that_nothing_says_are_such_are_no_pixels(truth: pd.DataFrame, read):
    shares = truth.assign(x=(truth["x"] + 0.5) / SIZE[0], y=(truth["y"] + 0.5) / SIZE[1])
    with pytest.raises(UserError, match=r"so they are no pixels: reference\.fixations\.coordinates=share takes them"):
        read(csv(shares))
    check(read(csv(shares), coordinates="share"), truth)


def test_a_line_says_so_where_many_places_lie_outside(tmp_path: Path, truth: pd.DataFrame):
    stimuli = write_stimuli(tmp_path / "stimuli.csv", STIMULI)
    for far, said in ((0, False), (10, False), (40, True)):
        moved = truth.assign(x=truth["x"].where(truth.index >= far, -500))
        moved.to_csv(tmp_path / f"{far}.csv", index=False)
        facts = FixationsReference(str(tmp_path / f"{far}.csv"), str(stimuli)).reading.facts
        assert any(f"{far} of 72 places lie outside their stimuli" in fact for fact in facts) == said


def test_the_first_fixations_may_be_all(truth: pd.DataFrame, read):
    with pytest.raises(UserError, match="skip_first=true leaves no fixation: each showing has a single one"):
        read(csv(truth[truth["fixation index"] == 1]), skip_first=True)


def test_a_name_tells_an_expression_that_its_cell_does_not(tmp_path: Path, truth: pd.DataFrame):
    stimuli = write_stimuli(tmp_path / "stimuli.csv", STIMULI)
    pd.read_csv(stimuli).assign(expression="").to_csv(stimuli, index=False)
    truth.to_csv(tmp_path / "gaze.csv", index=False)
    assert FixationsReference(str(tmp_path / "gaze.csv"), str(stimuli)).expressions == EXPRESSIONS
