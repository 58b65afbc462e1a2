"""Where the names of a table's columns stand, where none stand, and what spreadsheets leave around them."""

from pathlib import Path
from typing import Any

import pytest

from fer_xai.cli import run
from fer_xai.data.face_table import FaceTable
from fer_xai.data.sources.table import TableSource
from fer_xai.errors import UserError

FER_PLUS = (
    'fer0.png,"(0, 0, 48, 48)",4,0,0,1,3,2,0,0,0,0\nfer1.png,"(0, 0, 48, 48)",1,7,0,1,3,2,0,0,0,0\n'
    'fer2.png,"(0, 0, 48, 48)",1,0,0,1,6,2,0,0,0,0\n'
)
FER_PLUS_COLUMNS = [
    "image",
    "_",
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "_",
    "NF",
]
TWO_ROWS = ',,Mean,,SD,\nimage,subject,HAP,SAD,HAP,SAD\na.png,S1,"2,5",1,0,9\nb.png,S2,1,3,9,0\n'


def read(folder: Path, content: str | bytes, name: str = "labels.csv", **settings: Any) -> FaceTable:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return TableSource(str(file), **settings).read()


def refused(folder: Path, content: str | bytes, **settings: Any) -> str:
    with pytest.raises(UserError) as caught:
        read(folder, content, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_lists_without_names_of_columns_are_seen_as_what_they_are(tmp_path: Path) -> None:
    seen = {
        "a.png,anger\nb.png,fear\n": "data.columns=[image,expression]",
        "a/1,anger,S1\nb/2,fear,S2\n": "data.columns=[image,expression,_]",
        "train_1.jpg 5\ntrain_2.jpg 6\n": "data.columns=[image,expression]",
        "1;3\n2;5\n": "data.columns=[image,expression]",
        FER_PLUS: "data.columns=[image,_,_,_,_,_,_,_,_,_,_,_]",
    }
    for content, hint in seen.items():
        message = refused(tmp_path, content)
        assert "no names of columns: its first line holds data" in message
        assert hint in message
        assert "image_column" not in message


def test_columns_are_named_by_the_user_and_no_row_is_lost(tmp_path: Path) -> None:
    table = read(tmp_path, "a.png,x,anger\nb.png,y,fear\n", columns=["image", None, "expression"])
    assert table.frame[["image", "expression"]].to_numpy().tolist() == [["a.png", "anger"], ["b.png", "fear"]]
    ratings = FER_PLUS_COLUMNS[2:-2]
    plus = read(tmp_path, FER_PLUS, columns=FER_PLUS_COLUMNS, ratings=ratings)
    assert plus.frame[["image", "expression"]].to_numpy().tolist() == [["fer1.png", "happiness"], ["fer2.png", "anger"]]
    assert plus.left_out.to_numpy().tolist() == [["fer0.png", "expression not in the study: neutral"]]
    assert list(plus.frame.columns[5:]) == [*ratings, "NF", "rating"]
    blanks = read(tmp_path, "1.jpg 5\n2.jpg 6\n", columns=["image", "expression"], words={5: "fear", 6: "anger"})
    assert blanks.frame["expression"].tolist() == ["fear", "anger"]


def test_names_may_replace_those_of_the_table(tmp_path: Path) -> None:
    content = "Bild,x,Ausdruck\na.png,anger,fear\n"
    table = read(tmp_path, content, columns=["image", "expression", "_"], header=0)
    assert table.frame["expression"].tolist() == ["anger"]
    same = read(tmp_path, "Image,Expression\na.png,anger\n", columns=["image", "expression"])
    assert same.frame["image"].tolist() == ["a.png"]


def test_mistakes_in_naming_columns_are_one_line(tmp_path: Path) -> None:
    assert "names 2 columns" in refused(tmp_path, FER_PLUS, columns=["image", "expression"])
    assert "has 12 (e.g. fer0.png, " in refused(tmp_path, FER_PLUS, columns=["image", "expression"])
    assert "names 3 columns, but" in refused(tmp_path, "a.png,anger\n", columns=["image", "expression", "subject"])
    assert "it is a list of names" in refused(tmp_path, FER_PLUS, columns="image")
    assert "names no column" in refused(tmp_path, FER_PLUS, columns=["_", None])
    assert "two columns called 'image' (columns 1 and 2)" in refused(tmp_path, "a,b\n", columns=["image", "image"])
    for header in ("x", -1, [0, 2], [], True):
        assert "from 0, or a list of rows that follow" in refused(tmp_path, FER_PLUS, header=header)
    assert "has no such row" in refused(tmp_path, FER_PLUS, header=9)


def test_a_column_that_is_there_twice_is_named(tmp_path: Path) -> None:
    message = refused(tmp_path, "image,expression,Age,x,Age\na.png,anger,1,2,3\n")
    assert "two columns called 'Age' (columns 3 and 5): rename one; or data.columns=[...]" in message


def test_two_rows_of_names(tmp_path: Path) -> None:
    means = {"Mean HAP": "happiness", "Mean SAD": "sadness"}
    table = read(tmp_path, TWO_ROWS, header=[0, 1], ratings=means)
    assert table.frame[["image", "subject", "expression", "rating"]].to_numpy().tolist() == [
        ["a.png", "S1", "happiness", 2.5],
        ["b.png", "S2", "sadness", 3.0],
    ]
    assert "data.header=[0,1] takes the names above them, too" in refused(tmp_path, TWO_ROWS, header=1)
    assert "it stands in line 2: data.header=1 takes" in refused(tmp_path, TWO_ROWS)
    one = TWO_ROWS.replace(",SD,", ",,").replace("HAP,SAD\na", "N,K\na")
    for header in (None, 1, [0, 1]):
        assert read(tmp_path, one, header=header, ratings=["HAP", "SAD"]).frame["rating"].tolist() == [2.5, 3.0]


def test_lines_above_the_names(tmp_path: Path) -> None:
    assert len(read(tmp_path, "Ratings of faces\n\nimage,expression\na.png,anger\n", header=2)) == 1
    assert "data.header=2" in refused(tmp_path, "Ratings of faces\n\nimage,expression\na.png,anger\n")
    assert len(read(tmp_path, "Ratings,\n,\nimage,expression\na.png,anger\n")) == 1
    assert "line 3: data.header=2 takes" in refused(tmp_path, "Ratings,2019,\n,,\nimage,expression,x\na.png,anger,\n")


LEFT_BEHIND = {
    "separator told": "sep=;\nimage;expression\nä.png;anger\nb,c.png;fear\n",
    "separator told in quotes": '"sep=;"\r\n"image";"expression"\r\n"ä.png";"anger"\r\n"b,c.png";"fear"\r\n',
    "tab told": "sep=\t\nimage\texpression\nä.png\tanger\nb,c.png\tfear\n",
    "told in UTF-16": "sep=;\nimage;expression\nä.png;anger\nb,c.png;fear\n".encode("utf-16"),
    "UTF-16 without a mark": "image;expression\nä.png;anger\nb,c.png;fear\n".encode("utf-16-le"),
    "Windows": "image;expression\r\nä.png;anger\r\nb,c.png;fear\r\n".encode("cp1252"),
    "empty names": ';image;;;expression;\n1;ä.png;x;;anger;\n2;"b,c.png";;y;fear;\n',
    "separators at the ends of rows": 'image,expression\nä.png,anger,,,\n"b,c.png",fear,\n',
    "separators at all ends": "image;expression;;;\nä.png;anger;;;\n;;;;\nb,c.png;fear;;;\n;;;;\n",
    "empty rows first": "\n;;\n\nimage;expression;\nä.png;anger;\nb,c.png;fear;\n",
    "mark, capitals, spaces": "\ufeffIMAGE ; Expression \n ä.png ; Anger\nb,c.png;\tfear\n",
    "hard space": "\xa0image\xa0;expression\nä.png;anger\xa0\nb,c.png;fear\n",
    "commas within names": 'image;expression, word\nä.png;anger\nb,c.png;fear\n"d";"neutral"\n',
}


@pytest.mark.parametrize("case", LEFT_BEHIND)
def test_what_spreadsheets_leave_behind_does_no_harm(case: str, tmp_path: Path) -> None:
    column = "expression, word" if case == "commas within names" else "expression"
    table = read(tmp_path, LEFT_BEHIND[case], expression_column=column)
    assert table.frame["image"].tolist() == ["ä.png", "b,c.png"]
    assert table.frame["expression"].tolist() == ["anger", "fear"]


def test_fractions_with_commas(tmp_path: Path) -> None:
    content = "Bild;HAP, mittel;SAD, mittel\na.png;2,5;1,0\nb.png;1,5;2,25\n"
    ratings = {"HAP, mittel": "happiness", "SAD, mittel": "sadness"}
    table = read(tmp_path, content, image_column="bild", ratings=ratings)
    assert table.frame["rating"].tolist() == [2.5, 2.25]


def test_what_is_no_text_is_one_line(tmp_path: Path) -> None:
    assert "save it as csv in UTF-8" in refused(tmp_path, b"image,expression\n\x81\x8d.png,anger\n")
    assert "is a spreadsheet, whatever its name says" in refused(tmp_path, b"PK\3\4" + bytes(100))
    assert "is no text" in refused(tmp_path, b"\x89HDF\r\n\x1a\n" + bytes(100))
    assert "is empty" in refused(tmp_path, "\n;;\n\n")
    assert "line 4 has 4 fields, there are 2 columns" in refused(
        tmp_path, "image,expression\na,anger\nb,fear,\nc,d,,e\n"
    )


def test_spreadsheets_with_two_rows_of_names_and_empty_rows(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([])
    for row in (
        ["image", None, "Mean", None, "SD", None, None],
        [None, "subject", "HAP", "SAD", "HAP", "SAD", None],
        ["a.png", "S1", 2.5, 1, 0, 0],
        [None],
        ["b.png", "S2", 1, "3,5", 0, 0],
    ):
        sheet.append(row)
    for cells in ("C2:D2", "E2:F2", "A2:A3"):
        sheet.merge_cells(cells)
    sheet["J9"] = " "
    book.save(tmp_path / "r.xlsx")
    means = {"Mean HAP": "happiness", "Mean SAD": "sadness"}
    table = TableSource(str(tmp_path / "r.xlsx"), header=[1, 2], ratings=means).read()
    assert table.frame[["image", "subject", "rating"]].to_numpy().tolist() == [
        ["a.png", "S1", 2.5],
        ["b.png", "S2", 3.5],
    ]
    for name in ("a.xls", "b.xlsx"):
        with pytest.raises(UserError, match=r"it holds no spreadsheet; if it is text, call it \.csv"):
            read(tmp_path, "image,expression\n", name=name)


def test_mistakes_in_a_setting_of_a_source_are_one_line_of_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text("a.png,anger\n")
    table = ["data=table", f"data.csv={tmp_path / 't.csv'}", f"cache_dir={tmp_path / 'cache'}"]
    for wrong, said in (("data.header=x", "data.header=x: it is the row"), ("data.columns=[image]", "names 1 columns")):
        assert run(["data", "prepare", *table, wrong]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line
