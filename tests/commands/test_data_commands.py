"""`fer-xai data prepare` and `fer-xai data inspect` on made-up pictures in a table."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_xai.cli import run
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import CANONICAL_POINTS

PEOPLE = 6
#: Landmarks of an upright face in a picture of 120 x 100 (width, height) pixels.
LANDMARKS = CANONICAL_POINTS[:68] * (80 / 224, 70 / 275) + (20, 20)


def write_data_set(folder: Path, people: int = PEOPLE, size: tuple[int, int] = (120, 100)) -> Path:
    """Different pictures of smooth noise, one per person and expression, with labels and landmarks in one table."""
    rng = np.random.default_rng(0)
    names = [(f"p{p}", e, f"p{p}_{e}.png") for p in range(people) for e in EXPRESSIONS]
    folder.mkdir(parents=True)
    for _, _, name in names:
        small = Image.fromarray(rng.integers(0, 256, (10, 12, 3), dtype=np.uint8))
        small.resize(size, Image.Resampling.BICUBIC).save(folder / name)
    frame = pd.DataFrame(names, columns=["subject", "expression", "image"])
    columns = [f"{axis}{i}" for i in range(68) for axis in "xy"]
    points = pd.DataFrame(np.tile(LANDMARKS.reshape(-1), (len(frame), 1)), columns=columns)
    frame.join(points).to_csv(folder / "labels.csv", index=False)
    return folder


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    return write_data_set(tmp_path / "faces of Zoë")


def arguments(data_set: Path, cache: Path, *more: str) -> list[str]:
    """Quotes: Hydra would take blanks and accents for its own."""
    quoted = [f"data.csv='{data_set / 'labels.csv'}'", f"cache_dir='{cache}'"]
    return ["data=table", *quoted, "landmarks=given", "prepare.crop_size=64", "prepare.workers=1", *more]


def test_prepare_says_what_was_kept_and_left_out_and_lists_it(
    data_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data_set / "p0_anger.png").write_bytes(b"")
    (data_set / "p1_fear.png").unlink()
    out = tmp_path / "lists"
    assert run(["data", "prepare", *arguments(data_set, tmp_path / "cache", f"out={out}")]) == 0
    said = capsys.readouterr().out
    assert "kept:      34 (anger 5, disgust 6, fear 5, happiness 6, sadness 6, surprise 6)" in said
    assert re.search(r"left out:  2\n +1  \S.*\n +1  \S", said)
    assert str(tmp_path / "cache") in said
    kept, left_out = (pd.read_csv(out / name) for name in ("prepared.csv", "left_out.csv"))
    assert len(kept) == 34
    assert {"image", "expression", "subject", "score", "size", "sharpness", "yaw", "roll", "turned"} <= set(kept)
    reasons = dict(zip(left_out["image"], left_out["reason"], strict=True))
    assert reasons["p0_anger.png"] == "cannot be read: empty file"
    assert "p1_fear.png" in reasons
    assert not any(str(tmp_path) in text for text in (out / "prepared.csv").read_text().splitlines())


def test_data_that_lack_an_expression_can_be_looked_at(
    data_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for person in range(PEOPLE):
        (data_set / f"p{person}_fear.png").write_bytes(b"")
    assert run(["data", "prepare", *arguments(data_set, tmp_path / "cache")]) == 0
    assert "no usable image of fear" in capsys.readouterr().out
    out = tmp_path / "page"
    assert run(["data", "inspect", *arguments(data_set, tmp_path / "cache", f"out={out}", "split.folds=3")]) == 0
    assert json.loads((out / "summary.json").read_text())["expressions"]["fear"] == 0


@pytest.mark.parametrize("command", ["prepare", "inspect"])
def test_a_mistake_is_one_line(
    command: str, data_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    for wrong, word in (
        ("prepare.crop_size=3", "prepare.crop_size=3: "),
        ("prepare.align=maybe", "align"),
        (f"out={tmp_path / 'file' / 'out'}", "cannot write into the folder"),
        ("classes=[contempt]", "no image of the expressions of the study"),
    ):
        out = [] if wrong.startswith("out=") else [f"out={tmp_path / 'out'}"]
        assert run(["data", command, *arguments(data_set, tmp_path / "cache", *out, wrong)]) == 2
        error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("fer-xai:")]
        assert len(error) == 1
        assert word in error[0]


def test_page_shows_counts_faces_and_copies_in_one_file(data_set: Path, tmp_path: Path) -> None:
    copied = Image.open(data_set / "p2_anger.png")
    (data_set / "p2_fear.png").write_bytes((data_set / "p2_anger.png").read_bytes())
    copied.save(data_set / "p4_sadness.png", compress_level=1, optimize=False)
    (data_set / "p0_anger.png").write_bytes(b"")
    out = tmp_path / "page"
    more = [f"out={out}", "split.folds=3", "per_expression=4", "worst=3"]
    assert run(["data", "inspect", *arguments(data_set, tmp_path / "cache", *more)]) == 0
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["images"], summary["left_out"], summary["subjects"]) == (35, 1, 6)
    assert summary["left_out_reasons"] == {"cannot be read": 1}
    assert summary["expressions"] == {**dict.fromkeys(EXPRESSIONS, 6), "anger": 5}
    assert set(summary["folds"]) == {"0", "1", "2"}
    assert sum(summary["folds"].values()) == 35
    assert summary["duplicates"] == 1
    assert summary["duplicates_across_subjects"] == 1
    assert sum(summary["duplicate_images"].values()) == 3
    page = (out / "index.html").read_text()
    assert page.index("shows the faces of people") < page.index("<h1>")
    # One file: nothing is fetched from elsewhere, and every picture is in it.
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(source.startswith(("data:image/", "#")) for source in sources)
    contact = page[page.index('id="faces"') : page.index('id="means"')]
    assert contact.count("<img") == 4 * 6
    assert page[page.index('id="means"') : page.index('id="quality"')].count("<img") == 6
    assert "p4_sadness.png" in page[page.index('id="copies"') :]
    assert len(pd.read_csv(out / "duplicates.csv")) == 3
    assert len(pd.read_csv(out / "subjects.csv")) == 6
    assert set(pd.read_csv(out / "prepared.csv")["fold"]) == {0, 1, 2}


def table_of(data_set: Path) -> pd.DataFrame:
    return pd.read_csv(data_set / "labels.csv")


def inspect(data_set: Path, tmp_path: Path, *more: str) -> tuple[dict, str]:
    """Summary and page of `data inspect`."""
    out = tmp_path / "page"
    quick = ("per_expression=1", "worst=1", "mean_of=2", f"out={out}")
    assert run(["data", "inspect", *arguments(data_set, tmp_path / "cache", *quick, *more)]) == 0
    return json.loads((out / "summary.json").read_text()), (out / "index.html").read_text()


def test_left_out_images_are_listed_by_reason_the_worst_first_with_pictures(data_set: Path, tmp_path: Path) -> None:
    table = table_of(data_set)
    table.loc[table.index[:2], "x0"] = np.nan
    (data_set / "p0_fear.png").write_bytes(b"")
    neutral = pd.concat([table.iloc[5:6]] * 120).assign(expression="neutral")
    neutral["image"] = [f"neutral{i}.png" for i in range(120)]
    pd.concat([neutral, table]).to_csv(data_set / "labels.csv", index=False)
    summary, page = inspect(data_set, tmp_path)
    assert list(summary["left_out_reasons"].items()) == [
        ("no landmarks given", 2),
        ("cannot be read", 1),
        ("expression not in the study", 120),
    ]
    section = page[page.index('id="left"') : page.index('id="faces"')]
    headings = re.findall(r"<h3>(.*?)</h3>", section)
    assert headings == ["no landmarks given (2)", "cannot be read (1)", "expression not in the study (120)"]
    without, unread, neutrals = section.split("<h3>")[1:]
    assert without.count("<img") == 2
    assert "p0_anger.png" in without
    assert unread.count("<img") == neutrals.count("<img") == 0
    assert "p0_fear.png" in unread
    assert "empty file" in unread
    assert neutrals.count("<tr>") == 40


def test_what_is_said_of_people_and_folds_is_true_of_them(
    data_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    never, maybe = "o person is in two folds", "a person may be in several"
    page = inspect(data_set, tmp_path)[1]
    assert never in page
    assert maybe not in page
    table = table_of(data_set)
    table.assign(subject=table["subject"].where(table["subject"] > "p2", "")).to_csv(
        data_set / "labels.csv", index=False
    )
    page = inspect(data_set, tmp_path, "split.folds=3")[1]
    assert "No known person is in two folds; 18 images are of people who are not known by name" in page
    table.drop(columns="subject").to_csv(data_set / "labels.csv", index=False)
    capsys.readouterr()
    page = inspect(data_set, tmp_path)[1]
    assert never not in page
    assert maybe in page
    assert maybe in capsys.readouterr().out


def test_people_in_several_folds_of_a_split_of_their_own_are_told(data_set: Path, tmp_path: Path) -> None:
    inspect(data_set, tmp_path)
    split = pd.read_csv(tmp_path / "page" / "prepared.csv")
    split["fold"] = (np.arange(len(split)) + np.arange(len(split)) // 6) % 2
    rows = [split.assign(fold=fold, part=np.where(split["fold"] == fold, "test", "train")) for fold in (0, 1)]
    columns = ["image", "content", "dataset", "subject", "expression", "fold", "part"]
    pd.concat(rows)[columns].to_csv(tmp_path / "split.csv", index=False)
    summary, page = inspect(data_set, tmp_path, "split=file", f"split.file={tmp_path / 'split.csv'}")
    assert f"{PEOPLE} people are in several folds" in page
    assert "people are in more than one part" in " ".join(summary["split_notes"])


def test_crops_that_leave_their_pictures_bring_advice_and_chins_outside_are_counted(
    data_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = table_of(data_set)
    lower = [f"y{i}" for i in range(68)]
    # The pictures end 2 pixels above the lowest landmark of each face.
    shift = LANDMARKS[:, 1].max() - 99 - 2
    table[lower] -= shift
    table.to_csv(data_set / "labels.csv", index=False)
    chins = int((LANDMARKS[:, 1] - shift > 99.5).sum())
    assert chins
    assert run(["data", "prepare", *arguments(data_set, tmp_path / "cache", f"out={tmp_path / 'lists'}")]) == 0
    said = capsys.readouterr().out
    assert "cut off:   36 of 36 faces have landmarks outside their pictures" in said
    assert (pd.read_csv(tmp_path / "lists" / "prepared.csv")["outside"] == chins).all()
    summary, page = inspect(data_set, tmp_path)
    said = capsys.readouterr().out
    assert summary["cut_off_faces"] == 36
    assert "Chins and jaws outside the picture" in page
    # Most of each crop lies inside: nothing is to be set otherwise. Of narrow pictures, that is not so.
    assert summary["warnings"] == []
    assert "data.cropped=true" not in said + page
    for image in table["image"]:
        picture = Image.open(data_set / image)
        picture.crop((30, 30, 90, 90)).resize((60, 60)).save(data_set / image)
    table[[f"{axis}{i}" for axis in "xy" for i in range(68)]] -= 30
    table.to_csv(data_set / "labels.csv", index=False)
    summary, page = inspect(data_set, tmp_path)
    assert summary["quality"]["inside"] < 0.9
    for text in (page, capsys.readouterr().out, summary["warnings"][0]):
        assert "data.cropped=true" in text
    summary, page = inspect(data_set, tmp_path, "data.cropped=true")
    assert summary["warnings"] == []
    assert summary["cut_off_faces"] == 36
    assert "data.cropped=true" not in capsys.readouterr().out + page


def test_frames_of_one_person_are_one_line_and_those_across_people_are_shown(data_set: Path, tmp_path: Path) -> None:
    table = table_of(data_set)
    rng = np.random.default_rng(3)
    rows = []
    for number in range(5):
        picture = np.asarray(Image.open(data_set / "p1_anger.png")).astype(int)
        y, x = rng.integers(30, 60, 2)
        picture[y : y + 4, x : x + 4] += 9
        image = f"frame{number}.png"
        Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(data_set / image)
        row = table[table["image"] == "p1_anger.png"].assign(image=image)
        rows.append(row.assign(subject="p5") if number == 4 else row)
    pd.concat([table, *rows]).to_csv(data_set / "labels.csv", index=False)
    summary, page = inspect(data_set, tmp_path)
    section = page[page.index('id="copies"') :]
    assert summary["duplicates"] == 0
    assert summary["near_identical_images"] == 6
    assert summary["images"] == 41
    assert summary["alike_across"] == {"subjects": 5}
    assert "byte for byte" not in page
    line = r'<th scope="row">table/p1</th><td>anger</td><td class="num">5</td><td class="num">1</td>'
    assert len(re.findall(line, section)) == 1
    assert section.count("<img") == 2 * 5
    report = pd.read_csv(tmp_path / "page" / "duplicates.csv")
    assert set(report["kind"]) == {"near-identical"}
    assert sorted(report["group"].value_counts()) == [2] * 5 + [5]


def test_names_from_data_are_text_on_the_page(tmp_path: Path) -> None:
    data_set = write_data_set(tmp_path / "faces")
    table = (data_set / "labels.csv").read_text().replace("p3,", "<script>alert(1)</script>,")
    (data_set / "labels.csv").write_text(table)
    assert run(["data", "inspect", *arguments(data_set, tmp_path / "cache", f"out={tmp_path / 'page'}")]) == 0
    page = (tmp_path / "page" / "index.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_data_that_cannot_be_split_are_shown_with_the_reason(
    data_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page"
    assert run(["data", "inspect", *arguments(data_set, tmp_path / "cache", f"out={out}", "split.folds=20")]) == 0
    summary = json.loads((out / "summary.json").read_text())
    assert summary["folds"] == {}
    assert "fewer subjects (6) than folds (20)" in summary["split_problem"]
    assert "cannot be split" in (out / "index.html").read_text()
    assert "cannot be split: fewer subjects (6) than folds (20)" in capsys.readouterr().out


def stored(cache: Path) -> int:
    try:
        (index,) = cache.glob("faces/*/index.sqlite")
        with closing(sqlite3.connect(index)) as database:
            return int(database.execute("SELECT COUNT(*) FROM faces").fetchone()[0])
    except (ValueError, sqlite3.OperationalError):
        return 0


@pytest.mark.slow
def test_killed_preparation_goes_on_and_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    """Kill -9 in the middle: what was done is kept byte for byte, and the lists are those of an undisturbed run."""
    data_set = write_data_set(tmp_path / "faces", people=20, size=(600, 500))
    table = pd.read_csv(data_set / "labels.csv")
    table.iloc[:, 3:] *= 5
    table.to_csv(data_set / "labels.csv", index=False)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    command = [sys.executable, "-m", "fer_xai", "data", "prepare", *arguments(data_set, killed, "prepare.workers=2")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    while stored(killed) < 10:
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = stored(killed)
    assert 10 <= before < 120
    (crops,) = killed.glob("faces/*/crops.bin")
    with closing(sqlite3.connect(crops.with_name("index.sqlite"))) as database:
        finish = database.execute("SELECT MAX(finish) FROM faces").fetchone()[0]
    kept = crops.read_bytes()[:finish]
    for cache in (killed, whole):
        assert run(["data", "prepare", *arguments(data_set, cache, f"out={cache}_lists")]) == 0
    assert crops.read_bytes()[:finish] == kept
    assert stored(killed) == stored(whole) == 120
    lists = [(tmp_path / f"{name}_lists" / "prepared.csv").read_bytes() for name in ("killed", "whole")]
    assert lists[0] == lists[1]
