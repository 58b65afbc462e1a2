import os
from pathlib import Path
from typing import Any

import pytest

from fer_xai.data.face_table import FaceTable
from fer_xai.data.sources.folder import FolderSource
from fer_xai.errors import UserError


def read(root: Path, *files: str, **settings: Any) -> FaceTable:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return FolderSource(str(root), **settings).read()


def test_folder_per_expression(tmp_path: Path) -> None:
    table = read(
        tmp_path / "mes données", "Happy/b.JPG", "Happy/a 1.png", "anger/ç.tiff", "anger/notes.txt", "anger/.x.png"
    )
    assert table.frame["image"].tolist() == ["Happy/a 1.png", "Happy/b.JPG", "anger/ç.tiff"]
    assert table.frame["expression"].tolist() == ["happiness", "happiness", "anger"]
    assert table.frame["path"][2] == str(tmp_path / "mes données" / "anger" / "ç.tiff")
    assert (table.frame["dataset"] == "folder").all()
    assert (table.frame["subject"] == "").all()


def test_expressions_below_subjects(tmp_path: Path) -> None:
    """People may be called by letters that are words for expressions elsewhere: SA is a sad code, and a person here."""
    table = read(tmp_path, "SA/anger/1.png", "SA/fear/1.png", "KA/anger/1.png", subject_regex="^([^/]+)/")
    assert table.frame["expression"].tolist() == ["anger", "anger", "fear"]
    assert table.frame["subject"].tolist() == ["KA", "SA", "SA"]


def test_subjects_below_expressions(tmp_path: Path) -> None:
    table = read(tmp_path, "anger/SA/1.png", "fear/NE/2.png", subject_regex="/([A-Z]+)/")
    assert table.frame["expression"].tolist() == ["anger", "fear"]
    assert table.frame["subject"].tolist() == ["SA", "NE"]


def test_images_in_no_folder_and_of_other_expressions_are_left_out(tmp_path: Path) -> None:
    table = read(tmp_path, "stray.png", "neutral/1.png", "anger/1.png", "odd/1.png", words={"odd": None})
    assert table.frame["image"].tolist() == ["anger/1.png"]
    assert table.left_out.to_numpy().tolist() == [
        ["neutral/1.png", "expression not in the study: neutral"],
        ["odd/1.png", "expression not in the study: odd"],
        ["stray.png", "no expression given"],
    ]


def test_mistakes_name_the_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"data\.root=.*none is no folder"):
        FolderSource(str(tmp_path / "none")).read()
    with pytest.raises(UserError, match="holds no images"):
        read(tmp_path, "anger/readme.txt")
    with pytest.raises(UserError, match=r"no folder is named by an expression \(there are: x\)"):
        read(tmp_path, "x/1.png")
    with pytest.raises(UserError, match=r"file x/1\.png: unknown expression word 'x'"):
        read(tmp_path, "anger/1.png")


def test_linked_folders_are_followed_and_circles_are_not(tmp_path: Path) -> None:
    root = tmp_path / "root"
    read(tmp_path / "elsewhere", "anger/1.png")
    root.mkdir()
    (root / "anger").symlink_to(tmp_path / "elsewhere" / "anger")
    (tmp_path / "elsewhere" / "anger" / "back").symlink_to(root)
    assert read(root).frame["image"].tolist() == ["anger/1.png"]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    picture = tmp_path / "anger" / os.fsdecode(b"\xe9.png")
    picture.parent.mkdir()
    try:
        picture.write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes no such names")
    frame = FolderSource(str(tmp_path)).read().frame
    assert frame["image"].tolist() == ["anger/?.png"]
    assert Path(frame["path"][0]).exists()


