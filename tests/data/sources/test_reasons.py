"""Where no image remains the message says how many were left out for which reason, with an example of each."""

from pathlib import Path

import numpy as np
import pytest
from helpers.layouts import LAYOUTS, write

from fer_xai.cli import run
from fer_xai.data.sources.folder import FolderSource
from fer_xai.data.sources.merged import MergedSource, Source
from fer_xai.data.sources.published.affectnet import AffectNetReader
from fer_xai.data.sources.published.ckplus import CKPlusReader
from fer_xai.data.sources.published.kdef import KDEFReader
from fer_xai.data.sources.published.rafdb import RAFDBReader
from fer_xai.data.sources.table import TableSource
from fer_xai.errors import UserError


def put(root: Path, *names: str, content: bytes = b"x") -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def message(source: Source) -> str:
    with pytest.raises(UserError) as caught:
        source.read()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_tables_and_folders(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("image,expression\na.png,neutral\nb.png,\n,fear\nc.png,neutral\n")
    table = message(TableSource(str(tmp_path / "t.csv")))
    assert "(left out: 1 no expression given, 1 no file name, 2 expression not in the study), e.g. " in table
    assert "b.png: no expression given; a row: no file name; a.png: expression not in the study: neutral" in table
    folder = message(FolderSource(str(put(tmp_path / "f", "neutral/1.png", "contempt/2.png", "stray.png"))))
    assert "(left out: 1 no expression given, 2 expression not in the study), e.g. stray.png: no expression" in folder
    merged = message(MergedSource({"mine": TableSource(str(tmp_path / "t.csv"))}))
    assert merged.startswith("data.sources.mine: no image of the expressions of the study (left out: 1 no")


def test_readers(tmp_path: Path) -> None:
    put(
        tmp_path / "ck",
        "S001/001/S001_001_00000001.png",
        "Emotion/S002/001/S002_001_00000001_emotion.txt",
        content=b"1",
    )
    ck = message(CKPlusReader(str(tmp_path / "ck")))
    assert "(left out: 1 sequence without a label, 1 label without images), e.g. S001/001: sequence without" in ck
    put(tmp_path / "raf", "aligned/train_1_aligned.jpg", "list_label.txt", content=b"train_2.jpg 5\n")
    raf = message(RAFDBReader(str(tmp_path / "raf")))
    assert "(left out: 1 image without a label, 1 label without an image), e.g. train_1_aligned.jpg: image" in raf
    put(tmp_path / "aff" / "train_set", "images/0.jpg", "images/1.jpg", "annotations/1_exp.npy")
    np.save(tmp_path / "aff" / "train_set" / "annotations" / "7_exp.npy", np.array("1"))
    affectnet = message(AffectNetReader(str(tmp_path / "aff")))
    assert "1 image without a label, 1 label file cannot be read, 1 label without an image" in affectnet
    head = "subDirectory_filePath,expression\n"
    put(tmp_path / "first", "3/a.jpg", "automatically_annotated.csv", content=(head + "3/a.jpg,1\n").encode())
    assert "3/a.jpg: labelled by a network: not by people" in message(AffectNetReader(str(tmp_path / "first")))
    kdef = message(KDEFReader(str(put(tmp_path / "kdef", "AF01ANHL.JPG", "AF31V.JPG"))))
    assert "has no image at such an angle (left out: 1 the name is not of this data set's form, 1 angle not in" in kdef
    neutral = message(RAFDBReader(str(write(LAYOUTS["rafdb"], tmp_path / "r")), words=dict.fromkeys(range(1, 8))))
    assert " 13 expression not in the study), e.g. " in neutral


def test_images_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text("image,expression\na.png,anger\nb.png,fear\nc.png,fear\n")
    put(tmp_path, "c.png")
    arguments = ["data=table", f"data.csv={tmp_path / 't.csv'}", f"cache_dir={tmp_path / 'cache'}", "prepare.workers=1"]
    assert run(["data", "prepare", *arguments]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "none of 3 images can be used (file missing 2, cannot be read 1), e.g. " in error
    # The path that was tried, and what is wrong with the other.
    assert f"{tmp_path / 'a.png'}: file missing; c.png: cannot be read: not a picture of a known format" in error


def test_a_wrong_root_names_a_path_that_was_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, "a.png")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "t.csv").write_text("image,expression\nb.png,anger\n")
    root = tmp_path / "wrong"
    arguments = ["data=table", f"data.csv={tmp_path / 'sub' / 't.csv'}", f"data.root={root}"]
    assert run(["data", "inspect", *arguments, f"cache_dir={tmp_path / 'cache'}", f"out={tmp_path / 'out'}"]) == 2
    assert f"(file missing 1), e.g. {root / 'b.png'}: file missing" in capsys.readouterr().err
