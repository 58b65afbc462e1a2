import os
from pathlib import Path
from typing import Any

import pytest

from fer_xai.data.sources.folder import FolderSource
from fer_xai.data.table import FaceTable
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
