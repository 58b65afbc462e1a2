"""Exports of gaze in each of their forms, read as one table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.made_up_gaze import fixations, tobii_samples

from fer_xai.errors import UserError
from fer_xai.face.observers.point_files import PointFiles
from fer_xai.face.observers.reading import LeftOut

STIMULI = {"f01_anger": "anger", "f01_fear": "fear", "m02_fear": "fear"}
ROLES = ("observer", "stimulus", "x", "y", "duration", "onset", "event", "index", "trial")


def read(files: object, left_out: LeftOut | None = None, **settings: str) -> tuple[pd.DataFrame, list[str]]:
    columns = {role: settings.pop(f"{role}_column", None) for role in ROLES}
    options: dict = {"pattern": None, "file_table": None, "export": None} | settings
    source = PointFiles(files, columns=columns, node="reference.fixations", **options)
    return source.read(STIMULI, left_out or LeftOut())


def plain_table(rng: np.random.Generator) -> pd.DataFrame:
    parts = [fixations(observer, stimulus, rng) for observer in ("ann", "bob") for stimulus in STIMULI]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def rows() -> pd.DataFrame:
    return plain_table(np.random.default_rng(0))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(("separator", "decimal"), [(",", "."), (";", ","), ("\t", "."), ("\t", ",")])
def test_one_table_in_any_dress(tmp_path: Path, rows: pd.DataFrame, separator: str, decimal: str, encoding: str):
    rows = rows.assign(observer=rows["observer"].replace("bob", "Zoë"), x=rows["x"] + 0.25)
    rows.to_csv(tmp_path / "all.csv", sep=separator, decimal=decimal, index=False, encoding=encoding)
    found, facts = read(str(tmp_path / "all.csv"))
    found = found.rename(columns={"index": "fixation index"})
    pd.testing.assert_frame_equal(found[list(rows)], rows, check_dtype=False)
    assert facts == ["1 file (columns: plain)", "observers from the column observer, stimuli from the column stimulus"]


def test_a_file_per_stimulus_named_by_it(tmp_path: Path, rows: pd.DataFrame):
    for stimulus, some in rows.groupby("stimulus"):
        some.drop(columns="stimulus").to_csv(tmp_path / f"{stimulus}.csv", index=False)
    found, facts = read(str(tmp_path / "*.csv"))
    assert set(zip(found["observer"], found["stimulus"], strict=True)) == {
        (o, s) for o in ("ann", "bob") for s in STIMULI
    }
    assert facts[1] == "observers from the column observer, stimuli from the names of the files"


def test_a_file_per_observer_and_stimulus_named_by_both(tmp_path: Path, rows: pd.DataFrame):
    for (observer, stimulus), some in rows.groupby(["observer", "stimulus"]):
        person, word = stimulus.split("_")
        some[["x", "y", "duration"]].to_csv(tmp_path / f"{observer}_{word}_{person}.csv", index=False)
    found, _ = read(str(tmp_path / "*.csv"))
    wanted = rows.sort_values(["observer", "stimulus"], kind="stable")
    key = ["observer", "stimulus", "x", "y", "duration"]
    pd.testing.assert_frame_equal(
        found[key].sort_values(key[:2], kind="stable").reset_index(drop=True),
        wanted[key].reset_index(drop=True),
        check_dtype=False,
    )


def test_files_named_by_a_pattern_or_a_table(tmp_path: Path, rows: pd.DataFrame):
    listed = []
    for number, ((observer, stimulus), some) in enumerate(rows.groupby(["observer", "stimulus"])):
        person, word = stimulus.split("_")
        listed.append({"file": f"{number}.csv", "observer": observer, "stimulus": stimulus})
        for folder, name in (("a", f"{observer}x{stimulus}"), ("b", number), ("c", f"{word}/{observer} {person}")):
            path = tmp_path / folder / f"{name}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            some[["x", "y", "duration"]].to_csv(path, index=False)
    pd.DataFrame(listed).to_csv(tmp_path / "files.csv", index=False)
    forms = [
        read(str(tmp_path / "a"), pattern="{observer}x{stimulus}.csv")[0],
        read(str(tmp_path / "b"), file_table=str(tmp_path / "files.csv"))[0],
        read(str(tmp_path / "c"), pattern="{expression}/{observer} {stimulus}.csv")[0],
    ]
    key = ["observer", "stimulus", "x", "y"]
    wanted = sorted(map(tuple, rows[key].to_numpy().tolist()))
    for found in forms:
        assert sorted(map(tuple, found[key].to_numpy().tolist())) == wanted
    with pytest.raises(UserError, match="both tell what files hold"):
        read(str(tmp_path / "a"), pattern="{observer}x{stimulus}.csv", file_table=str(tmp_path / "files.csv"))


def test_media_that_are_no_stimuli_are_left_out_and_counted(tmp_path: Path, rows: pd.DataFrame):
    others = rows.head(3).assign(stimulus=["cross.png", "cross.png", ""])
    pd.concat([others, rows]).to_csv(tmp_path / "all.csv", index=False)
    left_out = LeftOut()
    found, _ = read(str(tmp_path / "all.csv"), left_out)
    assert len(found) == len(rows)
    assert left_out.table().to_dict("records") == [
        {"observer": "ann", "stimulus": "cross.png", "reason": "rows of a stimulus without landmarks", "n": 2},
        {"observer": "ann", "stimulus": "", "reason": "rows without a stimulus", "n": 1},
    ]


def test_missing_numbers_and_names(tmp_path: Path):
    lines = ["observer,stimulus,x,y", "ann,f01_anger,.,3", "ann,f01_anger,NA,", "ann,f01_anger,1,2", ",f01_anger,1,2"]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    left_out = LeftOut()
    found, _ = read(str(tmp_path / "a.csv"), left_out)
    np.testing.assert_array_equal(found[["x", "y"]], [[np.nan, 3], [np.nan, np.nan], [1, 2]])
    assert left_out.reasons() == {"rows without an observer": 1}


def test_runs_of_a_stimulus_go_on_over_rows_that_name_none(tmp_path: Path):
    shown = ["f01_anger", "", "f01_anger", "cross", "f01_anger"]
    table = pd.DataFrame({"observer": "ann", "stimulus": shown, "x": 1, "y": 1})
    table.to_csv(tmp_path / "a.csv", index=False)
    assert read(str(tmp_path / "a.csv"))[0]["block"].tolist() == [1, 1, 3]


@pytest.mark.parametrize(
    ("text", "settings", "said"),
    [
        ("who,stimulus,x,y\nann,f01_anger,1,2\n", {}, "nothing tells who looked in a.csv (its columns: who, stimulus"),
        (
            "who,stimulus,x,y\nann,f01_anger,1,2\n",
            {"observer_column": "name"},
            "there is no column 'name' (observer_column); there are: who, stimulus, x, y",
        ),
        (
            "observer,x,y\nann,1,2\n",
            {},
            "nothing tells what was shown in a.csv (its columns: observer, x, y): set reference.fixations.stimulus",
        ),
        (
            "observer,stimulus,x,y\nann,g_joy,1,2\n",
            {},
            "no stimulus of a.csv has landmarks: the column stimulus say g_joy, the stimuli with landmarks are",
        ),
        ("observer,stimulus,x,y\nann,f01_anger,one,2\n", {}, "a.csv, column x, line 2: 'one' is no number"),
        ("observer,stimulus,x,y\n", {}, "there is not a single row in 1 files"),
        ("observer,stimulus,x,y\n,f01_anger,1,2\n", {}, "nothing tells who looked"),
        ("observer,stimulus,x,y\nann,f01_anger,1,2\n", {"export": "gazepoint"}, "export=gazepoint: known are tobii"),
        ("observer,stimulus,x,y\nann,f01_anger,1,5,2,5\n", {}, "is no proper csv file"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, text: str, settings: dict[str, str], said: str):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UserError) as error:
        read(str(tmp_path / "a.csv"), **settings)
    assert said in str(error.value)
    assert str(error.value).startswith("reference.fixations")


def test_rows_of_samples_keep_their_form(tmp_path: Path, rows: pd.DataFrame):
    tobii_samples(rows, names="{} ({})").to_csv(tmp_path / "a.tsv", sep="\t", index=False)
    found, facts = read(str(tmp_path / "a.tsv"))
    assert facts[0] == "1 file (columns: tobii)"
    assert len(found) == 6 * len(rows)
    assert set(found["event"]) == {"Fixation", "Saccade", "Unclassified"}
    assert (found["clock"] == "recording").all()


def test_files_that_hold_nothing_are_counted(tmp_path: Path, rows: pd.DataFrame):
    rows.to_csv(tmp_path / "a.csv", index=False)
    rows.iloc[:0].to_csv(tmp_path / "names_only.csv", index=False)
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe")
    left_out = LeftOut()
    found, facts = read(str(tmp_path / "*.csv"), left_out)
    assert len(found) == len(rows)
    assert facts[0] == "2 files (columns: plain)"
    assert left_out.reasons() == {"empty files": 1}
    (tmp_path / "a.csv").unlink()
    (tmp_path / "names_only.csv").unlink()
    with pytest.raises(UserError, match=r"reference\.fixations\.files: b\.csv: nothing stands there"):
        read(str(tmp_path / "*.csv"))


def test_names_of_columns_that_stand_again_in_the_middle(tmp_path: Path, rows: pd.DataFrame):
    text = rows.to_csv(index=False)
    (tmp_path / "a.csv").write_text(text + text)
    assert len(read(str(tmp_path / "a.csv"))[0]) == 2 * len(rows)


def test_media_called_by_more_than_their_stimulus(tmp_path: Path, rows: pd.DataFrame):
    """Only where no media is called as a stimulus: beside them, another picture of the same face is another picture."""
    rows.assign(stimulus=rows["stimulus"] + " (1).jpg").to_csv(tmp_path / "a.csv", index=False)
    assert set(read(str(tmp_path / "a.csv"))[0]["stimulus"]) == set(STIMULI)
    masks = rows.head(2).assign(stimulus="f01_anger_mask.jpg")
    pd.concat([rows, masks]).to_csv(tmp_path / "a.csv", index=False)
    left_out = LeftOut()
    assert len(read(str(tmp_path / "a.csv"), left_out)[0]) == len(rows)
    assert left_out.reasons() == {"rows of a stimulus without landmarks": 2}


@pytest.mark.parametrize("written", ["{:,}", "{:,.2f}", "de", "fr"])
def test_thousands_have_signs_between_them(tmp_path: Path, rows: pd.DataFrame, written: str):
    def words(value: int) -> str:
        if written == "de":
            return f"{value:,.1f}".translate(str.maketrans(",.", ".,"))
        return f"{value:,}".replace(",", "\u202f") if written == "fr" else written.format(value)

    rows["onset"] += 1_200_000
    rows.assign(onset=rows["onset"].map(words)).to_csv(tmp_path / "a.csv", index=False, sep="\t")
    np.testing.assert_allclose(read(str(tmp_path / "a.csv"))[0]["onset"], rows["onset"])
