"""Nothing is passed over in silence: endings that are not read, paths of another machine, files that no table names."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.made_up_faces import made_up_table

from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.sources.file_listing import IMAGE_SUFFIXES
from fer_xai.data.sources.folder import FolderSource
from fer_xai.data.sources.image_lookup import find_images
from fer_xai.data.sources.published.jaffe import JaffeReader
from fer_xai.data.sources.table import TableSource
from fer_xai.errors import UserError
from fer_xai.face.landmarks import GivenFinder


def put(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def found(root: Path, *names: str) -> tuple[list[str], list[str]]:
    files = find_images(pd.Series([name.replace("\\", "/") for name in names]), root)
    return files.names.tolist(), files.warnings


def test_endings_that_are_not_read_are_counted_and_named(tmp_path: Path) -> None:
    put(tmp_path, "P1/anger/1.png", "P1/anger/2.HEIC", "P1/fear/3.heic", "P1/fear/4.mp4", "P1/fear/0005", "notes.txt")
    put(tmp_path, "Thumbs.db", "README", "labels.csv", "P1/anger/a.npy")
    warnings = FolderSource(str(tmp_path)).read().warnings
    expected = "folder: 4 files have endings that are not read (.heic 2, without ending 1, .mp4 1): convert pictures to"
    assert any(line.startswith(expected) for line in warnings)
    put(tmp_path / "j", "KA.AN1.39.tiff", "KA.FE1.40.heif")
    (line,) = JaffeReader(str(tmp_path / "j")).read().warnings
    assert line.startswith("jaffe: 1 files have endings that are not read (.heif 1)")
    assert (
        FolderSource(str(put(tmp_path / "q", "P1/fear/1.png", "P1/list.txt")))
        .read()
        .warnings[0]
        .startswith("folder: t")
    )


def test_where_no_ending_is_read_these_are_named(tmp_path: Path) -> None:
    put(tmp_path, "anger/2.heic", "fear/3.heic", "fear/4.mp4", "list.txt")
    with pytest.raises(UserError, match=r"holds no images .*: no image \(4 other files: \.heic 2, \.mp4 1, \.txt 1\)"):
        FolderSource(str(tmp_path)).read()
    with pytest.raises(UserError, match=r"holds no image \(4 other files: \.heic 2"):
        JaffeReader(str(tmp_path)).read()
    assert {".gif", ".webp", ".bmp", ".tiff"} <= IMAGE_SUFFIXES


def test_images_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    table = made_up_table(tmp_path)
    (tmp_path / "p0_fear.png").write_bytes(b"\0\0\0\x18ftypheic" + bytes(50))
    (tmp_path / "p1_fear.png").unlink()
    (line,) = prepare(table, GivenFinder(), tmp_path / "cache", 64, workers=1).warnings
    assert line.startswith("2 images could not be read (cannot be read 1, file missing 1), e.g. p0_fear.png: cannot be")
    assert "a HEIC picture, of a format that is not read; JPEG and PNG are" in line
    assert line.endswith("p1_fear.png: file missing")


def test_paths_of_another_machine_are_matched_by_their_ends(tmp_path: Path) -> None:
    put(tmp_path, "faces/P1/a.jpg", "faces/P2/a.jpg", "faces/P2/b.JPG", "c.png")
    names = (r"C:\Users\me\faces\P1\a.jpg", "/mnt/me/data/P2/A.jpg", "/x/P2/b.jpg", "//server/share/c.png")
    places, warnings = found(tmp_path, *names)
    assert places == ["faces/P1/a.jpg", "faces/P2/a.jpg", "faces/P2/b.JPG", "c.png"]
    expected = (
        f"4 images were found by the ends of their paths (C:/Users/me/faces/P1/a.jpg is {tmp_path}/faces/P1/a.jpg)"
    )
    assert warnings == [expected]
    assert found(tmp_path / "faces", "data/faces/P2/a.png")[0] == ["P2/a.jpg"]


def test_ends_that_fit_several_files_fit_none_and_a_line_says_so(tmp_path: Path) -> None:
    put(tmp_path, "P1/a.jpg", "P2/a.jpg")
    places, warnings = found(tmp_path, "/x/a.jpg", "/x/P3/a.jpg", "P1/a.jpg")
    # One of the two is named to the letter; the other may be either of the paths of elsewhere.
    assert places == ["/x/a.jpg", "/x/P3/a.jpg", "P1/a.jpg"]
    assert warnings[0] == "2 images fit several files (/x/a.jpg: P2/a.jpg) and count as missing"
    places, warnings = found(tmp_path, "/x/a.jpg")
    assert places == ["/x/a.jpg"]
    assert warnings[0] == "1 images fit several files (/x/a.jpg: P1/a.jpg or P2/a.jpg) and count as missing"


def test_no_file_is_given_away_that_another_row_names(tmp_path: Path) -> None:
    put(tmp_path, "P2/1.jpg")
    assert found(tmp_path, "P2/1.jpg", "/x/P1/1.jpg")[0] == ["P2/1.jpg", "/x/P1/1.jpg"]
    put(tmp_path, "P1/1.png", "P3/other.jpg")
    # The longer end counts for more than the ending.
    assert found(tmp_path, "/x/P1/1.jpg")[0] == ["P1/1.png"]


def test_images_may_lie_below_the_folder_of_the_table(tmp_path: Path) -> None:
    put(tmp_path, "faces/P1/a.jpg", "elsewhere/readme.txt")
    (tmp_path / "t.csv").write_text("image,expression,subject\n/mnt/me/P1/a.jpg,anger,P1\n")
    table = TableSource(str(tmp_path / "t.csv"), root=str(tmp_path / "elsewhere")).read()
    assert table.frame["path"].tolist() == [str(tmp_path / "faces" / "P1" / "a.jpg")]
    assert table.frame["image"].tolist() == ["faces/P1/a.jpg"]
    assert table.warnings[0].startswith("table: 1 images were found by the ends of their paths (/mnt/me/P1/a.jpg is ")


def test_a_wrong_root_is_not_mended_by_the_folder_of_the_table(tmp_path: Path) -> None:
    put(tmp_path, "a.png", "P1/b.png")
    (tmp_path / "t.csv").write_text("image,expression,subject\na.png,anger,P1\nP1/b.png,fear,P1\n")
    table = TableSource(str(tmp_path / "t.csv"), root=str(tmp_path / "wrong")).read()
    assert table.frame["path"].tolist() == [str(tmp_path / "wrong" / name) for name in ("a.png", "P1/b.png")]
    with pytest.raises(
        UserError, match=rf"none of 2 images can be used \(file missing 2\), e\.g\. {tmp_path}/wrong/a\.png"
    ):
        prepare(
            replace(table, landmarks=np.zeros((2, 68, 2), np.float32)), GivenFinder(), tmp_path / "cache", 64, workers=1
        )


def test_files_on_the_disk_that_the_table_lacks_are_counted(tmp_path: Path) -> None:
    put(tmp_path, "faces/a.png", "faces/b.png", "faces/more/c.png", "faces/notes.txt", "thumbs/a.png")
    (tmp_path / "t.csv").write_text("image,expression,subject\nfaces/a.png,anger,S1\n")
    (line,) = TableSource(str(tmp_path / "t.csv")).read().warnings
    assert line == f"table: 2 images below {tmp_path}/faces are not in the table, e.g. {tmp_path}/faces/b.png"
    rows = "faces/b.png,neutral,S1\nfaces/more/c.png,,S1\n"
    with (tmp_path / "t.csv").open("a") as file:
        file.write(rows)
    assert TableSource(str(tmp_path / "t.csv")).read().warnings == ()


def test_many_names_are_searched_in_no_time(tmp_path: Path) -> None:
    places = [f"P{i % 50}/{i}.jpg" for i in np.random.default_rng(0).permutation(400)]
    put(tmp_path, *places)
    names, _ = found(tmp_path, *(f"/data/old/{place}" for place in places))
    assert names == places
