"""Folders that are numbers: labels, or not, as tables beside them tell."""

from pathlib import Path

import pytest

from fer_xai.cli import run
from fer_xai.data.face_table import FaceTable, count_reasons
from fer_xai.data.sources.folder import FolderSource
from fer_xai.data.sources.published.affectnet import AffectNetReader
from fer_xai.data.sources.published.fer2013 import FER2013Reader
from fer_xai.data.sources.published.rafdb import RAFDBReader
from fer_xai.data.sources.table import TableSource
from fer_xai.errors import UserError

HEAD = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\n"
CODES = dict(enumerate(("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt")))


def line(image: str, code: int) -> str:
    return f"{image},134,134,899,899,181.64;530.91;188.32;627.82,{code},-0.1,0.2\n"


TRAINING = HEAD + line("3/a.jpg", 1) + line("6/b.jpg", 6) + line("17/gone.jpg", 4) + line("17/e.jpg", 9)
LISTED = ("3/a.jpg", "6/b.jpg", "17/c.JPG", "17/d.jpg", "17/e.jpg")


def put(root: Path, *images: str, **texts: str) -> Path:
    """Images (each holding its name) and tables (`training="..."` is training.csv) below a folder."""
    for name in images:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    for name, text in texts.items():
        (root / f"{name}.csv").write_text(text)
    return root


def affectnet(root: Path, lists: str = ".", validation: str = HEAD + line("17/c.jpg", 4)) -> Path:
    put(root / "Manually_Annotated_Images", *LISTED)
    (root / lists).mkdir(parents=True, exist_ok=True)
    put(root / lists, training=TRAINING, validation=validation)
    return root


def found(table: FaceTable) -> list[list[str]]:
    return table.frame[["image", "expression", "usage"]].to_numpy().tolist()


@pytest.mark.parametrize("lists", [".", "Manually_Annotated_file_lists"])
@pytest.mark.parametrize("inner", ["", "Manually_Annotated_Images"])
@pytest.mark.parametrize("header", [True, False])
def test_affectnet_as_first_distributed(lists: str, inner: str, header: bool, tmp_path: Path) -> None:
    validation = (HEAD if header else "") + line("17/c.jpg", 4)
    root = affectnet(tmp_path, lists, validation)
    table = AffectNetReader(str(root / inner)).read()
    assert found(table) == [
        ["17/c.jpg", "fear", "test"],
        ["3/a.jpg", "happiness", "train"],
        ["6/b.jpg", "anger", "train"],
    ]
    assert not table.frame["cropped"].any()
    assert [Path(path).name for path in table.frame["path"]] == ["c.JPG", "a.jpg", "b.jpg"]
    expected = {"label without an image": 1, "image without a label": 1, "expression not in the study": 1}
    assert count_reasons(table.left_out) == expected
    assert any("the folders' numbers are no labels" in note for note in table.notes)
    assert AffectNetReader(str(root), cropped=True).read().frame["cropped"].all()


def test_labels_of_a_network_are_left_out(tmp_path: Path) -> None:
    root = put(affectnet(tmp_path), automatically_annotated=HEAD + line("17/d.jpg", 2))
    table = AffectNetReader(str(root)).read()
    assert len(table) == 3
    assert count_reasons(table.left_out)["labelled by a network"] == 1


def test_the_lists_can_be_read_as_tables(tmp_path: Path) -> None:
    root = affectnet(tmp_path)
    settings = {"image_column": "subDirectory_filePath", "words": CODES | {9: None}}
    table = TableSource(str(root / "training.csv"), root=str(root / "Manually_Annotated_Images"), **settings).read()
    assert table.frame["expression"].tolist() == ["happiness", "anger", "fear"]


def test_numbers_are_not_taken_for_labels_where_a_table_says_otherwise(tmp_path: Path) -> None:
    root = affectnet(tmp_path / "a")
    for source in (
        FolderSource(str(root)),
        FolderSource(str(root / "Manually_Annotated_Images")),
        FolderSource(str(root), words=CODES | {17: None}),
        RAFDBReader(str(root)),
    ):
        message = r"the folders are numbers \(17, 3, 6\), and .*training\.csv lies beside them unread: .*data=affectnet"
        with pytest.raises(UserError, match=message):
            source.read()
    plus = put(tmp_path / "b", "0/x_1.jpg", "3/x_2.jpg", label='x_1.jpg,"(0, 0)",1,2\nx_2.jpg,"(0, 0)",5,5\n')
    for reader in (FER2013Reader, AffectNetReader):
        with pytest.raises(UserError, match=r"label\.csv lies beside them unread: .*data=table data\.csv="):
            reader(str(plus)).read()
    raf = put(
        tmp_path / "c", "d/train/1/train_1.jpg", "d/train/2/train_2.jpg", train_labels="image,label\ntrain_1.jpg,1\n"
    )
    with pytest.raises(UserError, match=r"train_labels\.csv lies beside them unread: .*data=rafdb"):
        FolderSource(str(raf / "d")).read()


def test_spreadsheets_and_lists_in_text_count_too(tmp_path: Path) -> None:
    put(tmp_path / "a", "1/x.jpg", "2/y.jpg")
    (tmp_path / "a" / "list.txt").write_text("x.jpg 2\ny.jpg 2\n")
    put(tmp_path / "b", "1/x.jpg", "2/y.jpg")
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["image", "label"], ["x.jpg", 2], ["y.jpg", 2]):
        book.active.append(row)
    book.save(tmp_path / "b" / "labels.xlsx")
    for folder in ("a", "b"):
        with pytest.raises(UserError, match="lies beside them unread"):
            FolderSource(str(tmp_path / folder), words={1: "anger", 2: "fear"}).read()


def test_numbers_that_a_table_confirms_or_does_not_speak_of_are_labels(tmp_path: Path) -> None:
    words = {1: "surprise", 2: "fear"}
    images = ("train/1/x_1.jpg", "train/2/x_2.jpg")
    for number, text in enumerate(
        (
            "image,label\nx_1.jpg,1\nx_2.jpg,2.0\n",
            "image,label\nx_1.jpg,Surprised\nx_2.jpg,fear\n",
            "name,age\nother,3\n",
        )
    ):
        root = put(tmp_path / str(number), *images, labels=text)
        assert FolderSource(str(root), words=words).read().frame["expression"].tolist() == ["surprise", "fear"]
        assert RAFDBReader(str(root)).read().frame["expression"].tolist() == ["surprise", "fear"]


def test_rafdb_lists_with_other_first_rows(tmp_path: Path) -> None:
    put(tmp_path, "DATASET/train/5/train_1_aligned.jpg", "DATASET/test/4/test_2_aligned.jpg")
    put(tmp_path, train_labels=",filename,emotion\n0,train_1_aligned.jpg,5\n", test_labels="test_2_aligned.jpg,4\n")
    table = RAFDBReader(str(tmp_path)).read()
    assert table.frame["expression"].tolist() == ["happiness", "sadness"]
    assert table.left_out.empty


def test_the_refusal_is_one_line_of_the_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = affectnet(tmp_path / "data")
    status = run(["data", "prepare", "data=folder", f"data.root={root}", f"cache_dir={tmp_path / 'cache'}"])
    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    assert "training.csv lies beside them unread" in error