@pytest.mark.parametrize(
    ("files", "subjects", "taken"),
    [
        ("P1/anger/0.png P2/anger/0.png P2/fear/1.png", "P1 P2 P2", "the folder above the expression's"),
        ("P1/anger/0.png P1/fear/0.png", "P1 P1", "the folder above the expression's"),
        ("Alice/anger/1.png Bob/fear/1.png", "Alice Bob", "the folder above"),
        ("F02/fear/1.png M01/anger/1.png", "F02 M01", "the folder above"),
        ("KA/anger/1.png NE/fear/3.png TR/anger/2.png", "KA NE TR", "the folder above"),
        ("train/P1/anger/1.png val/P2/anger/1.png", "P1 P2", "the folder above"),
        ("P1/test/anger/1.png P2/train/fear/1.png", "P1 P2", "the folder 2 levels above"),
        ("P1/session1/anger/1.png P2/session1/fear/1.png", "P1 P2", "the folder 2 levels above"),
        ("P1/anger/1.png P2/session1/fear/1.png", "P1 P2", "the folder above the expression's or the folder 2 levels"),
        ("P1/emotion_anger/1.png P2/emotion_fear/1.png", "P1 P2", "the folder above"),
        ("anger/P1/0.png anger/P2/0.png fear/P1/0.png fear/P2/0.png", "P1 P2 P1 P2", "the folder below"),
        ("P1_anger/1.png P1_fear/1.png P2_anger/1.png P2_fear/1.png", "P1 P1 P2 P2", "the rest of the name"),
        ("CK+48/P1/anger/1.png jaffe/P1/anger/1.png", "CK+48/P1 jaffe/P1", "the folder above"),
    ],
)
def test_the_folder_of_a_person_is_the_subject_and_a_line_says_so(
    files: str, subjects: str, taken: str, tmp_path: Path
) -> None:
    table = read(tmp_path, *files.split())
    assert table.frame["image"].tolist() == files.split()
    assert table.frame["subject"].tolist() == subjects.split()
    (line,) = table.warnings
    assert line.startswith(f"folder: {taken}")
    assert "data.subject_regex=... takes it from elsewhere" in line
    nobody = read(tmp_path, subject_regex="")
    assert not nobody.frame["subject"].any()
    assert "is unknown, so training and test may show the same people" in nobody.warnings[0]


@pytest.mark.parametrize(
    "files",
    [
        "anger/1.png fear/1.png",
        "test/anger/1.png train/fear/1.png val/fear/1.png",
        "fold1/anger/1.png fold_2/fear/1.png",
        "CK+48/anger/1.png jaffe/fear/1.png",
        "FER-2013/anger/1.png",
        "data/faces/anger/1.png data/faces/fear/1.png",
        "female/anger/1.png male/anger/1.png",
        "session1/anger/1.png session2/fear/1.png",
        "48x48/anger/1.png 96x96/anger/1.png",
        "anger/seq1/1.png fear/seq1/1.png",
        "anger/high/1.png anger/low/1.png fear/high/1.png fear/low/1.png",
        "anger/A1/1.png anger/A2/1.png fear/F1/1.png fear/F2/1.png",
        "01_anger/1.png 02_fear/1.png",
    ],
)
def test_parts_data_sets_and_sessions_are_nobody(files: str, tmp_path: Path) -> None:
    table = read(tmp_path, *files.split())
    assert table.frame["subject"].tolist() == [""] * len(files.split())
    number = len(table)
    (line,) = table.warnings
    assert line.startswith(f"folder: the subject of {number} of {number} images is unknown")
    assert "intervals are over images, not people; data.subject_regex=... takes the subject" in line


def test_expressions_within_the_names_of_folders(tmp_path: Path) -> None:
    table = read(tmp_path, "emotion_anger/1.png", "2-Fear/1.png", "sad faces/1.png", "surprise/1.png")
    assert table.frame["expression"].tolist() == ["fear", "anger", "sadness", "surprise"]
    for name in ("not_anger", "happily surprised", "anger-fear", "angerfish"):
        with pytest.raises(UserError, match="no folder is named by an expression"):
            read(tmp_path / name, f"{name}/1.png")


def test_parts_of_a_split_at_any_depth(tmp_path: Path) -> None:
    files = ["P1/train/anger/1.png", "P2/anger/test/2.png", "P3/anger_val/3.png"]
    table = read(tmp_path, *files)
    assert table.frame["usage"].tolist() == ["train", "test", "validation"]
