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
        ("prepare.crop_size=3", "prepare.crop_size is 3"),
        ("prepare.align=maybe", "align"),
        (f"out={tmp_path / 'file' / 'out'}", "cannot write into the folder"),
        ("classes=[joy]", "no image of the expressions of the study"),
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
